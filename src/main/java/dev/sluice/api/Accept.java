package dev.sluice.api;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Which of two media types a client prefers (RFC 9110, 12.5.1). */
final class Accept {
    private Accept() {}

    /**
     * Whether {@code header} asks for {@code wanted} rather than for {@code usual}. A wildcard alone asks for neither.
     *
     * @param header value of Accept, or null
     */
    static boolean prefers(@Nullable String header, String wanted, String usual) {
        if (header == null) {
            return false;
        }
        double wantedQuality = quality(header, wanted);
        double usualQuality = quality(header, usual);
        if (wantedQuality != usualQuality) {
            return wantedQuality > usualQuality;
        }
        return wantedQuality > 0 && position(header, wanted) < position(header, usual);
    }

    /** Quality of a type that is named; 0 when it is not named. */
    private static double quality(String header, String type) {
        for (String range : header.split(",", -1)) {
            if (named(range, type)) {
                return quality(range);
            }
        }
        return 0;
    }

    private static int position(String header, String type) {
        String[] ranges = header.split(",", -1);
        for (int i = 0; i < ranges.length; i++) {
            if (named(ranges[i], type)) {
                return i;
            }
        }
        return ranges.length;
    }

    private static boolean named(String range, String type) {
        int end = range.indexOf(';');
        String name = (end < 0 ? range : range.substring(0, end)).trim().toLowerCase(Locale.ROOT);
        return name.equals(type) || name.equals(type.substring(0, type.indexOf('/')) + "/*");
    }

    private static double quality(String range) {
        String[] parameters = range.split(";", -1);
        for (int i = 1; i < parameters.length; i++) {
            String parameter = parameters[i].trim().toLowerCase(Locale.ROOT);
            if (parameter.startsWith("q=")) {
                try {
                    return Math.max(0, Math.min(1, Double.parseDouble(parameter.substring(2))));
                } catch (NumberFormatException e) {
                    return 0;
                }
            }
        }
        return 1;
    }
}
