package dev.sluice.net;

import org.jspecify.annotations.Nullable;

/**
 * A hashed timing wheel (Varghese and Lauck, 1987, scheme 6): adding and cancelling cost the same however many wait, and an
 * entry is its own link, so that a deadline costs no allocation. Never early, late by less than a tick and by what the
 * loop is late. Confined to one thread.
 */
final class Wheel {
    private final long tickNanos;
    private final long originNanos;
    private final Entry[] slots;
    private final Entry due = new Head();
    private long current;
    private int size;

    /**
     * Empty.
     *
     * @param tickNanos at least 1
     * @param slotCount a power of two; a deadline further away than this many ticks is looked at once a round
     * @param nowNanos the time now, as all times here in {@link System#nanoTime()}
     */
    Wheel(long tickNanos, int slotCount, long nowNanos) {
        if (Integer.bitCount(slotCount) != 1) {
            throw new IllegalArgumentException("slotCount: " + slotCount + " (expected: a power of two)");
        }
        this.tickNanos = tickNanos;
        this.originNanos = nowNanos;
        slots = new Entry[slotCount];
        for (int i = 0; i < slotCount; i++) {
            slots[i] = new Head();
        }
    }

    boolean isEmpty() {
        return size == 0;
    }

    /** Lets {@code entry} expire at {@code deadlineNanos}, or as soon as possible when that is over. It must not be waiting. */
    void add(Entry entry, long deadlineNanos) {
        if (entry.next != null) {
            throw new IllegalStateException("entry: waits already (expected: at rest)");
        }
        long ticks = (deadlineNanos - originNanos + tickNanos - 1) / tickNanos;
        entry.tick = Math.max(ticks, current + 1);
        link(slots[(int) entry.tick & (slots.length - 1)], entry);
        size++;
    }

    /** Forgets {@code entry}; nothing happens when it does not wait. */
    void cancel(Entry entry) {
        if (entry.next != null) {
            unlink(entry);
            size--;
        }
    }

    /** Expires what is due, in the order of slots. Entries may be added and cancelled by those that expire. */
    void advance(long nowNanos) {
        long target = (nowNanos - originNanos) / tickNanos;
        long from = Math.max(current + 1, target - slots.length + 1);
        for (long tick = from; tick <= target; tick++) {
            Entry head = slots[(int) tick & (slots.length - 1)];
            Entry entry = after(head);
            while (entry != head) {
                Entry following = after(entry);
                if (entry.tick <= target) {
                    unlink(entry);
                    link(due, entry);
                }
                entry = following;
            }
        }
        current = Math.max(current, target);
        for (Entry entry = after(due); entry != due; entry = after(due)) {
            cancel(entry);
            entry.expired();
        }
    }

    private static Entry after(Entry entry) {
        if (entry.next == null) {
            throw new IllegalStateException("entry: at rest (expected: waits)");
        }
        return entry.next;
    }

    private static void link(Entry head, Entry entry) {
        Entry last = head.previous;
        entry.previous = last;
        entry.next = head;
        if (last != null) {
            last.next = entry;
        }
        head.previous = entry;
    }

    private static void unlink(Entry entry) {
        Entry previous = entry.previous;
        Entry next = entry.next;
        if (previous != null && next != null) {
            previous.next = next;
            next.previous = previous;
        }
        entry.previous = null;
        entry.next = null;
    }

    /** Something with a deadline. */
    abstract static class Entry {
        private @Nullable Entry previous;
        private @Nullable Entry next;
        private long tick;

        /** The deadline is over; the entry is at rest and may be added again. */
        abstract void expired();
    }

    /** Where the ring of a slot begins and ends. */
    private static final class Head extends Entry {
        Head() {
            super.previous = this;
            super.next = this;
        }

        @Override
        void expired() {
            throw new IllegalStateException("the head of a slot never expires");
        }
    }
}
