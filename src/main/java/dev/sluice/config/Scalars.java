package dev.sluice.config;

import dev.sluice.parse.Cidr;
import dev.sluice.proxy.Secret;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Values written as one text: reads them, writes them, and says what they look like. */
final class Scalars {
    /** Types besides enums that are written as one text. */
    static final Set<Class<?>> TYPES = Set.of(
            String.class,
            int.class,
            Integer.class,
            long.class,
            Long.class,
            double.class,
            Double.class,
            boolean.class,
            Boolean.class,
            Duration.class,
            ByteSize.class,
            Secret.class,
            Cidr.class);

    private static final Set<String> YES = Set.of("true", "yes", "on");
    private static final Set<String> NO = Set.of("false", "no", "off");

    private Scalars() {}

    /**
     * Reads {@code text}.
     *
     * @return null when it is none of {@code type} or out of the range of {@code setting}; see {@link #expected}
     */
    static @Nullable Object read(Class<?> type, String text, Setting setting) {
        Object value;
        try {
            value = readAny(type, text);
        } catch (IllegalArgumentException | ArithmeticException e) {
            return null;
        }
        return value == null || !inRange(value, setting) ? null : value;
    }

    private static @Nullable Object readAny(Class<?> type, String text) {
        if (type == String.class) {
            return text;
        }
        if (type == Secret.class) {
            return Secret.of(text);
        }
        String form = text.trim();
        if (type == int.class || type == Integer.class) {
            return Integer.valueOf(digits(form));
        }
        if (type == long.class || type == Long.class) {
            return Long.valueOf(digits(form));
        }
        if (type == double.class || type == Double.class) {
            double number = Double.parseDouble(digits(form));
            return Double.isFinite(number) ? number : null;
        }
        if (type == boolean.class || type == Boolean.class) {
            String word = form.toLowerCase(Locale.ROOT);
            return YES.contains(word) ? Boolean.TRUE : NO.contains(word) ? Boolean.FALSE : null;
        }
        if (type == Duration.class) {
            return DurationFormat.parse(form);
        }
        if (type == ByteSize.class) {
            return ByteSize.parse(form);
        }
        if (type == Cidr.class) {
            return Cidr.parse(form);
        }
        for (Object constant : type.getEnumConstants()) {
            if (Shape.kebab(((Enum<?>) constant).name()).equals(form.toLowerCase(Locale.ROOT))) {
                return constant;
            }
        }
        return null;
    }

    /** Underscores between digits are for the reader's eye only. */
    private static String digits(String text) {
        return text.replaceAll("(?<=[0-9])_(?=[0-9])", "");
    }

    private static boolean inRange(Object value, Setting setting) {
        if (value instanceof Double number) {
            return (setting.min() == Long.MIN_VALUE || number >= setting.min())
                    && (setting.max() == Long.MAX_VALUE || number <= setting.max());
        }
        Long number = number(value);
        return number == null || (number >= setting.min() && number <= setting.max());
    }

    private static @Nullable Long number(Object value) {
        if (value instanceof Duration duration) {
            return duration.toMillis();
        }
        if (value instanceof ByteSize size) {
            return size.bytes();
        }
        return value instanceof Integer || value instanceof Long ? Long.valueOf(((Number) value).longValue()) : null;
    }

    /** What a value of {@code type} within the range of {@code setting} looks like. */
    static String expected(Class<?> type, Setting setting) {
        String range = range(type, setting);
        if (type.isEnum()) {
            return String.join(", ", constants(type));
        }
        if (type == Duration.class) {
            return "a duration such as 5s" + (range.isEmpty() ? "" : ", " + range);
        }
        if (type == ByteSize.class) {
            return "a size such as 64KiB" + (range.isEmpty() ? "" : ", " + range);
        }
        if (type == Cidr.class) {
            return "a network such as 127.0.0.0/8 or ::1/128";
        }
        if (type == boolean.class || type == Boolean.class) {
            return "true or false";
        }
        if (type == String.class || type == Secret.class) {
            return "a text";
        }
        String number = type == double.class || type == Double.class ? "a number" : "a whole number";
        return range.isEmpty() ? number : number + ", " + range;
    }

    /** The legal range, {@code 1..65535} or {@code at least 1s}; empty when there is none. */
    static String range(Class<?> type, Setting setting) {
        boolean low = setting.min() != Long.MIN_VALUE;
        boolean high = setting.max() != Long.MAX_VALUE;
        if (low && high) {
            return limit(type, setting.min()) + ".." + limit(type, setting.max());
        }
        if (low) {
            return "at least " + limit(type, setting.min());
        }
        return high ? "at most " + limit(type, setting.max()) : "";
    }

    private static String limit(Class<?> type, long number) {
        if (type == Duration.class) {
            return DurationFormat.format(Duration.ofMillis(number));
        }
        return type == ByteSize.class ? new ByteSize(number).toString() : Long.toString(number);
    }

    /** The constants of an enum as they are written. */
    static List<String> constants(Class<?> type) {
        List<String> names = new ArrayList<>();
        for (Object constant : type.getEnumConstants()) {
            names.add(Shape.kebab(((Enum<?>) constant).name()));
        }
        return names;
    }

    /** What a person calls the type. */
    static String name(Class<?> type) {
        if (type.isEnum()) {
            return "word";
        }
        if (type == Duration.class) {
            return "duration";
        }
        if (type == ByteSize.class) {
            return "size";
        }
        if (type == Cidr.class) {
            return "network";
        }
        if (type == Secret.class) {
            return "secret";
        }
        if (type == boolean.class || type == Boolean.class) {
            return "true or false";
        }
        return type == String.class ? "text" : "number";
    }

    /** {@code value} as it would be written; secrets, and passwords in URLs, hidden. */
    static String show(Object value) {
        if (value instanceof Duration duration) {
            return DurationFormat.format(duration);
        }
        if (value instanceof Enum<?> constant) {
            return Shape.kebab(constant.name());
        }
        return value instanceof String text ? redact(text) : String.valueOf(value);
    }

    /** Hides user and password, and the query, of what looks like a URL. */
    static String redact(String text) {
        if (!text.contains("://")) {
            return text;
        }
        return text.replaceAll("(?s)://.*@", "://***@").replaceAll("(?s)\\?.*", "?***");
    }
}
