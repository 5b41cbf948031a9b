package dev.sluice.api;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The latest events, in the order in which they were told, numbered from 1 without a gap. Old ones fall out when there are too
 * many, or when they take too many bytes. Thread-safe.
 */
final class EventRing {
    private final String process;
    private final long mostBytes;
    private final @Nullable Event[] events;
    private long first = 1;
    private long next = 1;
    private long bytes;

    /** An event as it is sent, its type beside it. */
    private record Event(String type, byte[] text) {}

    /**
     * An empty one.
     *
     * @param process begins every cursor: another for each process
     * @param most events, 1 and up
     * @param mostBytes of all events together, as they are sent; one event always has room
     */
    EventRing(String process, int most, long mostBytes) {
        if (most < 1) {
            throw new IllegalArgumentException("most: " + most + " (expected: 1 or more)");
        }
        this.process = process;
        this.mostBytes = mostBytes;
        this.events = new Event[most];
    }

    /**
     * Events from a position on.
     *
     * @param missed how many of them were asked for and have fallen out
     * @param from number of the first that was looked at
     * @param next where to go on
     * @param text the events as they are sent; empty where none of them is wanted
     */
    record Page(long missed, long from, long next, Buffer text) {}

    /** Takes an event in. */
    void tell(String type, JsonObject data) {
        String json = data.encode();
        synchronized (this) {
            byte[] text = ("id: " + cursor(next) + "\nevent: " + type + "\ndata: " + json + "\n\n")
                    .getBytes(StandardCharsets.UTF_8);
            while (first < next && (bytes + text.length > mostBytes || next - first == events.length)) {
                drop();
            }
            events[slot(next)] = new Event(type, text);
            bytes += text.length;
            next++;
        }
    }

    private void drop() {
        int slot = slot(first++);
        Event dropped = events[slot];
        events[slot] = null;
        bytes -= dropped == null ? 0 : dropped.text.length;
    }

    private int slot(long number) {
        return (int) (number % events.length);
    }

    /** Number of the next event. */
    synchronized long next() {
        return next;
    }

    /** Number of the oldest event that is here; that of the next where there is none. */
    synchronized long first() {
        return first;
    }

    /** What a client sends to get what comes after the event of this number. */
    String cursor(long number) {
        return process + '-' + number;
    }

    /** Whether {@code cursor} was given out by this process. */
    boolean knows(Cursor cursor) {
        return cursor.process.equals(process) && cursor.number < next();
    }

    /**
     * Reads on.
     *
     * @param from number of the first event wanted
     * @param types that are wanted; null for all
     * @param bytes about how many to return at most; one event always fits
     */
    synchronized Page read(long from, @Nullable Set<String> types, int bytes) {
        long at = Math.max(from, first);
        long begin = at;
        Buffer text = Buffer.buffer();
        while (at < next && text.length() < bytes) {
            Event event = events[slot(at++)];
            if (event != null && (types == null || types.contains(event.type))) {
                text.appendBytes(event.text);
            }
        }
        return new Page(begin - Math.min(from, begin), begin, at, text);
    }

    /** Where a client was: the process it spoke with, and the number of the last event it saw. */
    record Cursor(String process, long number) {
        private static final int MAX_PROCESS = 20;
        private static final int MAX_DIGITS = 18;

        /** The cursor as a client sent it; null when it is none. */
        static @Nullable Cursor of(String text) {
            int dash = text.indexOf('-');
            String number = text.substring(dash + 1);
            boolean wellFormed = dash > 0
                    && dash <= MAX_PROCESS
                    && !number.isEmpty()
                    && number.length() <= MAX_DIGITS
                    && number.chars().allMatch(c -> c >= '0' && c <= '9')
                    && text.substring(0, dash).chars().allMatch(c -> c >= '0' && c <= '9' || c >= 'a' && c <= 'z');
            return wellFormed ? new Cursor(text.substring(0, dash), Long.parseLong(number)) : null;
        }
    }
}
