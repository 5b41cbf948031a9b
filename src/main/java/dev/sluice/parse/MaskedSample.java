package dev.sluice.parse;

import java.util.regex.Pattern;

/** Lines that became no entry, as people may see them. */
public final class MaskedSample {
    private static final Pattern TELLING =
            Pattern.compile("pass|pwd|token|key|secret|auth|user|login", Pattern.CASE_INSENSITIVE);
    private static final Pattern PORT = Pattern.compile("[0-9]{1,9}");

    private MaskedSample() {}

    /**
     * A sample without what could be a password where no reader of lists expects one: behind a name, or told by a word.
     * Others than those who may read a list may read what was refused of it. Empty where all of it could be one.
     */
    public static String of(String sample) {
        if (TELLING.matcher(sample).find()) {
            return "";
        }
        int scheme = sample.indexOf("://");
        int from = scheme < 0 ? 0 : scheme + 3;
        String rest = sample.substring(from);
        int colon = rest.indexOf(':');
        if (colon < 0 || sample.contains("***") || rest.startsWith("[") || IpAddress.parse(rest) != null) {
            return sample;
        }
        int next = rest.indexOf(':', colon + 1);
        String port = rest.substring(colon + 1, next < 0 ? rest.length() : next);
        boolean endpoint =
                rest.lastIndexOf('.', colon) > 0 && PORT.matcher(port).matches();
        if (!endpoint) {
            return sample.substring(0, from + colon) + ":***";
        }
        return next < 0 ? sample : sample.substring(0, from + next) + ":***";
    }
}
