package dev.sluice.cadence.simulation;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;

/**
 * Reads {@code availability-trace.tsv.gz}: a comment that ends with the last second observed, then lines of list, number and the intervals,
 * {@code from-to} in seconds joined by commas, in which the proxy was seen up.
 *
 * <p>The aggregator looked once in {@value #STEP_SECONDS} s on average. A proxy counts as up from the look that first saw
 * it to the look that missed it, so that one sighting alone lasts a step, and it is found when it is seen first.
 */
public final class Trace {
    /** Mean time between two looks. */
    public static final long STEP_SECONDS = 482;
    /** Name of the file in the folder of test data. */
    public static final String FILE = "availability-trace.tsv.gz";

    private static final int MOST_PROXIES = 1_000_000;
    private static final String HEADING = "# observed seconds: 0 to ";

    private Trace() {}

    /** Reads it; fails on the first line that is not as described, naming its number. */
    public static World load(Path file) {
        try (BufferedReader lines = new BufferedReader(
                new InputStreamReader(new GZIPInputStream(Files.newInputStream(file)), StandardCharsets.UTF_8))) {
            return read(lines);
        } catch (IOException e) {
            throw new UncheckedIOException(file + ": not readable as a trace", e);
        }
    }

    private static World read(BufferedReader lines) throws IOException {
        String heading = lines.readLine();
        if (heading == null || !heading.startsWith(HEADING)) {
            throw new IOException("line 1: \"" + heading + "\" (expected: \"" + HEADING + "…\")");
        }
        long end = millis(Long.parseLong(heading.substring(HEADING.length()).strip()));
        List<String> groups = new ArrayList<>();
        List<Lifeline> proxies = new ArrayList<>();
        String line = lines.readLine();
        while (line != null && proxies.size() < MOST_PROXIES) {
            try {
                String[] fields = line.split("\t", -1);
                int group = groups.indexOf(fields[0]);
                if (group < 0) {
                    group = groups.size();
                    groups.add(fields[0]);
                }
                long[] flips = flips(fields[2]);
                proxies.add(new Lifeline(group, flips[0], flips));
            } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
                throw new IOException("line " + (proxies.size() + 2) + ": " + e.getMessage(), e);
            }
            line = lines.readLine();
        }
        return new World(groups, proxies, end);
    }

    private static long[] flips(String intervals) {
        String[] parts = intervals.split(",", -1);
        long[] flips = new long[2 * parts.length];
        for (int i = 0; i < parts.length; i++) {
            int dash = parts[i].indexOf('-');
            flips[2 * i] = millis(Long.parseLong(parts[i].substring(0, dash)));
            flips[2 * i + 1] = millis(Long.parseLong(parts[i].substring(dash + 1)) + STEP_SECONDS);
        }
        return flips;
    }

    private static long millis(long seconds) {
        return World.START_MILLIS + 1000 * seconds;
    }
}
