package dev.sluice.cadence;

import java.util.Arrays;
import java.util.Collection;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Who is asked next, and for how much: deficit round robin over the lanes. In each round every lane that may have work is
 * given its share; what a lane has no work for goes to the others, and it gathers nothing while it is empty. Within a
 * round the most urgent lane comes first. So none starves, and what somebody waits for waits for no round to end.
 *
 * <p>After M. Shreedhar and G. Varghese, Efficient Fair Queuing Using Deficit Round Robin (1995), with every check
 * costing the same. Not thread-safe.
 */
public final class LaneShares {
    private static final Lane[] LANES = Lane.values();

    private final int[] shares = new int[LANES.length];
    private int round;
    private final double[] deficit = new double[LANES.length];
    private final boolean[] open = new boolean[LANES.length];
    private final boolean[] shed = new boolean[LANES.length];

    /**
     * Every lane may have work.
     *
     * @param shares of each lane, 1 or more, relative to one another
     * @param round checks that a round hands out, 1 or more
     */
    public LaneShares(Map<Lane, Integer> shares, int round) {
        follow(shares, round);
        Arrays.fill(open, true);
    }

    /** Other shares from the next ask on; parameters as of the constructor. What a lane is still owed stays. */
    public void follow(Map<Lane, Integer> shares, int round) {
        if (round < 1) {
            throw new IllegalArgumentException("round: " + round + " (expected: 1 or more)");
        }
        Map<Lane, Integer> given = new EnumMap<>(shares);
        for (Lane lane : LANES) {
            int share = given.getOrDefault(lane, 0);
            if (share < 1) {
                throw new IllegalArgumentException("share of " + lane + ": " + share + " (expected: 1 or more)");
            }
            this.shares[lane.ordinal()] = share;
        }
        this.round = round;
    }

    /**
     * The lane to take from now. Tell {@link #took} what it had before the next is asked for.
     *
     * @param room checks there is room for, 1 or more
     * @return null when no lane has work, as far as is known
     */
    public @Nullable Ask next(int room) {
        if (room < 1) {
            throw new IllegalArgumentException("room: " + room + " (expected: 1 or more)");
        }
        int sum = 0;
        int lanes = 0;
        int only = 0;
        for (int i = 0; i < LANES.length; i++) {
            if (open[i]) {
                sum += shares[i];
                lanes++;
                only = i;
            }
        }
        if (lanes == 0) {
            return null;
        }
        if (lanes == 1) {
            return new Ask(LANES[only], room);
        }
        while (true) {
            for (int i = 0; i < LANES.length; i++) {
                if (open[i] && deficit[i] >= 1) {
                    return new Ask(LANES[i], (int) Math.min(room, deficit[i]));
                }
            }
            for (int i = 0; i < LANES.length; i++) {
                if (open[i]) {
                    deficit[i] += (double) round * shares[i] / sum;
                }
            }
        }
    }

    /**
     * What came of an ask. A lane that had less than it was asked for is empty until it is looked at again.
     *
     * @param taken 0..{@link Ask#most}
     */
    public void took(Ask ask, int taken) {
        int lane = ask.lane.ordinal();
        if (taken < ask.most) {
            close(lane);
        } else {
            deficit[lane] = Math.max(0, deficit[lane] - taken);
        }
    }

    /** Every lane may have work again, but for those that are shed. */
    public void refresh() {
        for (int i = 0; i < LANES.length; i++) {
            open[i] = !shed[i];
        }
    }

    /** A lane may have work again, unless it is shed. */
    public void refresh(Lane lane) {
        open[lane.ordinal()] = !shed[lane.ordinal()];
    }

    /** These lanes, and no others, are passed over until this is called again. */
    public void shed(Collection<Lane> lanes) {
        for (Lane lane : LANES) {
            int i = lane.ordinal();
            boolean before = shed[i];
            shed[i] = lanes.contains(lane);
            if (shed[i]) {
                close(i);
            } else if (before) {
                open[i] = true;
            }
        }
    }

    /** Whether a lane may have work. */
    public boolean anyOpen() {
        for (boolean each : open) {
            if (each) {
                return true;
            }
        }
        return false;
    }

    private void close(int lane) {
        open[lane] = false;
        deficit[lane] = 0;
    }

    /**
     * What to take.
     *
     * @param lane from where
     * @param most how many at most, 1 or more
     */
    public record Ask(Lane lane, int most) {}
}
