package dev.sluice.store.schema;

import dev.sluice.port.SeriesHistory.Dimension;
import dev.sluice.port.SeriesHistory.Tally;
import dev.sluice.port.SeriesHistory.Width;
import dev.sluice.proxy.LatencyCounts;
import java.util.Map;
import java.util.TreeMap;

/** The tallies of a bucket, as a row of {@code series} holds them. */
public final class PackedSeries {
    private static final int BYTES_A_TALLY = 64;

    private PackedSeries() {}

    /** Code of a dimension, fixed for ever. */
    public static int of(Dimension dimension) {
        return switch (dimension) {
            case TOTAL -> 0;
            case PROTOCOL -> 1;
            case COUNTRY -> 2;
            case SOURCE -> 3;
        };
    }

    /** Code of a width: its seconds. */
    public static int of(Width width) {
        return width.seconds();
    }

    /** For each name its numbers, then its latencies: how many buckets are not empty, and of each how far and how many. */
    public static byte[] pack(Map<String, Tally> tallies) {
        PackedBytes out = PackedBytes.writer(BYTES_A_TALLY * (tallies.size() + 1));
        tallies.forEach((name, tally) -> {
            out.write(name);
            out.write(tally.checks());
            out.write(tally.successes());
            out.write(tally.samples());
            out.write(tally.servedSum());
            out.write(tally.storedSum());
            write(out, tally.latencies());
        });
        return out.bytes();
    }

    private static void write(PackedBytes out, LatencyCounts latencies) {
        int used = 0;
        for (int i = 0; i < LatencyCounts.BUCKETS; i++) {
            used += latencies.count(i) > 0 ? 1 : 0;
        }
        out.write(used);
        int last = 0;
        for (int i = 0; i < LatencyCounts.BUCKETS; i++) {
            if (latencies.count(i) > 0) {
                out.write(i - last);
                out.write(latencies.count(i));
                last = i;
            }
        }
    }

    /** What {@link #pack} packed. */
    public static Map<String, Tally> unpack(byte[] bytes) {
        Map<String, Tally> tallies = new TreeMap<>();
        PackedBytes in = PackedBytes.reader(bytes);
        while (in.more()) {
            String name = in.readText();
            long checks = in.read();
            long successes = in.read();
            long samples = in.read();
            long served = in.read();
            long stored = in.read();
            tallies.put(name, new Tally(checks, successes, samples, served, stored, latencies(in)));
        }
        return tallies;
    }

    private static LatencyCounts latencies(PackedBytes in) {
        LatencyCounts latencies = new LatencyCounts();
        int bucket = 0;
        for (long used = in.read(); used > 0; used--) {
            bucket = (int) Math.min(LatencyCounts.BUCKETS - 1, bucket + in.read());
            latencies.add(bucket, in.read());
        }
        return latencies;
    }
}
