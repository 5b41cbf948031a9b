package dev.sluice.fetch;

import dev.sluice.parse.Rejection;
import dev.sluice.port.Sources;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Refused lines by reason, with the first few of them. Confined to one thread at a time. */
final class Rejects {
    static final int MAX_SAMPLES = 20;

    private final Map<Rejection, Integer> counts = new EnumMap<>(Rejection.class);
    private final List<Sources.Sample> samples = new ArrayList<>();
    private int total;

    void add(long line, Rejection reason, String detail, String sample) {
        if (reason.harmless()) {
            return;
        }
        total++;
        counts.merge(reason, 1, Integer::sum);
        // A list that repeats itself would fill the samples with duplicates.
        if (reason != Rejection.DUPLICATE && samples.size() < MAX_SAMPLES) {
            samples.add(new Sources.Sample(line, reason.text(), detail, sample));
        }
    }

    void addAll(Rejects other) {
        total += other.total;
        other.counts.forEach((reason, count) -> counts.merge(reason, count, Integer::sum));
        for (Sources.Sample sample : other.samples) {
            if (samples.size() < MAX_SAMPLES) {
                samples.add(sample);
            }
        }
    }

    int total() {
        return total;
    }

    Map<Rejection, Integer> counts() {
        return counts;
    }

    /** For a message: how many, and the commonest reason. */
    String summary() {
        Map.Entry<Rejection, Integer> most = null;
        for (Map.Entry<Rejection, Integer> entry : counts.entrySet()) {
            if (most == null || entry.getValue() > most.getValue()) {
                most = entry;
            }
        }
        return total + (total == 1 ? " line" : " lines") + " refused"
                + (most == null
                        ? ""
                        : ", " + most.getValue() + " as " + most.getKey().text());
    }

    Sources.Rejections view() {
        Map<String, Integer> byReason = new HashMap<>();
        counts.forEach((reason, count) -> byReason.put(reason.text(), count));
        return new Sources.Rejections(byReason, samples);
    }
}
