package dev.sluice.pool;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a pick would come to.
 *
 * @param filters how many entries each condition leaves
 * @param matching how many match in all
 * @param candidates the likeliest, likeliest first; where the strategy keeps to an order, in that order
 * @param heldBack how many of those that match work badly for the application: strategies that keep to an order take them when
 *     there is nothing else, the others seldom
 * @param relaxations where nothing matches, what would without a condition or two: the most first, and those of one condition
 *     before those of two
 */
public record Foresight(
        Explanation filters, int matching, List<Candidate> candidates, int heldBack, List<Relaxation> relaxations) {
    public Foresight {
        candidates = List.copyOf(candidates);
        relaxations = List.copyOf(relaxations);
    }

    /**
     * One that may be chosen.
     *
     * @param proxy as it is now
     * @param probability that the next pick gives it, 0..1; for those that take turns, its share of the turns
     * @param score what the application's reports make of it, 0..1; {@link Feedback#NEUTRAL} where it has reported nothing
     * @param heldBack whether it works badly for the application
     */
    public record Candidate(Served proxy, double probability, double score, boolean heldBack) {}

    /**
     * A filter that would leave something.
     *
     * @param without names of the one or two parameters that are left out
     * @param left how many match then
     */
    public record Relaxation(List<String> without, int left) {
        public Relaxation {
            without = List.copyOf(without);
        }
    }

    /** Works it out. Each look is a use of its own; not thread-safe. */
    static final class Look {
        private static final int CONDITIONS = Filter.PARAMETERS.size();

        private final Slots slots;
        private final Selection selection;
        private final Strategy strategy;
        private final FeedbackBook.@Nullable Page page;
        private final @Nullable View view;
        private final boolean connectOnly;

        Look(
                Slots slots,
                Selection selection,
                Strategy strategy,
                FeedbackBook.@Nullable Page page,
                @Nullable View view,
                boolean connectOnly) {
            this.slots = slots;
            this.selection = selection;
            this.strategy = strategy;
            this.page = page;
            this.view = view;
            this.connectOnly = connectOnly;
        }

        Foresight see(Explanation counted, int limit, long nowMillis) {
            int[] members = members(nowMillis);
            List<Explanation.Step> steps = new ArrayList<>(counted.steps());
            if (selection.excludes()) {
                // It is looked at last, and so far was not counted.
                steps.removeIf(step -> step.condition().equals(Filter.PARAMETERS.get(Filter.EXCLUDE)));
                steps.add(new Explanation.Step(Filter.PARAMETERS.get(Filter.EXCLUDE), members.length));
            }
            double[] scores = scores(members);
            int held = 0;
            for (double score : scores) {
                held += score < Draw.AVOID ? 1 : 0;
            }
            List<Relaxation> relaxations = members.length == 0 ? relaxations(nowMillis) : List.of();
            return new Foresight(
                    new Explanation(steps),
                    members.length,
                    candidates(members, scores, held, limit),
                    held,
                    relaxations);
        }

        private int[] members(long nowMillis) {
            int[] found = selection.new Scan(slots, connectOnly, nowMillis).run();
            return selection.excludes()
                    ? Arrays.stream(found)
                            .filter(slot -> selection.look(slots, slot, connectOnly, nowMillis) != null)
                            .toArray()
                    : found;
        }

        private double[] scores(int[] members) {
            FeedbackBook.Page known = page;
            double[] scores = new double[members.length];
            for (int i = 0; i < members.length; i++) {
                scores[i] = known == null ? Feedback.NEUTRAL : known.score(slots.word(members[i], Row.ID));
            }
            return scores;
        }

        /** Each condition alone, then two together where no single one is enough. */
        private List<Relaxation> relaxations(long nowMillis) {
            int[] single = new int[CONDITIONS];
            int[][] both = new int[CONDITIONS][CONDITIONS];
            selection.new Scan(slots, connectOnly, nowMillis).misses((one, other) -> {
                if (other < 0) {
                    single[one]++;
                } else {
                    both[one][other]++;
                }
            });
            List<Relaxation> found = new ArrayList<>();
            for (int one = 0; one < CONDITIONS; one++) {
                if (single[one] > 0) {
                    found.add(new Relaxation(List.of(Filter.PARAMETERS.get(one)), single[one]));
                }
            }
            if (found.isEmpty()) {
                for (int one = 0; one < CONDITIONS; one++) {
                    for (int other = one + 1; other < CONDITIONS; other++) {
                        if (both[one][other] > 0) {
                            found.add(new Relaxation(
                                    List.of(Filter.PARAMETERS.get(one), Filter.PARAMETERS.get(other)),
                                    both[one][other]));
                        }
                    }
                }
            }
            found.sort((one, other) -> Integer.compare(other.left(), one.left()));
            return found;
        }

        // Candidates.

        private List<Candidate> candidates(int[] members, double[] scores, int held, int limit) {
            double[] chances = strategy.draws() ? drawn(members, scores) : inOrder(members, scores, held);
            int[] first = strategy == Strategy.ROUND_ROBIN || strategy == Strategy.LEAST_RECENTLY_USED
                    ? first(members, scores, held, limit)
                    : first(chances.length, limit, i -> -chances[i], i -> slots.word(members[i], Row.ID));
            List<Candidate> candidates = new ArrayList<>();
            for (int i : first) {
                Served here = slots.read(members[i]);
                if (here != null) {
                    candidates.add(new Candidate(here, chances[i], scores[i], scores[i] < Draw.AVOID));
                }
            }
            return candidates;
        }

        /** By chance: how likely each is, of all and of those that have proven themselves. */
        private double[] drawn(int[] members, double[] scores) {
            double[] all = shares(members);
            double sum = 0;
            for (int i = 0; i < all.length; i++) {
                all[i] *= Math.min(1, scores[i] / Feedback.NEUTRAL);
                sum += all[i];
            }
            for (int i = 0; i < all.length; i++) {
                all[i] /= sum;
            }
            FeedbackBook.Page known = page;
            int proven = known == null ? 0 : known.proven();
            if (known == null || proven == 0) {
                return all;
            }
            double[] taken = new double[all.length];
            double hit = 0;
            for (int place = 0; place < proven; place++) {
                int slot = slots.find(known.provenAt(place));
                int i = slot == Slots.NONE ? -1 : Arrays.binarySearch(members, slot);
                if (i >= 0) {
                    double weight = strategy == Strategy.WEIGHTED_RANDOM
                            ? Math.min(1, (1 + Row.reputation(slots.word(slot, Row.REPUTE))) / 100)
                            : 1;
                    taken[i] = scores[i] * weight / proven;
                    hit += taken[i];
                }
            }
            if (hit > 0) {
                double found =
                        (1 - Draw.exploring(proven, members.length)) * (1 - Math.pow(1 - hit, Draw.PROVEN_TRIES));
                for (int i = 0; i < all.length; i++) {
                    all[i] = found * taken[i] / hit + (1 - found) * all[i];
                }
            }
            return all;
        }

        /** How often each is drawn, before feedback has a say. */
        private double[] shares(int[] members) {
            double[] shares = new double[members.length];
            switch (strategy) {
                case WEIGHTED_RANDOM -> {
                    for (int i = 0; i < shares.length; i++) {
                        shares[i] = 1 + slots.page(members[i]).points(members[i]);
                    }
                }
                case FASTEST_HALF -> {
                    int[] order = Orders.bySpeed(slots, members);
                    int half = (order.length + 1) / 2;
                    for (int place = 0; place < order.length; place++) {
                        int i = Arrays.binarySearch(members, order[place]);
                        shares[i] = (place < half ? 0.7 / half : 0) + 0.3 / order.length;
                    }
                }
                default -> Arrays.fill(shares, 1.0);
            }
            return shares;
        }

        /** In an order: the first that are equal share the picks. */
        private double[] inOrder(int[] members, double[] scores, int held) {
            double[] chances = new double[members.length];
            if (members.length == 0) {
                return chances;
            }
            if (strategy == Strategy.ROUND_ROBIN || strategy == Strategy.LEAST_RECENTLY_USED) {
                chances[first(members, scores, held, 1)[0]] = 1;
                return chances;
            }
            boolean any = held == members.length;
            double best = Double.POSITIVE_INFINITY;
            for (int i = 0; i < members.length; i++) {
                best = any || scores[i] >= Draw.AVOID ? Math.min(best, cost(members[i])) : best;
            }
            double bound = strategy == Strategy.FASTEST_RESPONSE && best < Float.MAX_VALUE ? best * 1.1 + 1 : best;
            int equals = 0;
            for (int i = 0; i < members.length; i++) {
                boolean equal = (any || scores[i] >= Draw.AVOID) && cost(members[i]) <= bound;
                chances[i] = equal ? 1 : 0;
                equals += equal ? 1 : 0;
            }
            for (int i = 0; i < members.length; i++) {
                chances[i] /= equals;
            }
            return chances;
        }

        /** The less, the sooner it is chosen. */
        private double cost(int slot) {
            Page at = slots.page(slot);
            if (strategy == Strategy.BEST_REPUTATION) {
                return -at.points(slot);
            }
            float millis = Float.intBitsToFloat(at.speed(slot));
            return Float.isNaN(millis) ? Float.MAX_VALUE : millis;
        }

        /** Indices of the next in turn; those that are held back come last. */
        private int[] first(int[] members, double[] scores, int held, int limit) {
            int size = members.length;
            int turn = strategy == Strategy.ROUND_ROBIN ? turn(members) : 0;
            return first(
                    size,
                    limit,
                    i -> held < size && scores[i] < Draw.AVOID ? 1 : 0,
                    i -> strategy == Strategy.ROUND_ROBIN ? (i - turn + size) % size : slots.lastPick(members[i]));
        }

        /** Whose turn it is. */
        private int turn(int[] members) {
            View known = view;
            if (known == null || known.size() == 0 || members.length == 0) {
                return 0;
            }
            int next = Arrays.binarySearch(members, known.members[(int) (known.turn.get() % known.size())]);
            return next >= 0 ? next : (-next - 1) % members.length;
        }

        /** A number for each index. */
        @FunctionalInterface
        private interface Key {
            double of(int index);
        }

        /** Indices with the smallest keys, in their order; of equals by the second key, then as they come. */
        private static int[] first(int size, int limit, Key key, Key second) {
            int most = Math.min(size, limit);
            int[] first = new int[most];
            double[] keys = new double[most];
            double[] seconds = new double[most];
            int count = 0;
            for (int i = 0; i < size; i++) {
                double its = key.of(i);
                double itsSecond = second.of(i);
                int place = count;
                while (place > 0
                        && (its < keys[place - 1] || (its == keys[place - 1] && itsSecond < seconds[place - 1]))) {
                    place--;
                }
                if (place == most) {
                    continue;
                }
                int moved = Math.min(count, most - 1) - place;
                System.arraycopy(first, place, first, place + 1, moved);
                System.arraycopy(keys, place, keys, place + 1, moved);
                System.arraycopy(seconds, place, seconds, place + 1, moved);
                first[place] = i;
                keys[place] = its;
                seconds[place] = itsSecond;
                count = Math.min(count + 1, most);
            }
            return first;
        }
    }
}
