package dev.sluice.api;

import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which of two media types a client prefers (RFC 9110, 12.5.1). It decides between two that exist and never refuses: a client
 * that accepts neither gets the usual one, as the section allows.
 */
final class Accept {
    private static final Pattern QUALITY = Pattern.compile("0(\\.[0-9]{0,3})?|1(\\.0{0,3})?");

    private Accept() {}

    /**
     * Whether {@code header} asks for {@code wanted} rather than for {@code usual}. Of ranges that match a type the most
     * specific one counts. With equal qualities the one named more specifically wins, then the one named first;
     * a wildcard alone asks for the usual one.
     *
     * @param header value of Accept, or null
     */
    static boolean prefers(@Nullable String header, String wanted, String usual) {
        if (header == null) {
            return false;
        }
        Range forWanted = best(header, wanted);
        Range forUsual = best(header, usual);
        if (forWanted.quality != forUsual.quality) {
            return forWanted.quality > forUsual.quality;
        }
        if (forWanted.quality == 0) {
            return false;
        }
        return forWanted.specificity == forUsual.specificity
                ? forWanted.position < forUsual.position
                : forWanted.specificity > forUsual.specificity;
    }

    /**
     * How a header speaks of a type.
     *
     * @param specificity 3 by its name, 2 by its kind, 1 as anything, 0 not at all
     */
    private record Range(int specificity, double quality, int position) {
        static final Range NONE = new Range(0, 0, Integer.MAX_VALUE);
    }

    private static Range best(String header, String type) {
        Range best = Range.NONE;
        String[] ranges = header.split(",", -1);
        for (int i = 0; i < ranges.length; i++) {
            int specificity = specificity(ranges[i], type);
            if (specificity > best.specificity) {
                best = new Range(specificity, quality(ranges[i]), i);
            }
        }
        return best;
    }

    private static int specificity(String range, String type) {
        int end = range.indexOf(';');
        String name = (end < 0 ? range : range.substring(0, end)).trim().toLowerCase(Locale.ROOT);
        if (name.equals(type)) {
            return 3;
        }
        if (name.equals(type.substring(0, type.indexOf('/')) + "/*")) {
            return 2;
        }
        return name.equals("*/*") ? 1 : 0;
    }

    /** 0..1; 0 where it is none. */
    private static double quality(String range) {
        String[] parameters = range.split(";", -1);
        for (int i = 1; i < parameters.length; i++) {
            String parameter = parameters[i].trim().toLowerCase(Locale.ROOT);
            if (parameter.startsWith("q=")) {
                String value = parameter.substring(2);
                return QUALITY.matcher(value).matches() ? Double.parseDouble(value) : 0;
            }
        }
        return 1;
    }
}
