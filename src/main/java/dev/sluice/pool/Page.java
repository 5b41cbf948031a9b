package dev.sluice.pool;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * Room for {@value #SLOTS} proxies: their {@link Row rows}; columns of what views are sorted by; a bit for each property a
 * filter may ask for. The writer changes rows between two writes of their sequence number; readers copy a row and look
 * whether the number stayed (a seqlock). Columns and bits are read without that: they only say what is worth a look.
 */
final class Page {
    static final int BITS = 11;
    static final int SLOTS = 1 << BITS;
    static final int MASK = SLOTS - 1;
    /** Words of 64 bits of one property. */
    static final int BIT_WORDS = SLOTS / 64;

    /** Properties with a bit for each slot, as their positions: in use, verified in full, then protocols, levels, tiers. */
    static final int SERVABLE = 0;

    static final int FULL = 1;
    static final int PROTOCOL = 2;
    static final int ANONYMITY = 6;
    static final int TIER = 10;
    static final int PROPERTIES = 14;

    static final VarHandle LONGS = MethodHandles.arrayElementVarHandle(long[].class);
    private static final VarHandle INTS = MethodHandles.arrayElementVarHandle(int[].class);
    private static final VarHandle BYTES = MethodHandles.arrayElementVarHandle(byte[].class);
    private static final VarHandle REFERENCES = MethodHandles.arrayElementVarHandle(Object[].class);

    final long[] rows = new long[SLOTS * Row.WORDS];
    /** Latency as the bits of a float, which sort like the number; not a number sorts last. */
    private final int[] speed = new int[SLOTS];
    /** Reputation in whole points. */
    private final byte[] points = new byte[SLOTS];

    private final Object[] places = new Object[SLOTS];
    private final Object[] listings = new Object[SLOTS];
    private final Object[] extras = new Object[SLOTS];
    private final long[] bits = new long[PROPERTIES * BIT_WORDS];

    static int base(int slot) {
        return (slot & MASK) * Row.WORDS;
    }

    long word(int slot, int word) {
        return (long) LONGS.getOpaque(rows, base(slot) + word);
    }

    /** One swap of a word that reports and picks share. */
    boolean swap(int slot, int word, long expected, long next) {
        return LONGS.compareAndSet(rows, base(slot) + word, expected, next);
    }

    void picked(int slot, long number) {
        LONGS.setOpaque(rows, base(slot) + Row.LAST_PICK, number);
    }

    int speed(int slot) {
        return (int) INTS.getOpaque(speed, slot & MASK);
    }

    int points(int slot) {
        return (byte) BYTES.getOpaque(points, slot & MASK);
    }

    void points(int slot, int value) {
        BYTES.setOpaque(points, slot & MASK, (byte) value);
    }

    @Nullable
    Place place(int slot) {
        return (Place) REFERENCES.getAcquire(places, slot & MASK);
    }

    @Nullable
    Listing listing(int slot) {
        return (Listing) REFERENCES.getAcquire(listings, slot & MASK);
    }

    @Nullable
    Extra extra(int slot) {
        return (Extra) REFERENCES.getAcquire(extras, slot & MASK);
    }

    long bits(int property, int word) {
        return (long) LONGS.getOpaque(bits, property * BIT_WORDS + word);
    }

    /**
     * Replaces a row. Only the writer calls it.
     *
     * @param words of the new row; what picks and reports share is taken from it only where {@code anew}
     * @param anew whether another proxy stands here from now on
     */
    void set(int slot, long[] words, Place place, Listing listing, @Nullable Extra extra, boolean anew) {
        int at = slot & MASK;
        int base = base(slot);
        long before = (long) LONGS.getOpaque(rows, base + Row.STATE);
        long sequence = (long) LONGS.getOpaque(rows, base + Row.SEQUENCE);
        LONGS.setOpaque(rows, base + Row.SEQUENCE, sequence + 1);
        VarHandle.storeStoreFence();
        for (int i = 0; i < Row.WORDS; i++) {
            boolean shared = i == Row.USES || i == Row.LAST_PICK || i == Row.REPUTE;
            if (i != Row.SEQUENCE && (anew || !shared)) {
                LONGS.setOpaque(rows, base + i, words[i]);
            }
        }
        REFERENCES.setRelease(places, at, place);
        REFERENCES.setRelease(listings, at, listing);
        REFERENCES.setRelease(extras, at, extra);
        LONGS.setRelease(rows, base + Row.SEQUENCE, sequence + 2);
        INTS.setOpaque(speed, at, (int) words[Row.RATES]);
        index(at, before, words[Row.STATE]);
    }

    /** Empties a slot. Only the writer calls it. */
    void clear(int slot) {
        int at = slot & MASK;
        int base = base(slot);
        long before = (long) LONGS.getOpaque(rows, base + Row.STATE);
        long sequence = (long) LONGS.getOpaque(rows, base + Row.SEQUENCE);
        LONGS.setOpaque(rows, base + Row.SEQUENCE, sequence + 1);
        VarHandle.storeStoreFence();
        LONGS.setOpaque(rows, base + Row.STATE, 0L);
        LONGS.setOpaque(rows, base + Row.ID, 0L);
        REFERENCES.setRelease(places, at, null);
        REFERENCES.setRelease(listings, at, null);
        REFERENCES.setRelease(extras, at, null);
        LONGS.setRelease(rows, base + Row.SEQUENCE, sequence + 2);
        index(at, before, 0);
    }

    /** Sets the bits of properties that changed. */
    private void index(int at, long before, long after) {
        int set = properties(after);
        for (int changed = properties(before) ^ set; changed != 0; changed &= changed - 1) {
            int property = Integer.numberOfTrailingZeros(changed);
            int index = property * BIT_WORDS + (at >>> 6);
            long word = (long) LONGS.getOpaque(bits, index);
            LONGS.setOpaque(bits, index, (set >>> property & 1) == 0 ? word & ~(1L << at) : word | 1L << at);
        }
    }

    /** The properties a state has, as bits. */
    private static int properties(long state) {
        if ((state & Row.SERVABLE) == 0) {
            return 0;
        }
        return 1 << SERVABLE
                | (int) (state >>> 1 & 1) << FULL
                | (int) (state >>> Row.PROTOCOLS & 0xf) << PROTOCOL
                | 1 << ANONYMITY + (int) (state >>> Row.ANONYMITY & 3)
                | 1 << TIER + (int) (state >>> Row.TIER & 7) - 1;
    }

    /**
     * Copies a row as it stood at one moment.
     *
     * @return the proxy there, or null when the slot is empty
     */
    @Nullable
    Served read(int slot) {
        int base = base(slot);
        while (true) {
            long sequence = (long) LONGS.getAcquire(rows, base + Row.SEQUENCE);
            if ((sequence & 1) == 0) {
                if ((word(slot, Row.STATE) & Row.SERVABLE) == 0) {
                    return null;
                }
                long[] words = new long[Row.WORDS];
                for (int i = 0; i < Row.WORDS; i++) {
                    words[i] = (long) LONGS.getOpaque(rows, base + i);
                }
                Place place = place(slot);
                Listing listing = listing(slot);
                Extra extra = extra(slot);
                VarHandle.loadLoadFence();
                if ((long) LONGS.getOpaque(rows, base + Row.SEQUENCE) == sequence && place != null && listing != null) {
                    return new Served(slot, words, place, listing, extra);
                }
            }
            // The writer is at work here, for some ten nanoseconds unless the system took its core away.
            Thread.onSpinWait();
        }
    }
}
