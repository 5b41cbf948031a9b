package dev.sluice.cadence.simulation;

import java.util.Arrays;

/** What something was from when on: ascending times, each with the value from then to the next. */
final class Course {
    private long[] at = new long[16];
    private byte[] value = new byte[16];
    private int size;

    /** Has {@code now} from {@code millis} on, which is not before the last change; nothing is added where it had it. */
    void becomes(byte now, long millis) {
        if (size > 0 && value[size - 1] == now) {
            return;
        }
        if (size > 0 && at[size - 1] == millis) {
            value[size - 1] = now;
            return;
        }
        if (size == at.length) {
            at = Arrays.copyOf(at, 2 * size);
            value = Arrays.copyOf(value, 2 * size);
        }
        at[size] = millis;
        value[size++] = now;
    }

    int size() {
        return size;
    }

    long at(int change) {
        return at[change];
    }

    byte value(int change) {
        return value[change];
    }

    /** When change {@code change} gives way to the next, {@link Long#MAX_VALUE} for the last. */
    long until(int change) {
        return change + 1 < size ? at[change + 1] : Long.MAX_VALUE;
    }

    /** The change in force at {@code millis}, -1 before the first. */
    int in(long millis) {
        int found = Arrays.binarySearch(at, 0, size, millis);
        return found >= 0 ? found : -found - 2;
    }

    void clear() {
        size = 0;
    }
}
