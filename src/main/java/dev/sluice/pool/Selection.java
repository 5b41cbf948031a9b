package dev.sluice.pool;

import dev.sluice.proxy.Anonymity;
import dev.sluice.proxy.Tier;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A filter made ready for use: ask the pool for it once and use it again for requests that mean the same. Thread-safe.
 */
public final class Selection {
    /** Filter whose view serves it: the exclusions are looked at pick by pick. */
    final Filter viewed;

    private final Filter filter;
    private final int[] steps;
    private final long protocols;
    private final int levels;
    private final int tiers;
    private volatile @Nullable Holder holder;

    Selection(Filter filter) {
        this.filter = filter;
        this.viewed = filter.withoutExclusions();
        int[] found = new int[Filter.PARAMETERS.size()];
        int count = 0;
        for (int step = 0; step < found.length; step++) {
            if (filter.restricts(step)) {
                found[count++] = step;
            }
        }
        this.steps = Arrays.copyOf(found, count);
        this.protocols = protocols(filter);
        this.levels = levels(filter);
        this.tiers = tiers(filter);
    }

    /** The filter. */
    public Filter filter() {
        return filter;
    }

    /** Whether single proxies are excluded. */
    public boolean excludes() {
        return filter.restricts(Filter.EXCLUDE);
    }

    @Nullable
    Holder holder() {
        return holder;
    }

    void holder(Holder found) {
        holder = found;
    }

    /** Whether age alone may end that a proxy matches. */
    boolean ages() {
        return filter.restricts(Filter.MAX_AGE);
    }

    /** What stands in a slot, when it matches now; null otherwise. */
    @Nullable
    Served look(Slots slots, int slot, boolean connectOnly, long nowMillis) {
        long state = slots.word(slot, Row.STATE);
        if ((state & Row.SERVABLE) == 0 || !Slots.verified(state, connectOnly)) {
            return null;
        }
        Served here = slots.read(slot);
        return here != null && matches(here, connectOnly, nowMillis) ? here : null;
    }

    boolean matches(Served proxy, boolean connectOnly, long nowMillis) {
        if (!Slots.verified(proxy.state(), connectOnly)) {
            return false;
        }
        for (int step : steps) {
            if (!filter.passes(step, proxy, nowMillis)) {
                return false;
            }
        }
        return true;
    }

    // What bitmaps know: sets of values as bits, all set where anything goes.

    private static long protocols(Filter filter) {
        long sets = 0;
        for (int spoken = 0; spoken < 16; spoken++) {
            if (filter.speaks(spoken)) {
                sets |= 1L << spoken;
            }
        }
        return sets;
    }

    private static int levels(Filter filter) {
        int bits = 0;
        for (Anonymity level : Anonymity.values()) {
            if (filter.anonymity().accepts(level)) {
                bits |= Row.bit(level);
            }
        }
        return bits;
    }

    private static int tiers(Filter filter) {
        int bits = 0;
        for (Tier tier : Tier.values()) {
            if (filter.tier().accepts(tier)) {
                bits |= 1 << tier.number() - 1;
            }
        }
        return bits;
    }

    /** Takes what failed. */
    @FunctionalInterface
    interface Misses {
        void missed(int step, int secondStep);
    }

    /** Finds everything that matches at present, slot after slot. Each scan is a use of its own; not thread-safe. */
    final class Scan {
        private static final AtomicLong NUMBERS = new AtomicLong();
        private static final int VERDICT_BITS = 8;

        private final Slots slots;
        private final boolean connectOnly;
        private final long nowMillis;
        private final long number = NUMBERS.incrementAndGet();
        private int[] found = new int[64];
        private int count;

        Scan(Slots slots, boolean connectOnly, long nowMillis) {
            this.slots = slots;
            this.connectOnly = connectOnly;
            this.nowMillis = nowMillis;
        }

        /** Slots in rising order. */
        int[] run() {
            Page[] pages = slots.pages();
            for (int page = 0; page < pages.length; page++) {
                for (int word = 0; word < Page.BIT_WORDS; word++) {
                    long candidates = candidates(pages[page], word);
                    int first = page << Page.BITS | word << 6;
                    while (candidates != 0) {
                        int slot = first + Long.numberOfTrailingZeros(candidates);
                        candidates &= candidates - 1;
                        if (passes(pages[page], slot)) {
                            add(slot);
                        }
                    }
                }
            }
            return Arrays.copyOf(found, count);
        }

        /** How many of everything that is served meet each condition and all before it. */
        int[] countByStep() {
            int[] left = new int[Filter.PARAMETERS.size()];
            Page[] pages = slots.pages();
            for (int page = 0; page < pages.length; page++) {
                for (int word = 0; word < Page.BIT_WORDS; word++) {
                    long candidates = pages[page].bits(connectOnly ? Page.SERVABLE : Page.FULL, word);
                    int first = page << Page.BITS | word << 6;
                    while (candidates != 0) {
                        int slot = first + Long.numberOfTrailingZeros(candidates);
                        candidates &= candidates - 1;
                        count(pages[page], slot, left);
                    }
                }
            }
            return left;
        }

        /**
         * Which conditions stand between everything that is served and a match.
         *
         * @param told once for each that fails one or two conditions: their indices, the second -1 where there is only one
         */
        void misses(Misses told) {
            Page[] pages = slots.pages();
            for (int page = 0; page < pages.length; page++) {
                for (int word = 0; word < Page.BIT_WORDS; word++) {
                    long candidates = pages[page].bits(connectOnly ? Page.SERVABLE : Page.FULL, word);
                    int first = page << Page.BITS | word << 6;
                    while (candidates != 0) {
                        int slot = first + Long.numberOfTrailingZeros(candidates);
                        candidates &= candidates - 1;
                        miss(pages[page], slot, told);
                    }
                }
            }
        }

        private void miss(Page page, int slot, Misses told) {
            int one = -1;
            int other = -1;
            for (int step : steps) {
                boolean met = step == Filter.EXCLUDE ? !excluded(slot) : passes(step, page, slot);
                if (!met) {
                    if (other >= 0) {
                        return;
                    }
                    other = one >= 0 ? step : other;
                    one = one < 0 ? step : one;
                }
            }
            if (one >= 0) {
                told.missed(one, other);
            }
        }

        private boolean excluded(int slot) {
            Served here = slots.read(slot);
            return here == null || !filter.passes(Filter.EXCLUDE, here, nowMillis);
        }

        private void count(Page page, int slot, int[] left) {
            for (int step : steps) {
                if (!passes(step, page, slot)) {
                    return;
                }
                left[step]++;
            }
        }

        private void add(int slot) {
            if (count == found.length) {
                found = Arrays.copyOf(found, count * 2);
            }
            found[count++] = slot;
        }

        private long candidates(Page page, int word) {
            long left = page.bits(connectOnly ? Page.SERVABLE : Page.FULL, word);
            if (left != 0 && protocols != 0xffff) {
                left &= speaking(page, word);
            }
            if (left != 0 && levels != 0xf) {
                left &= any(page, Page.ANONYMITY, levels, word);
            }
            if (left != 0 && tiers != 0xf) {
                left &= any(page, Page.TIER, tiers, word);
            }
            return left;
        }

        private static long any(Page page, int property, int values, int word) {
            long bits = 0;
            for (int i = 0; i < 4; i++) {
                if ((values & 1 << i) != 0) {
                    bits |= page.bits(property + i, word);
                }
            }
            return bits;
        }

        private long speaking(Page page, int word) {
            long bits = 0;
            for (int spoken = 0; spoken < 16; spoken++) {
                if ((protocols & 1L << spoken) != 0) {
                    long exactly = -1;
                    for (int i = 0; i < 4; i++) {
                        long speaks = page.bits(Page.PROTOCOL + i, word);
                        exactly &= (spoken & 1 << i) != 0 ? speaks : ~speaks;
                    }
                    bits |= exactly;
                }
            }
            return bits;
        }

        /** The conditions that bits do not know. */
        private boolean passes(Page page, int slot) {
            for (int step : steps) {
                boolean known = step == Filter.PROTOCOL || step == Filter.ANONYMITY || step == Filter.TIER;
                if (!known && !passes(step, page, slot)) {
                    return false;
                }
            }
            return true;
        }

        private boolean passes(int step, Page page, int slot) {
            long state = page.word(slot, Row.STATE);
            return switch (step) {
                case Filter.PROTOCOL -> (protocols >>> (state >>> Row.PROTOCOLS & 0xf) & 1) == 1;
                case Filter.ANONYMITY -> (levels >>> (state >>> Row.ANONYMITY & 3) & 1) == 1;
                case Filter.TIER -> (tiers >>> (state >>> Row.TIER & 7) - 1 & 1) == 1;
                case Filter.COUNTRY, Filter.REGION, Filter.CITY, Filter.ASN, Filter.TYPE ->
                    stands(step, page.place(slot));
                case Filter.LIST -> listed(page.listing(slot));
                case Filter.MIN_REPUTATION -> Row.reputation(page.word(slot, Row.REPUTE)) >= filter.minReputation();
                case Filter.MAX_LATENCY -> Float.intBitsToFloat(page.speed(slot)) <= filter.maxLatencyMillis();
                case Filter.MAX_AGE -> nowMillis - page.word(slot, Row.LAST_CHECKED) <= filter.maxAgeMillis();
                default -> true;
            };
        }

        /** Few places stand for many proxies: each is asked once, for all conditions of location, bit by bit. */
        private boolean stands(int step, @Nullable Place place) {
            if (place == null) {
                return false;
            }
            long known = place.verdict;
            if (known >>> VERDICT_BITS != number) {
                known = number << VERDICT_BITS;
                for (int i = Filter.COUNTRY; i <= Filter.ASN; i++) {
                    known |= filter.stands(i, place) ? 1L << i : 0;
                }
                known |= filter.stands(Filter.TYPE, place) ? 1L << Filter.TYPE : 0;
                place.verdict = known;
            }
            return (known >>> step & 1) == 1;
        }

        private boolean listed(@Nullable Listing listing) {
            if (listing == null) {
                return false;
            }
            long known = listing.verdict;
            if (known >>> VERDICT_BITS != number) {
                known = number << VERDICT_BITS | (filter.listed(listing.names) ? 1 : 0);
                listing.verdict = known;
            }
            return (known & 1) == 1;
        }
    }
}
