package dev.sluice.export;

import java.util.EnumMap;
import java.util.Map;
import java.util.StringJoiner;

/**
 * What became of the entries that an export was given.
 *
 * @param written entries in it
 * @param leftOut entries not in it, by reason; reasons without any are left out
 */
public record ExportCounts(long written, Map<LeftOut, Long> leftOut) {
    /** Of an export at its beginning. */
    public static final ExportCounts NONE = new ExportCounts(0, Map.of());

    public ExportCounts {
        leftOut = Map.copyOf(leftOut);
    }

    /** Entries not in it. */
    public long allLeftOut() {
        return leftOut.values().stream().mapToLong(Long::longValue).sum();
    }

    /** For people: {@code 12 (kind 10, credentials 2)}, or {@code 0}. */
    public String leftOutText() {
        if (leftOut.isEmpty()) {
            return "0";
        }
        StringJoiner reasons = new StringJoiner(", ", allLeftOut() + " (", ")");
        new EnumMap<>(leftOut).forEach((reason, count) -> reasons.add(reason.text() + ' ' + count));
        return reasons.toString();
    }
}
