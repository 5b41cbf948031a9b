package dev.sluice.store;

import dev.sluice.proxy.Location;
import org.jspecify.annotations.Nullable;

/**
 * Where an entry was found to be.
 *
 * @param id of the entry
 * @param address where its address is; null for nothing new
 * @param exitAddress the exit address that was looked up; null for none
 * @param exit where that is; null for nothing new
 */
public record Located(
        long id,
        @Nullable Location address,
        @Nullable String exitAddress,
        @Nullable Location exit) {
    public Located {
        unclaimed("address", address);
        unclaimed("exit", exit);
        if (exit != null && exitAddress == null) {
            throw new IllegalArgumentException("exit: a location without exitAddress (expected: both or neither)");
        }
    }

    private static void unclaimed(String name, @Nullable Location location) {
        if (location != null && Location.CLAIMED.equals(location.origin())) {
            throw new IllegalArgumentException(
                    name + ": origin " + Location.CLAIMED + " (expected: one of what was looked up)");
        }
    }

    /** Whether it says nothing new. */
    public boolean isEmpty() {
        return (address == null || address.isUnknown()) && (exit == null || exit.isUnknown());
    }
}
