package dev.sluice.pool;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.Function;

/**
 * A condition on one property: any of {@code wanted} (where it is not empty), and none of {@code unwanted}. Immutable;
 * equal when the sets are equal, whatever their order was.
 *
 * @param <T> type of the property, with value equality
 */
record Choice<T>(Set<T> wanted, Set<T> unwanted) {
    private static final Choice<?> ANY = new Choice<>(Set.of(), Set.of());

    Choice {
        wanted = Set.copyOf(wanted);
        unwanted = Set.copyOf(unwanted);
    }

    /** The condition that everything meets. */
    @SuppressWarnings("unchecked")
    static <T> Choice<T> any() {
        return (Choice<T>) ANY;
    }

    /**
     * Reads {@code A,B,!C}. Blanks around a part are ignored.
     *
     * @param name of the parameter, for messages
     * @param reader makes a value of a part; throws {@link IllegalArgumentException} when it is none
     */
    static <T> Choice<T> parse(String name, String text, Function<String, T> reader) {
        Set<T> wanted = new LinkedHashSet<>();
        Set<T> unwanted = new LinkedHashSet<>();
        for (String raw : text.split(",", -1)) {
            String part = raw.trim();
            boolean negated = part.startsWith("!");
            String value = negated ? part.substring(1).trim() : part;
            if (value.isEmpty()) {
                throw new IllegalArgumentException(
                        name + ": an empty value (expected: values by comma, ! before one for all but it)");
            }
            (negated ? unwanted : wanted).add(reader.apply(value));
        }
        return new Choice<>(wanted, unwanted);
    }

    boolean isAny() {
        return wanted.isEmpty() && unwanted.isEmpty();
    }

    /** Whether a property that is known to be {@code value} meets it. */
    boolean accepts(T value) {
        return (wanted.isEmpty() || wanted.contains(value)) && !unwanted.contains(value);
    }

    /** Whether a property of unknown value meets it: only when nothing in particular is wanted. */
    boolean acceptsUnknown() {
        return wanted.isEmpty();
    }
}
