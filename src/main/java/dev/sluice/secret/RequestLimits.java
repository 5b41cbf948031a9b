package dev.sluice.secret;

import dev.sluice.config.SecurityConfig;
import dev.sluice.config.SluiceConfig;
import dev.sluice.port.Reloadable;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How often addresses and keys may ask. One for the whole process. Thread-safe. */
public final class RequestLimits implements Reloadable {
    private static final Logger LOG = LoggerFactory.getLogger(RequestLimits.class);

    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final long ALARM_NANOS = Duration.ofMinutes(1).toNanos();
    private static final int ADDRESSES = 65_536;

    private final LongSupplier nanos;
    private final AtomicLong adminLimiter;
    private final AtomicLong alarmedNanos;
    private volatile Rules rules;

    /**
     * What is in force, replaced as a whole.
     *
     * @param version grows with each change
     * @param addresses what addresses have used up; null where {@code perAddress} is
     */
    private record Rules(
            long version,
            SecurityConfig security,
            @Nullable Gcra perAddress,
            @Nullable NetworkTable addresses,
            int requestsPerKey,
            FailedKeys failures) {}

    /**
     * Limits as configured.
     *
     * @param nanos a clock that never goes back, such as {@link System#nanoTime}
     */
    public RequestLimits(SecurityConfig security, LongSupplier nanos) {
        long now = nanos.getAsLong();
        this.nanos = nanos;
        this.rules = rules(1, security, null, now);
        this.adminLimiter = new AtomicLong(Gcra.fresh(now));
        this.alarmedNanos = new AtomicLong(now - ALARM_NANOS);
    }

    private static Rules rules(long version, SecurityConfig security, @Nullable Rules before, long now) {
        int each = security.requestsPerAddress();
        Rules addresses = before != null && before.security.requestsPerAddress() == each ? before : null;
        Rules failures = before != null && before.security.failedKeysPerMinute() == security.failedKeysPerMinute()
                ? before
                : null;
        return new Rules(
                version,
                security,
                addresses != null ? addresses.perAddress : each > 0 ? Gcra.of(each, SECOND) : null,
                addresses != null ? addresses.addresses : each > 0 ? new NetworkTable(ADDRESSES) : null,
                security.requestsPerKey(),
                failures != null ? failures.failures : new FailedKeys(security.failedKeysPerMinute(), now));
    }

    @Override
    public List<String> liveKeys() {
        return List.of("security.requests-per-key", "security.requests-per-address", "security.failed-keys-per-minute");
    }

    /** What was used up of a limit that stays is remembered; a limit that changes begins anew. */
    @Override
    public Prepared prepare(SluiceConfig next) {
        Rules before = rules;
        Rules prepared = rules(before.version + 1, next.security(), before, nanos.getAsLong());
        return () -> rules = prepared;
    }

    /** Grows whenever other limits are in force: who remembers the limit of a key must ask for it again. */
    public long version() {
        return rules.version;
    }

    /** The limit of each address; null when there is none. */
    public @Nullable Gcra perAddress() {
        return rules.perAddress;
    }

    /** Counts a request of an address, as {@link Gcra#take} does; where there is no limit, everything is left. */
    public long takeAddress(InetAddress address) {
        Rules now = rules;
        return now.perAddress == null || now.addresses == null
                ? Long.MAX_VALUE
                : take(now.perAddress, now.addresses, address);
    }

    private long take(Gcra limit, NetworkTable addresses, InetAddress address) {
        long now = nanos.getAsLong();
        return limit.take(addresses.state(Networks.ofAddress(address), now), now);
    }

    /** Takes a request of an address back that was allowed a moment ago. */
    public void giveBackAddress(InetAddress address) {
        Rules now = rules;
        if (now.perAddress != null && now.addresses != null) {
            now.perAddress.giveBack(now.addresses.state(Networks.ofAddress(address), nanos.getAsLong()));
        }
    }

    /**
     * The limit of a key; null when it has none.
     *
     * @param own what it was given, 0 for the configured one
     */
    public @Nullable Gcra perKey(int own) {
        int rate = own > 0 ? own : rules.requestsPerKey;
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
        long wait = rules.failures.count(from, now);
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
