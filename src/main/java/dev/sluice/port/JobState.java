package dev.sluice.port;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Where a job stands. */
public enum JobState {
    /** Waits for a worker, or for its time: newly submitted, delayed, handed back, or to be tried again. */
    PENDING,
    /** A worker holds a lease on it. */
    PROCESSING,
    /** Done. */
    COMPLETED,
    /** Given up: a dead letter, which can be retried or dropped. */
    FAILED,
    /** Stopped on request; what it wrote stays. It can be retried, and goes on where it was. */
    CANCELLED;

    /** Whether it still has to be worked on. */
    public boolean live() {
        return this == PENDING || this == PROCESSING;
    }

    /** Name in lower case, as users write it. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The state of this name; null when there is none. */
    public static @Nullable JobState of(String text) {
        for (JobState state : values()) {
            if (state.text().equals(text)) {
                return state;
            }
        }
        return null;
    }
}
