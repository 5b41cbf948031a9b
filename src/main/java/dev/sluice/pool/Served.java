package dev.sluice.pool;

import dev.sluice.proxy.Anonymity;
import dev.sluice.proxy.Credentials;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.Latencies;
import dev.sluice.proxy.Location;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Rotation;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.Tampering;
import dev.sluice.proxy.Tier;
import dev.sluice.proxy.Verified;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A proxy as it was when the pool handed it out: a consistent copy, which later changes do not touch. Immutable. Times are
 * milliseconds since 1970-01-01T00:00Z, 0 for never.
 */
public final class Served {
    private final int slot;
    private final long[] words;
    private final Place place;
    private final Listing listing;
    private final @Nullable Extra extra;

    Served(int slot, long[] words, Place place, Listing listing, @Nullable Extra extra) {
        this.slot = slot;
        this.words = words;
        this.place = place;
        this.listing = listing;
        this.extra = extra;
    }

    /** Where it stood; {@link Slots#NONE} when it was never in the pool. */
    int slot() {
        return slot;
    }

    long state() {
        return words[Row.STATE];
    }

    Place place() {
        return place;
    }

    /** The store's number for it. */
    public long id() {
        return words[Row.ID];
    }

    /** Identity. */
    public ProxyKey key() {
        return new ProxyKey(scheme(), host(), port(), credentials());
    }

    /** How to talk to it. */
    public Scheme scheme() {
        return Row.scheme(state());
    }

    /** As in {@link ProxyKey#host}. */
    public String host() {
        return isIpv4()
                ? Row.dotted(ipv4())
                : Objects.requireNonNull(Objects.requireNonNull(extra).host());
    }

    /** Whether {@link #ipv4} says where it is. */
    public boolean isIpv4() {
        return (state() & Row.HOST_IS_V4) != 0;
    }

    /** The address, 0..0xffffffff, where {@link #isIpv4}. */
    public long ipv4() {
        return words[Row.HOST_PORT] >>> 16;
    }

    /** 1..65535. */
    public int port() {
        return (int) (words[Row.HOST_PORT] & 0xffff);
    }

    /** Null when it asks for none. */
    public @Nullable Credentials credentials() {
        return extra == null ? null : extra.credentials();
    }

    /** Proven capabilities, {@link dev.sluice.proxy.Capability} bits. */
    public int capabilities() {
        return Row.capabilities(state());
    }

    /** By what kind of check. */
    public Verified verified() {
        return Row.verified(state());
    }

    /** As judged. */
    public Anonymity anonymity() {
        return Row.anonymity(state());
    }

    /** Attention class. */
    public Tier tier() {
        return Row.tier(state());
    }

    /** Where it is. */
    public Location location() {
        return place.location;
    }

    /** Names of the sources that list it, sorted. */
    public List<String> lists() {
        return listing.names;
    }

    /** Moving average of successes, 0..1; {@code Double.NaN} before the first observation. */
    public double successRate() {
        return Row.successRate(words[Row.RATES]);
    }

    /** Moving average of latency, to about a ten-millionth; {@code Double.NaN} before the first success. */
    public double latencyMillis() {
        return Row.latencyMillis(words[Row.RATES]);
    }

    /** How latencies are spread. */
    public Latencies latencies() {
        return Latencies.ofWords(words[Row.LATENCIES], words[Row.LATENCIES + 1], words[Row.LATENCIES + 2]);
    }

    /** What the latest deep check measured: time to a second, rate to a thousandth, spread to a tenth of a millisecond, at most seven minutes. */
    public Health.@Nullable Deep deep() {
        return Row.deep(words[Row.DEEP]);
    }

    /** Address from which targets see it; null when not known. */
    public @Nullable String exitAddress() {
        return switch ((int) (state() >>> Row.EXIT & 3)) {
            case Row.EXIT_V4 -> Row.dotted(words[Row.EXIT_VERSION] >>> 32);
            case Row.EXIT_TEXT -> extra == null ? null : extra.exitAddress();
            default -> null;
        };
    }

    /** Whether that address changes from request to request. */
    public Rotation rotation() {
        return Row.rotation(state());
    }

    /** Last verdict. */
    public long lastCheckedAtMillis() {
        return words[Row.LAST_CHECKED];
    }

    /** When it is due next by its own plan, whatever was asked for since. */
    public long nextCheckAtMillis() {
        return words[Row.NEXT_CHECK];
    }

    /** Since when it is alive. */
    public long stateSinceMillis() {
        return words[Row.STATE_SINCE];
    }

    /** Failures since the last success, at most 255. */
    public int consecutiveFailures() {
        return Row.failures(state());
    }

    /** Feedback reports and gateway requests that count. */
    public long uses() {
        return words[Row.USES];
    }

    /** Version of the health state it shows. */
    public int version() {
        return (int) words[Row.EXIT_VERSION];
    }

    /** Reputation when it was handed out, 0..100, to a tenth. */
    public double reputation() {
        return Row.reputation(words[Row.REPUTE]);
    }

    /** What that reputation is made of. */
    public Reputation.Parts parts() {
        return Reputation.parts(
                successRate(), latencyMillis(), consecutiveFailures(), uses(), Row.feedback(words[Row.REPUTE]));
    }

    /**
     * The same for another pool. Of its health only what is served is known: counts of checks, the schedule and what else
     * the store keeps are those of a fresh entry.
     */
    public PooledProxy pooled() {
        Health fresh = Health.fresh(stateSinceMillis());
        Health health = new Health(
                true,
                true,
                verified(),
                capabilities(),
                anonymity(),
                anonymity(),
                Tampering.NONE,
                Health.Probation.NONE,
                exitAddress(),
                rotation(),
                tier(),
                fresh.tierReason(),
                fresh.tierSinceMillis(),
                fresh.risk(),
                fresh.priority(),
                0,
                0,
                stateSinceMillis(),
                lastCheckedAtMillis(),
                lastCheckedAtMillis(),
                successRate(),
                latencyMillis(),
                latencies(),
                deep(),
                consecutiveFailures(),
                0,
                0,
                uses(),
                FailureReason.NONE,
                version());
        return new PooledProxy(id(), key(), health, location(), lists());
    }

    @Override
    public String toString() {
        return "Served[" + id() + ' ' + scheme().text() + "://" + host() + ':' + port() + ']';
    }
}
