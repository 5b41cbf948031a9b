package dev.sluice.main;

import dev.sluice.parse.Rejection;
import dev.sluice.proxy.Anonymity;
import dev.sluice.proxy.Scheme;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.function.Function;

/** What a person reads before and after a check. */
final class CheckSummary {
    private CheckSummary() {}

    /** What the list holds, and why lines of it were refused. */
    static void read(PrintWriter out, String name, ListReading reading, int entries) {
        out.printf(Locale.ROOT, "%s: %,d lines, %,d entries to check%n", name, reading.lines(), entries);
        for (Map.Entry<Rejection, Long> refused : reading.rejected().entrySet()) {
            count(out, refused.getKey().text(), refused.getValue(), "");
        }
        if (reading.elsewhere() > 0) {
            count(out, "elsewhere", reading.elsewhere(), "   in a country not wanted");
        }
        if (reading.nowhere() > 0) {
            count(out, "nowhere", reading.nowhere(), "   without a country in the list");
        }
        out.flush();
    }

    /**
     * What was found out.
     *
     * @param total entries that were to be checked
     * @param seconds from the first check on
     * @param interrupted whether it ended early
     */
    static void found(PrintWriter out, int total, CheckTally tally, double seconds, boolean interrupted) {
        out.printf(
                Locale.ROOT,
                "%s%,d of %,d checked in %.1f s (%,.0f a second), at most %,d at a time%n",
                interrupted ? "interrupted: " : "",
                tally.checked(),
                total,
                seconds,
                tally.checked() / Math.max(seconds, 1e-3),
                tally.peakInFlight());
        StringJoiner kinds = new StringJoiner("; ", "   ", "").setEmptyValue("");
        for (String kind :
                List.of(joined(tally.protocols(), Scheme::text), joined(tally.anonymities(), Anonymity::text))) {
            if (!kind.isEmpty()) {
                kinds.add(kind);
            }
        }
        count(out, "alive", tally.alive(), kinds.toString());
        if (tally.connectOnly() > 0) {
            count(out, CheckRow.CONNECT_ONLY, tally.connectOnly(), "   of them: accept connections, were not judged");
        }
        if (tally.belowLevel() > 0) {
            count(out, "left out", tally.belowLevel(), "   of them: below --anonymity");
        }
        tally.failed().forEach((reason, count) -> count(out, reason.text(), count, ""));
        if (tally.repeated() > 0) {
            count(out, "repeated", tally.repeated(), "   verdicts that were not trusted, checked again");
        }
        StringJoiner slowed = new StringJoiner(", ");
        new TreeMap<>(tally.cuts()).forEach((reason, times) -> slowed.add(reason + ' ' + times));
        if (slowed.length() > 0) {
            out.printf(Locale.ROOT, "  slowed down for %s%n", slowed);
        }
        out.flush();
    }

    private static void count(PrintWriter out, String what, long count, String remark) {
        out.printf(Locale.ROOT, "  %-18s %,12d%s%n", what, count, remark);
    }

    private static <K> String joined(Map<K, Integer> counts, Function<K, String> name) {
        StringJoiner text = new StringJoiner(", ");
        counts.forEach((key, count) -> text.add(String.format(Locale.ROOT, "%s %,d", name.apply(key), count)));
        return text.toString();
    }
}
