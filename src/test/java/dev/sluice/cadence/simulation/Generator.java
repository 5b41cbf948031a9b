package dev.sluice.cadence.simulation;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/**
 * Draws histories from published hazards: how likely a proxy of a public list stops working within the next hour, by how long
 * it has worked, and how likely a dead one comes back, by how long it has been dead. Both fall with age over three decades.
 *
 * <p>65 % are seen working once and never again; 35 % come and go. All hazards together would let every proxy come back,
 * which real ones do not.
 */
public final class Generator {
    /** Share of proxies that never come back. */
    public static final double ONE_SHOT = 0.65;

    /** Beginning of each class of age, in hours; the first is 0 to 1 h, the last more than 1,024 h. */
    private static final double[] AGES = {0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024};

    private static final double[] DEATHS = {.61, .27, .30, .25, .135, .026, .0084, .0046, .0033, .0009, .0005, .00025};
    /** What the record bridges (gaps up to 2 to 3 h) it cannot tell; none comes back before. */
    private static final double[] REVIVALS = {0, 0, .068, .091, .031, .011, .0054, .0025, .0013, .00075, .0004, .00009};

    private static final double MILLIS_PER_HOUR = TimeUnit.HOURS.toMillis(1);

    private Generator() {}

    /** {@code count} proxies that work when they are found, which is at any time of {@code days}. */
    public static World draw(int count, int days, long seed) {
        long end = World.day(days);
        List<Lifeline> proxies = IntStream.range(0, count)
                .mapToObj(i -> one(new SplittableRandom(Randomness.mix(seed, i)), days, end))
                .toList();
        return new World(List.of("generated"), proxies, end);
    }

    private static Lifeline one(SplittableRandom random, int days, long end) {
        boolean oneShot = random.nextDouble() < ONE_SHOT;
        long found = World.day(days * random.nextDouble());
        long[] flips = new long[2];
        int count = 0;
        long at = found;
        while (at < end) {
            long down = at + Math.max(1, Math.round(hours(DEATHS, random) * MILLIS_PER_HOUR));
            if (count == flips.length) {
                flips = Arrays.copyOf(flips, 2 * count);
            }
            flips[count++] = at;
            flips[count++] = down;
            at = oneShot ? end : down + Math.max(1, Math.round(hours(REVIVALS, random) * MILLIS_PER_HOUR));
        }
        return new Lifeline(0, found, Arrays.copyOf(flips, count));
    }

    /** How long until it happens: the cumulated hazard reaches a value drawn from the exponential distribution. */
    private static double hours(double[] hazards, SplittableRandom random) {
        double left = -Math.log(1 - random.nextDouble());
        for (int i = 0; i < hazards.length - 1; i++) {
            double width = AGES[i + 1] - AGES[i];
            if (hazards[i] * width >= left) {
                return AGES[i] + left / hazards[i];
            }
            left -= hazards[i] * width;
        }
        return AGES[hazards.length - 1] + left / hazards[hazards.length - 1];
    }
}
