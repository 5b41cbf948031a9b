package dev.sluice.secret;

import java.net.InetAddress;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Holds those off who guess keys. A network may send so many wrong keys a minute; who goes on has to wait, and every wrong
 * key sent meanwhile doubles the wait, up to a quarter of an hour. All networks together may send a hundred a second.
 * Thread-safe.
 */
final class FailedKeys {
    static final int NETWORKS = 65_536;
    static final Duration LONGEST_WAIT = Duration.ofMinutes(15);

    private static final Duration WINDOW = Duration.ofMinutes(1);
    private static final int ALL_PER_SECOND = 100;

    private final Gcra perNetwork;
    private final Gcra overall = Gcra.of(ALL_PER_SECOND, Duration.ofSeconds(1));
    private final NetworkTable networks = new NetworkTable(NETWORKS);
    private final AtomicLong all;

    FailedKeys(int perMinute, long nowNanos) {
        this.perNetwork = Gcra.of(perMinute, WINDOW);
        this.all = new AtomicLong(Gcra.fresh(nowNanos));
    }

    /** Counts a wrong key; nanoseconds its sender has to wait before the next one, 0 when it need not. */
    long count(InetAddress from, long nowNanos) {
        long everybody = overall.take(all, nowNanos);
        long network = count(networks.state(Networks.ofNetwork(from), nowNanos), nowNanos);
        return Math.max(network, everybody < 0 ? ~everybody : 0);
    }

    private long count(AtomicLong state, long nowNanos) {
        while (true) {
            long known = state.get();
            long wait = perNetwork.waitNanos(known, nowNanos);
            long longer = Math.min(LONGEST_WAIT.toNanos(), 2 * wait);
            long next = wait == 0 ? perNetwork.after(known, nowNanos) : perNetwork.waiting(longer, nowNanos);
            if (state.compareAndSet(known, next)) {
                return longer;
            }
        }
    }
}
