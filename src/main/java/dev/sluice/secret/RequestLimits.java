package dev.sluice.secret;

import dev.sluice.config.SecurityConfig;
import java.net.InetAddress;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How often addresses and keys may ask. One for the whole process. Thread-safe. */
public final class RequestLimits {
    private static final Logger LOG = LoggerFactory.getLogger(RequestLimits.class);

    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final long ALARM_NANOS = Duration.ofMinutes(1).toNanos();
    private static final int ADDRESSES = 65_536;

    private final LongSupplier nanos;
    private final @Nullable Gcra perAddress;
    private final @Nullable NetworkTable addresses;
    private final int requestsPerKey;
    private final FailedKeys failures;
    private final AtomicLong adminLimiter;
    private final AtomicLong alarmedNanos;

    /**
     * Limits as configured.
     *
     * @param nanos a clock that never goes back, such as {@link System#nanoTime}
     */
    public RequestLimits(SecurityConfig security, LongSupplier nanos) {
        long now = nanos.getAsLong();
        boolean limited = security.requestsPerAddress() > 0;
        this.nanos = nanos;
        this.perAddress = limited ? Gcra.of(security.requestsPerAddress(), SECOND) : null;
        this.addresses = limited ? new NetworkTable(ADDRESSES) : null;
        this.requestsPerKey = security.requestsPerKey();
        this.failures = new FailedKeys(security.failedKeysPerMinute(), now);
        this.adminLimiter = new AtomicLong(Gcra.fresh(now));
        this.alarmedNanos = new AtomicLong(now - ALARM_NANOS);
    }

    /** The limit of each address; null when there is none. */
    public @Nullable Gcra perAddress() {
        return perAddress;
    }

    /** Counts a request of an address, as {@link Gcra#take} does; where there is no limit, everything is left. */
    public long takeAddress(InetAddress address) {
        if (perAddress == null || addresses == null) {
            return Long.MAX_VALUE;
        }
        long now = nanos.getAsLong();
        return perAddress.take(addresses.state(Networks.ofAddress(address), now), now);
    }

    /** Takes a request of an address back that was allowed a moment ago. */
    public void giveBackAddress(InetAddress address) {
        if (perAddress != null && addresses != null) {
            perAddress.giveBack(addresses.state(Networks.ofAddress(address), nanos.getAsLong()));
        }
    }

    /**
     * The limit of a key; null when it has none.
     *
     * @param own what it was given, 0 for the configured one
     */
    public @Nullable Gcra perKey(int own) {
        int rate = own > 0 ? own : requestsPerKey;
        return rate > 0 ? Gcra.of(rate, SECOND) : null;
    }

    /** Counts a request of a key, as {@link Gcra#take} does. */
    public long takeKey(Gcra limit, AtomicLong limiter) {
        return limit.take(limiter, nanos.getAsLong());
    }

    /** State of the limit of the configured key. */
    public AtomicLong adminLimiter() {
        return adminLimiter;
    }

    /**
     * Counts a wrong key.
     *
     * @return nanoseconds its sender has to wait, 0 while it need not
     */
    public long failed(InetAddress from) {
        long now = nanos.getAsLong();
        long wait = failures.count(from, now);
        long alarmed = alarmedNanos.get();
        if (wait > 0 && now - alarmed >= ALARM_NANOS && alarmedNanos.compareAndSet(alarmed, now)) {
            LOG.atWarn()
                    .addKeyValue("address", from.getHostAddress())
                    .addKeyValue("wait_s", Gcra.seconds(wait))
                    .log("too many wrong keys");
        }
        return wait;
    }
}
