package dev.sluice.bulk;

import java.io.IOException;
import java.util.Locale;

/** Room on a disk that others need as well: the last of it is left to them. Thread-safe; blocks. */
final class DiskRoom {
    /** What is left free for the database and the logs: 64 MiB. */
    static final long RESERVE_BYTES = 64L << 20;

    /** Bytes written between two looks. */
    static final long LOOK_BYTES = 16L << 20;

    private final Measure measure;

    /** Tells the bytes that are free. */
    interface Measure {
        long freeBytes() throws IOException;
    }

    DiskRoom(Measure measure) {
        this.measure = measure;
    }

    /** @throws NoRoomException when so many more would use up the reserve */
    void require(long bytes) throws IOException {
        long free = measure.freeBytes();
        if (free - RESERVE_BYTES < bytes) {
            throw new NoRoomException("room: " + free + " bytes free (expected: " + bytes + " and " + RESERVE_BYTES
                    + " that are left to others)");
        }
    }

    /** Whether a failure to write is for want of room. */
    static boolean wanted(Throwable failure) {
        if (failure instanceof NoRoomException) {
            return true;
        }
        String message = String.valueOf(failure.getMessage()).toLowerCase(Locale.ROOT);
        return failure instanceof IOException && (message.contains("no space left") || message.contains("quota"));
    }

    /** There is too little room. */
    static final class NoRoomException extends IOException {
        private static final long serialVersionUID = 1;

        NoRoomException(String message) {
            super(message);
        }
    }
}
