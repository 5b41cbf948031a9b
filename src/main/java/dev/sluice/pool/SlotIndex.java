package dev.sluice.pool;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.function.IntUnaryOperator;

/**
 * Finds slots by a hash; several slots may share one, and the caller looks which of them it meant. Open addressing with
 * linear probing, four bytes a place. One writer; readers wait for nobody and see every entry that stood there all along.
 */
final class SlotIndex {
    private static final VarHandle INTS = MethodHandles.arrayElementVarHandle(int[].class);
    private static final int NONE = 0;
    private static final int GONE = -1;
    private static final int SMALLEST = 64;

    private final IntUnaryOperator hashOfSlot;
    private volatile int[] table = new int[SMALLEST];
    private int used;
    private int live;

    /**
     * An empty index.
     *
     * @param hashOfSlot hash of a slot that is in the index
     */
    SlotIndex(IntUnaryOperator hashOfSlot) {
        this.hashOfSlot = hashOfSlot;
    }

    /** What a reader probes: take it once for each look-up. */
    int[] table() {
        return table;
    }

    /** Place of the first probe. */
    static int first(int[] table, int hash) {
        return spread(hash) & table.length - 1;
    }

    /** Place of the next probe. */
    static int next(int[] table, int place) {
        return place + 1 & table.length - 1;
    }

    /** The slot at a place: -1 when the search ends here, -2 when it goes on. */
    static int slot(int[] table, int place) {
        int value = (int) INTS.getAcquire(table, place);
        return value == NONE ? -1 : value == GONE ? -2 : value - 1;
    }

    /** Adds a slot that is not in it. */
    void add(int hash, int slot) {
        if ((used + 1) * 4L > table.length * 3L) {
            rebuild();
        }
        insert(table, hash, slot);
        used++;
        live++;
    }

    private static void insert(int[] into, int hash, int slot) {
        int place = first(into, hash);
        while (into[place] != NONE) {
            place = next(into, place);
        }
        INTS.setRelease(into, place, slot + 1);
    }

    /** Takes a slot out; nothing happens when it is not in it. */
    void remove(int hash, int slot) {
        int[] here = table;
        for (int place = first(here, hash); here[place] != NONE; place = next(here, place)) {
            if (here[place] == slot + 1) {
                // A reader on its way further must not stop here.
                INTS.setRelease(here, place, GONE);
                live--;
                return;
            }
        }
    }

    private void rebuild() {
        int[] before = table;
        int length = before.length;
        while ((live + 1) * 2L > length) {
            length <<= 1;
        }
        int[] made = new int[length];
        for (int value : before) {
            if (value > 0) {
                insert(made, hashOfSlot.applyAsInt(value - 1), value - 1);
            }
        }
        table = made;
        used = live;
    }

    private static int spread(int hash) {
        // The finalizer of MurmurHash3: neighbouring addresses and ports must not stand in one row.
        int mixed = (hash ^ hash >>> 16) * 0x85ebca6b;
        mixed = (mixed ^ mixed >>> 13) * 0xc2b2ae35;
        return mixed ^ mixed >>> 16;
    }
}
