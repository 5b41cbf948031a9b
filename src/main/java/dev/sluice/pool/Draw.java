package dev.sluice.pool;

import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Chooses for one request: one proxy after the other, all different. Confined to one thread. */
final class Draw implements Recency.Look {
    /** Draws by chance before what matches is looked for one by one. */
    private static final int TRIES = 16;

    /** Looks before a view counts as worn out: the next one is at most a refresh away. */
    private static final int PATIENCE = 10_000;

    /** Tries to find one that has proven itself before any will do. */
    static final int PROVEN_TRIES = 8;

    /** With so many proven ones, or a tenth of what matches where that is less, half of the picks go to them. */
    private static final int PROVEN_HALF = 16;

    /** Share of picks for an application that always go to all: what is never tried is never learnt. */
    private static final double EXPLORE = 0.1;

    /** Score below which those that keep to an order pass one over. */
    static final double AVOID = 0.25;

    private final Slots slots;
    private final Selection selection;
    private final View view;
    private final Strategy strategy;
    private final FeedbackBook.@Nullable Page page;
    private final RandomGenerator random;
    private final boolean connectOnly;
    private final long nowMillis;

    private @Nullable Taken taken;
    private int looks;
    /** Place in an order, and the begin and end of the equals around it. */
    private int walked;

    private int group = -1;
    private int groupStart;
    private int groupEnd;
    private int groupTurn;
    private int scanStart = -1;
    private @Nullable Served avoided;

    Draw(
            Slots slots,
            Selection selection,
            View view,
            Strategy strategy,
            FeedbackBook.@Nullable Page page,
            RandomGenerator random,
            boolean connectOnly,
            long nowMillis) {
        this.slots = slots;
        this.selection = selection;
        this.view = view;
        this.strategy = strategy;
        this.page = page;
        this.random = random;
        this.connectOnly = connectOnly;
        this.nowMillis = nowMillis;
    }

    /** More than one will be asked for: remember which were given. */
    void wants(int count) {
        if (count > 1) {
            taken = new Taken();
        }
    }

    /** The next one; null when there is none left. */
    @Nullable
    Served next() {
        if (view.size() == 0) {
            return null;
        }
        looks = 0;
        avoided = null;
        Served found = switch (strategy) {
            case ROUND_ROBIN -> rotate();
            case LEAST_RECENTLY_USED -> view.recency().take(this);
            case BEST_REPUTATION -> best();
            case FASTEST_RESPONSE -> fastest();
            case WEIGHTED_RANDOM, RANDOM, FASTEST_HALF -> chance();
        };
        if (found == null && avoided != null) {
            found = look(avoided.slot());
        }
        if (found == null) {
            return null;
        }
        if (strategy != Strategy.LEAST_RECENTLY_USED || found == avoided) {
            slots.picked(found.slot());
        }
        if (taken != null) {
            taken.add(found.id());
        }
        return found;
    }

    /** What stands there, when it matches and was not given yet. */
    private @Nullable Served look(int slot) {
        Served here = selection.look(slots, slot, connectOnly, nowMillis);
        // By its number: it may have left the slot in which it was given and come back in another one.
        return here == null || taken == null || !taken.contains(here.id()) ? here : null;
    }

    /** The same for strategies that keep to an order: what keeps failing for the application is kept for the end. */
    private @Nullable Served lookInOrder(int slot) {
        Served here = look(slot);
        if (here == null || page == null || page.score(here.id()) >= AVOID) {
            return here;
        }
        if (avoided == null) {
            avoided = here;
        }
        return null;
    }

    // By chance.

    private @Nullable Served chance() {
        Served best = null;
        double bestScore = -1;
        if (page != null) {
            int proven = page.proven();
            if (proven > 0 && random.nextDouble() > exploring(proven)) {
                Served known = proven(page, proven);
                if (known != null) {
                    return known;
                }
            }
        }
        for (int i = 0; i < TRIES; i++) {
            Served here = look(draw());
            if (here == null) {
                continue;
            }
            if (page == null) {
                return here;
            }
            double score = page.score(here.id());
            if (score >= Feedback.NEUTRAL || random.nextDouble() * Feedback.NEUTRAL < score) {
                return here;
            }
            if (score > bestScore) {
                best = here;
                bestScore = score;
            }
        }
        // Its slot may have changed during the further draws.
        Served still = best == null ? null : look(best.slot());
        return still == null ? scan() : still;
    }

    /** Share of picks that go to all. */
    private double exploring(int proven) {
        return exploring(proven, view.size());
    }

    /** Share of picks that go to all of {@code size} members where so many have proven themselves. */
    static double exploring(int proven, int size) {
        double half = Math.max(1, Math.min(PROVEN_HALF, size / 10.0));
        return Math.max(EXPLORE, half / (half + proven));
    }

    private int draw() {
        int size = view.size();
        return switch (strategy) {
            case WEIGHTED_RANDOM -> view.weights().draw(random);
            case FASTEST_HALF -> {
                int[] order = view.speeds().order();
                yield order[random.nextInt(10) < 7 ? random.nextInt((size + 1) / 2) : random.nextInt(size)];
            }
            default -> view.members[random.nextInt(size)];
        };
    }

    /** One of those that work for the application. */
    private @Nullable Served proven(FeedbackBook.Page known, int count) {
        for (int i = 0; i < PROVEN_TRIES; i++) {
            long id = known.provenAt(random.nextInt(count));
            int slot = id == 0 ? Slots.NONE : slots.find(id);
            Served here = slot == Slots.NONE ? null : look(slot);
            if (here != null && here.id() == id && random.nextDouble() < known.score(id) && weighs(here)) {
                return here;
            }
        }
        return null;
    }

    private boolean weighs(Served here) {
        return strategy != Strategy.WEIGHTED_RANDOM || random.nextDouble() * 100 < 1 + here.reputation();
    }

    /** The first that stands, from a random place on. */
    private @Nullable Served scan() {
        int size = view.size();
        if (scanStart < 0) {
            scanStart = random.nextInt(size);
        }
        while (walked < size && looks++ < PATIENCE) {
            Served here = look(view.members[(int) (((long) scanStart + walked++) % size)]);
            if (here != null) {
                return here;
            }
        }
        return null;
    }

    // In an order.

    private @Nullable Served rotate() {
        int size = view.size();
        while (walked < size && looks++ < PATIENCE) {
            walked++;
            Served here = lookInOrder(view.members[(int) (view.turn.getAndIncrement() % size)]);
            if (here != null) {
                return here;
            }
        }
        return null;
    }

    private @Nullable Served best() {
        Orders.Groups groups = view.groups();
        while (looks < PATIENCE) {
            if (group < 0 || walked == groupEnd - groupStart) {
                do {
                    group++;
                } while (group < groups.count() && groups.starts()[group] == groups.starts()[group + 1]);
                if (group >= groups.count()) {
                    return null;
                }
                enter(groups.starts()[group], groups.starts()[group + 1]);
            }
            Served here = lookInOrder(groups.order()[nextEqual()]);
            if (here != null && Math.round(here.reputation()) >= 100 - group) {
                return here;
            }
            fallen(here);
        }
        return null;
    }

    private @Nullable Served fastest() {
        View.Speeds speeds = view.speeds();
        int[] order = speeds.order();
        while (looks < PATIENCE) {
            if (group < 0) {
                group = 0;
                enter(0, speeds.equal());
            } else if (walked == groupEnd - groupStart) {
                if (groupEnd == order.length) {
                    return null;
                }
                // Behind the equals, one after the other.
                group++;
                enter(groupEnd, groupEnd + 1);
            }
            Served here = lookInOrder(order[nextEqual()]);
            if (here != null && (group > 0 || !(here.latencyMillis() > speeds.boundMillis()))) {
                return here;
            }
            fallen(here);
        }
        return null;
    }

    /** One that was better when the view was made will do when there is nothing else. */
    private void fallen(@Nullable Served here) {
        if (here != null && avoided == null) {
            avoided = here;
        }
    }

    private void enter(int start, int end) {
        groupStart = start;
        groupEnd = end;
        walked = 0;
        int size = end - start;
        groupTurn = size == 1 ? 0 : (int) (view.turnOfEquals.getAndIncrement() % size);
    }

    private int nextEqual() {
        looks++;
        int size = groupEnd - groupStart;
        return groupStart + (int) (((long) groupTurn + walked++) % size);
    }

    // For Recency.

    @Override
    public @Nullable Served at(int slot) {
        looks++;
        return lookInOrder(slot);
    }

    @Override
    public boolean tired() {
        return looks >= PATIENCE;
    }

    @Override
    public boolean gone(int slot) {
        return !stands(slot);
    }

    private boolean stands(int slot) {
        Holder holder = selection.holder();
        Selection viewed = holder == null ? selection : holder.selection;
        return viewed.look(slots, slot, connectOnly, nowMillis) != null;
    }

    /** Numbers of what was given: a small set, which grows with what is put in. None is 0. */
    private static final class Taken {
        private long[] table = new long[32];
        private int size;

        boolean contains(long id) {
            return table[place(table, id)] == id;
        }

        void add(long id) {
            if (++size * 2 > table.length) {
                long[] larger = new long[table.length * 2];
                for (long known : table) {
                    if (known != 0) {
                        larger[place(larger, known)] = known;
                    }
                }
                table = larger;
            }
            table[place(table, id)] = id;
        }

        /** Where {@code id} stands, or would. */
        private static int place(long[] table, long id) {
            int at = (int) (id * 0x9e3779b97f4a7c15L >>> 40) & table.length - 1;
            while (table[at] != 0 && table[at] != id) {
                at = at + 1 & table.length - 1;
            }
            return at;
        }
    }
}
