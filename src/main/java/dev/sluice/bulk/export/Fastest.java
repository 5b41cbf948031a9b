package dev.sluice.bulk.export;

import dev.sluice.export.ExportEntry;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/** The fastest of many entries, a bounded number: for formats that hold a few. Confined to one thread at a time. */
final class Fastest {
    /** Fastest first; what has no latency yet comes last; equal ones by number. Not a number sorts above all numbers. */
    private static final Comparator<ExportEntry> ORDER =
            Comparator.comparingDouble(ExportEntry::latencyMillis).thenComparingLong(ExportEntry::id);

    private final int most;
    private final PriorityQueue<ExportEntry> slowestFirst = new PriorityQueue<>(ORDER.reversed());

    Fastest(int most) {
        this.most = most;
    }

    /** Takes one more; one too many is returned: the slowest. */
    @Nullable
    ExportEntry offer(ExportEntry entry) {
        slowestFirst.add(entry);
        return slowestFirst.size() > most ? slowestFirst.poll() : null;
    }

    /** Those that stayed, fastest first. */
    List<ExportEntry> sorted() {
        List<ExportEntry> sorted = new ArrayList<>(slowestFirst);
        sorted.sort(ORDER);
        return sorted;
    }
}
