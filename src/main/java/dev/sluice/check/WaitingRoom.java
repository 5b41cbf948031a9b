package dev.sluice.check;

import dev.sluice.pace.NetworkQuota;
import dev.sluice.parse.IpAddress;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Checks that wait to be started, first come first served; whoever's address or network has all the checks it may have
 * steps aside until one of them ends. Confined to one event loop.
 */
final class WaitingRoom {
    private static final int NETWORK_BYTES_V6 = 6;

    private final NetworkQuota quota;
    private final ArrayDeque<Ticket> queue = new ArrayDeque<>();
    private final Map<String, ArrayDeque<Ticket>> aside = new HashMap<>();
    private int asideCount;

    WaitingRoom(NetworkQuota quota) {
        this.quota = quota;
    }

    void add(Ticket ticket) {
        queue.add(ticket);
    }

    /** How many wait, those that stepped aside included. */
    int size() {
        return queue.size() + asideCount;
    }

    /** How many may be worth asking {@link #next} for. */
    int ready() {
        return queue.size();
    }

    /** The next that may be started, counted with its network; null when nobody may. */
    @Nullable
    Ticket next() {
        for (Ticket ticket = queue.poll(); ticket != null; ticket = queue.poll()) {
            if (quota.take(ticket.due.key().host())) {
                return ticket;
            }
            aside.computeIfAbsent(network(ticket.due.key().host()), network -> new ArrayDeque<>())
                    .add(ticket);
            asideCount++;
        }
        return null;
    }

    /** A check has ended: its place in its network is free. */
    void leave(Ticket ticket) {
        String host = ticket.due.key().host();
        quota.release(host);
        if (asideCount == 0) {
            return;
        }
        String network = network(host);
        ArrayDeque<Ticket> others = aside.get(network);
        if (others != null) {
            queue.addFirst(others.remove());
            asideCount--;
            if (others.isEmpty()) {
                aside.remove(network);
            }
        }
    }

    /** The next whether it may be started or not, for clearing; null when nobody waits. */
    @Nullable
    Ticket evict() {
        Ticket first = queue.poll();
        if (first != null || asideCount == 0) {
            return first;
        }
        Map.Entry<String, ArrayDeque<Ticket>> some = aside.entrySet().iterator().next();
        Ticket ticket = some.getValue().remove();
        asideCount--;
        if (some.getValue().isEmpty()) {
            aside.remove(some.getKey());
        }
        return ticket;
    }

    private static String network(String host) {
        byte[] address = IpAddress.parse(host);
        if (address == null) {
            return host;
        }
        byte[] prefix = Arrays.copyOf(address, address.length == 4 ? 3 : NETWORK_BYTES_V6);
        return Arrays.toString(prefix);
    }
}
