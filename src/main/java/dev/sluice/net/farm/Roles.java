package dev.sluice.net.farm;

import org.jspecify.annotations.Nullable;

/** Who plays what. Asked on event loops for every accepted connection: thread-safe and quick. */
@FunctionalInterface
public interface Roles {
    /**
     * What is played at an address.
     *
     * @param address the four bytes of 127.x.y.z in network order
     * @param port the port that was dialled
     * @return null when nobody is there; the connection is reset
     */
    @Nullable
    Role at(int address, int port);
}
