package dev.sluice.pool;

import dev.sluice.proxy.Anonymity;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.Latencies;
import dev.sluice.proxy.Location;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Rotation;
import dev.sluice.proxy.Tier;
import dev.sluice.proxy.Verified;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One entry of the pool at a moment, for who asks about it. Immutable. */
public final class Served {
    private final PooledProxy proxy;
    private final long uses;
    private final Reputation.Parts parts;

    Served(PooledProxy proxy, long uses, Reputation.Parts parts) {
        this.proxy = proxy;
        this.uses = uses;
        this.parts = parts;
    }

    /** The store's number for it. */
    public long id() {
        return proxy.id();
    }

    /** Identity. */
    public ProxyKey key() {
        return proxy.key();
    }

    /** Proven {@link dev.sluice.proxy.Capability} bits. */
    public int capabilities() {
        return proxy.health().capabilities();
    }

    /** By what kind of check. */
    public Verified verified() {
        return proxy.health().verified();
    }

    /** As judged. */
    public Anonymity anonymity() {
        return proxy.health().anonymity();
    }

    /** Attention class. */
    public Tier tier() {
        return proxy.health().tier();
    }

    /** Where it is. */
    public Location location() {
        return proxy.location();
    }

    /** Names of the sources that list it, sorted. */
    public List<String> lists() {
        return proxy.lists();
    }

    /** Moving average of successes, 0..1; {@code Double.NaN} before the first observation. */
    public double successRate() {
        return proxy.health().successRate();
    }

    /** Moving average of latency; {@code Double.NaN} before the first observation. */
    public double latencyMillis() {
        return proxy.health().latencyMillis();
    }

    /** How its latencies are spread. */
    public Latencies latencies() {
        return proxy.health().latencies();
    }

    /** What the latest deep check measured; null before the first. */
    public Health.@Nullable Deep deep() {
        return proxy.health().deep();
    }

    /** Address from which targets see it; null when not known. */
    public @Nullable String exitAddress() {
        return proxy.health().exitAddress();
    }

    /** Whether that address changes. */
    public Rotation rotation() {
        return proxy.health().rotation();
    }

    /** Last verdict, milliseconds since 1970-01-01T00:00Z. */
    public long lastCheckedAtMillis() {
        return proxy.health().lastCheckedAtMillis();
    }

    /** Since when it is alive, milliseconds since 1970-01-01T00:00Z. */
    public long stateSinceMillis() {
        return proxy.health().stateSinceMillis();
    }

    /** Failures since the last success. */
    public int consecutiveFailures() {
        return proxy.health().consecutiveFailures();
    }

    /** Feedback reports and gateway requests, the latest included. */
    public long uses() {
        return uses;
    }

    /** Version of the state. */
    public int version() {
        return proxy.health().version();
    }

    /** 0..100. */
    public double reputation() {
        return parts.total();
    }

    /** What the reputation is made of. */
    public Reputation.Parts parts() {
        return parts;
    }
}
