package dev.sluice.queue.redis;

import dev.sluice.port.JobKind;
import java.util.List;

/** Streams of a kind, by priority: urgent jobs overtake others there as they do in the database. */
enum Lane {
    HIGH("high"),
    NORMAL("normal"),
    LOW("low");

    private static final int LEAST_HIGH = 8;
    private static final int LEAST_NORMAL = 4;
    /** Of eight looks five begin at the urgent end, two in the middle, one at the other end, so that none waits for ever. */
    private static final List<List<Lane>> TURNS = List.of(
            List.of(HIGH, NORMAL, LOW),
            List.of(HIGH, NORMAL, LOW),
            List.of(NORMAL, HIGH, LOW),
            List.of(HIGH, NORMAL, LOW),
            List.of(LOW, HIGH, NORMAL),
            List.of(HIGH, NORMAL, LOW),
            List.of(NORMAL, HIGH, LOW),
            List.of(HIGH, NORMAL, LOW));

    private final String text;

    Lane(String text) {
        this.text = text;
    }

    /** For jobs of this priority, 1..10. */
    static Lane of(int priority) {
        return priority >= LEAST_HIGH ? HIGH : priority >= LEAST_NORMAL ? NORMAL : LOW;
    }

    /** The order in which lanes are read the n-th time. */
    static List<Lane> turn(int n) {
        return TURNS.get(Math.floorMod(n, TURNS.size()));
    }

    /** Key of the stream. */
    String stream(JobKind kind) {
        return "sluice:jobs:" + kind.text() + ':' + text;
    }
}
