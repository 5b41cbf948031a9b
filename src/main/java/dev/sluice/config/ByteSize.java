package dev.sluice.config;

import java.math.BigDecimal;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A number of bytes, written as {@code 512}, {@code 64KiB}, {@code 1.5MiB} or {@code 2GB}.
 *
 * @param bytes 0 or more
 */
public record ByteSize(long bytes) {
    private static final Pattern FORM = Pattern.compile("([0-9]+(?:\\.[0-9]+)?)\\s*([kmgt]?i?b?)");

    public ByteSize {
        if (bytes < 0) {
            throw new IllegalArgumentException("bytes: " + bytes + " (expected: >= 0)");
        }
    }

    /**
     * Reads a size. {@code KiB MiB GiB TiB} are powers of 1024, {@code kB MB GB TB} of 1000.
     *
     * @throws IllegalArgumentException when {@code text} is none
     */
    public static ByteSize parse(String text) {
        Matcher matcher = FORM.matcher(text.trim().toLowerCase(Locale.ROOT));
        if (!matcher.matches()) {
            throw new IllegalArgumentException(text + " (expected: a size such as 64KiB or 16MiB)");
        }
        String unit = matcher.group(2);
        int power = unit.isEmpty() ? 0 : "kmgt".indexOf(unit.charAt(0)) + 1;
        BigDecimal base = BigDecimal.valueOf(unit.contains("i") ? 1024 : 1000);
        BigDecimal value = new BigDecimal(matcher.group(1)).multiply(base.pow(power));
        try {
            return new ByteSize(value.toBigInteger().longValueExact());
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException(text + " (expected: less than 8EiB)", e);
        }
    }

    @Override
    public String toString() {
        long value = bytes;
        String[] units = {"", "KiB", "MiB", "GiB", "TiB"};
        int unit = 0;
        while (unit < 4 && value != 0 && value % 1024 == 0) {
            value /= 1024;
            unit++;
        }
        return value + units[unit];
    }
}
