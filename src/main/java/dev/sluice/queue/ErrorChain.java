package dev.sluice.queue;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A failure as text for its job: the chain of causes, outermost first, without what looks like a secret. */
final class ErrorChain {
    static final int LONGEST = 2_000;
    private static final int MOST_CAUSES = 10;
    private static final Pattern USER_INFO = Pattern.compile("//[^/\\s@]{1,400}@");
    private static final Pattern NAMED = Pattern.compile("(?i)(password|passwd|pwd|secret|token|api[-_]?key|authorization|cookie)"
            + "(\"?\\s{0,4}[=:]\\s{0,4}\"?)(?:(?:bearer|basic|digest)\\s{1,4})?[^\\s,;&\"']{1,2000}");
    private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}+");

    private ErrorChain() {}

    static String of(Throwable failure) {
        StringBuilder text = new StringBuilder();
        Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        @Nullable Throwable next = failure;
        while (next != null && seen.add(next) && seen.size() <= MOST_CAUSES && text.length() <= LONGEST) {
            if (!text.isEmpty()) {
                text.append(" <- ");
            }
            text.append(next.getClass().getSimpleName());
            String message = next.getMessage();
            if (message != null && !message.isBlank()) {
                text.append(": ").append(message, 0, Math.min(message.length(), 2 * LONGEST));
            }
            next = next.getCause();
        }
        String clean = CONTROL.matcher(text).replaceAll(" ");
        clean = USER_INFO.matcher(clean).replaceAll("//***@");
        clean = NAMED.matcher(clean).replaceAll("$1$2***");
        return clean.length() <= LONGEST ? clean : clean.substring(0, LONGEST - 1) + "…";
    }
}
