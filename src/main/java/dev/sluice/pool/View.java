package dev.sluice.pool;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What matched a filter at one moment: slots in rising order. Immutable, but for the orders that strategies need, each made
 * when it is first asked for, and for the places at which rotations stand. Thread-safe; two threads that make the same order
 * at the same time make it twice.
 */
final class View {
    /** A view without members. */
    static final View NONE = new View(new Slots(), 0, 0, false, 0, new int[0]);

    /** The state of the pool it shows: see {@link Slots#changes}. */
    final long changes;

    /** And {@link Slots#opinions}. */
    final long opinions;

    final boolean connectOnly;
    final long builtAtMillis;
    final int[] members;

    /** Turn of {@link Strategy#ROUND_ROBIN}: an index into the members, ever growing. */
    final AtomicLong turn = new AtomicLong();
    /** Turn among equals. */
    final AtomicLong turnOfEquals = new AtomicLong();

    private final Slots slots;
    private volatile @Nullable Speeds speeds;
    private volatile @Nullable Weights weights;
    private volatile Orders.@Nullable Groups groups;
    private volatile @Nullable Recency recency;
    /** Orders that were used, as bits of strategies. */
    private volatile int used;

    View(Slots slots, long changes, long opinions, boolean connectOnly, long builtAtMillis, int[] members) {
        this.slots = slots;
        this.changes = changes;
        this.opinions = opinions;
        this.connectOnly = connectOnly;
        this.builtAtMillis = builtAtMillis;
        this.members = members;
    }

    int size() {
        return members.length;
    }

    /**
     * Members by speed.
     *
     * @param order fastest first
     * @param equal how many of them are as fast as the fastest
     * @param boundMillis what counts as that
     */
    record Speeds(int[] order, int equal, double boundMillis) {}

    /** Whether {@code strategy} can draw without making an order first. */
    boolean ready(Strategy strategy) {
        return switch (strategy) {
            case ROUND_ROBIN, RANDOM -> true;
            case LEAST_RECENTLY_USED -> recency != null;
            case WEIGHTED_RANDOM -> weights != null;
            case BEST_REPUTATION -> groups != null;
            case FASTEST_RESPONSE, FASTEST_HALF -> speeds != null;
        };
    }

    /** Makes what {@code strategy} needs. */
    void prepare(Strategy strategy) {
        switch (strategy) {
            case ROUND_ROBIN, RANDOM -> {}
            case LEAST_RECENTLY_USED -> recency();
            case WEIGHTED_RANDOM -> weights();
            case BEST_REPUTATION -> groups();
            case FASTEST_RESPONSE, FASTEST_HALF -> speeds();
        }
    }

    Speeds speeds() {
        use(Strategy.FASTEST_HALF);
        Speeds made = speeds;
        if (made == null) {
            made = sortBySpeed();
            speeds = made;
        }
        return made;
    }

    private Speeds sortBySpeed() {
        int[] order = Orders.bySpeed(slots, members);
        if (order.length == 0) {
            return new Speeds(order, 0, 0);
        }
        double best = latency(order[0]);
        double bound = Double.isNaN(best) ? Double.NaN : best * 1.1 + 1;
        int equal = 0;
        while (equal < order.length && (Double.isNaN(bound) || latency(order[equal]) <= bound)) {
            equal++;
        }
        return new Speeds(order, Math.max(1, equal), bound);
    }

    private float latency(int slot) {
        return Float.intBitsToFloat(slots.page(slot).speed(slot));
    }

    Weights weights() {
        use(Strategy.WEIGHTED_RANDOM);
        Weights made = weights;
        if (made == null) {
            made = new Weights(slots, members);
            weights = made;
        }
        return made;
    }

    Orders.Groups groups() {
        use(Strategy.BEST_REPUTATION);
        Orders.Groups made = groups;
        if (made == null) {
            made = Orders.byPoints(slots, members);
            groups = made;
        }
        return made;
    }

    /** One and the same for all: it is what picks change. */
    Recency recency() {
        use(Strategy.LEAST_RECENTLY_USED);
        Recency made = recency;
        return made == null ? sortByRecency(null) : made;
    }

    private synchronized Recency sortByRecency(@Nullable Recency before) {
        Recency made = recency;
        if (made == null) {
            made = new Recency(slots, members, before);
            recency = made;
        }
        return made;
    }

    private void use(Strategy strategy) {
        if ((used & Row.bit(strategy)) == 0) {
            used |= Row.bit(strategy);
        }
    }

    /** Makes the orders that were in use in a view that this one replaces. */
    void follow(View before) {
        if (before.speeds != null && before.uses(Strategy.FASTEST_HALF)) {
            speeds = sortBySpeed();
        }
        if (before.weights != null && before.uses(Strategy.WEIGHTED_RANDOM)) {
            weights = new Weights(slots, members);
        }
        if (before.groups != null && before.uses(Strategy.BEST_REPUTATION)) {
            groups = Orders.byPoints(slots, members);
        }
        Recency order = before.recency;
        if (order != null && before.uses(Strategy.LEAST_RECENTLY_USED)) {
            sortByRecency(order);
        }
    }

    private boolean uses(Strategy strategy) {
        return (used & Row.bit(strategy)) != 0;
    }

    /** Lets rotations go on where {@code before} stands now. */
    void goOn(View before) {
        if (before.members.length > 0 && members.length > 0) {
            int next = before.members[(int) (before.turn.get() % before.members.length)];
            int found = Arrays.binarySearch(members, next);
            turn.set(found >= 0 ? found : (-found - 1) % members.length);
        }
        turnOfEquals.set(before.turnOfEquals.get());
    }

    /** Bytes it takes. */
    long bytes() {
        int each = 4
                + (speeds == null ? 0 : 4)
                + (weights == null ? 0 : 4)
                + (groups == null ? 0 : 4)
                + (recency == null ? 0 : Recency.bytesEach());
        return (long) each * members.length;
    }
}
