package dev.sluice.pool;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Finds one page of everything that matches, in an order: one pass over the pool, and a heap of the best. */
public final class Ranking {
    private final Slots slots;
    private final Selection selection;
    private final By by;
    private final boolean descending;

    Ranking(Slots slots, Selection selection, By by, boolean descending) {
        this.slots = slots;
        this.selection = selection;
        this.by = by;
        this.descending = descending;
    }

    /** What proxies are sorted by; those that are equal in it by their numbers. */
    public enum By {
        /** The number. */
        ID,
        /** To a tenth of a point. */
        REPUTATION,
        /** What has no latency comes last, up and down. */
        LATENCY,
        LAST_CHECKED,
        /** By its own plan. */
        NEXT_CHECK,
        /** Active, at risk, inactive, unknown. */
        TIER;

        private final String text = name().toLowerCase(Locale.ROOT);

        /** Name in lower case, for example {@code last_checked}. */
        public String text() {
            return text;
        }
    }

    /**
     * A place between two proxies.
     *
     * @param value by which the one before it was sorted, greater where it comes later upwards
     * @param id its number
     */
    public record Rank(long value, long id) {}

    /**
     * A page.
     *
     * @param proxies in order
     * @param next where to go on; null at the end
     * @param total how many match in all
     */
    public record Page(List<Served> proxies, @Nullable Rank next, int total) {
        public Page {
            proxies = List.copyOf(proxies);
        }
    }

    Page page(@Nullable Rank after, int limit, long nowMillis) {
        int[] found = selection.new Scan(slots, true, nowMillis).run();
        // One more, to know whether there is another page.
        Best best = new Best(Math.min(limit + 1, found.length));
        int total = 0;
        boolean excludes = selection.excludes();
        for (int slot : found) {
            if (excludes && selection.look(slots, slot, true, nowMillis) == null) {
                continue;
            }
            total++;
            long id = slots.word(slot, Row.ID);
            long value = value(slot, id);
            if (after == null || compare(value, id, after.value(), after.id()) > 0) {
                best.offer(value, id, slot);
            }
        }
        return best.page(limit, total);
    }

    private long value(int slot, long id) {
        return switch (by) {
            case ID -> id;
            case REPUTATION -> slots.word(slot, Row.REPUTE) & 0xffff;
            case LATENCY -> latency(Row.latencyMillis(slots.word(slot, Row.RATES)));
            case LAST_CHECKED -> slots.word(slot, Row.LAST_CHECKED);
            case NEXT_CHECK -> slots.word(slot, Row.NEXT_CHECK);
            case TIER -> Row.tierNumber(slots.word(slot, Row.STATE));
        };
    }

    /** Latencies are never negative, so their bits sort like they do. */
    private long latency(float millis) {
        return Float.isNaN(millis) ? (descending ? -1 : Long.MAX_VALUE) : Float.floatToIntBits(millis);
    }

    /** Above 0 when the first comes later. */
    private int compare(long value, long id, long otherValue, long otherId) {
        int up = value == otherValue ? Long.compare(id, otherId) : Long.compare(value, otherValue);
        return descending ? -up : up;
    }

    /** A heap of the first so many; the last of them on top. */
    private final class Best {
        private final long[] values;
        private final long[] ids;
        private final int[] at;
        private int size;

        Best(int most) {
            values = new long[most];
            ids = new long[most];
            at = new int[most];
        }

        void offer(long value, long id, int slot) {
            if (size < values.length) {
                set(size++, value, id, slot);
                rise(size - 1);
            } else if (size > 0 && compare(value, id, values[0], ids[0]) < 0) {
                set(0, value, id, slot);
                sink();
            }
        }

        private void rise(int from) {
            int place = from;
            while (place > 0 && later(place, (place - 1) / 2)) {
                swap(place, (place - 1) / 2);
                place = (place - 1) / 2;
            }
        }

        private void sink() {
            int place = 0;
            while (2 * place + 1 < size) {
                int child = 2 * place + 1;
                if (child + 1 < size && later(child + 1, child)) {
                    child++;
                }
                if (!later(child, place)) {
                    return;
                }
                swap(child, place);
                place = child;
            }
        }

        private boolean later(int one, int other) {
            return compare(values[one], ids[one], values[other], ids[other]) > 0;
        }

        private void swap(int one, int other) {
            long value = values[one];
            long id = ids[one];
            int slot = at[one];
            set(one, values[other], ids[other], at[other]);
            set(other, value, id, slot);
        }

        private void set(int place, long value, long id, int slot) {
            values[place] = value;
            ids[place] = id;
            at[place] = slot;
        }

        Page page(int limit, int total) {
            Integer[] places = new Integer[size];
            Arrays.setAll(places, i -> i);
            Arrays.sort(places, (one, other) -> compare(values[one], ids[one], values[other], ids[other]));
            List<Served> proxies = new ArrayList<>(size);
            for (int i = 0; i < Math.min(limit, size); i++) {
                Served here = slots.read(at[places[i]]);
                // It may have left since, and another one come.
                if (here != null && here.id() == ids[places[i]]) {
                    proxies.add(here);
                }
            }
            Rank next = size > limit ? new Rank(values[places[limit - 1]], ids[places[limit - 1]]) : null;
            return new Page(proxies, next, total);
        }
    }
}
