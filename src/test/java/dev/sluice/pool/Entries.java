package dev.sluice.pool;

import dev.sluice.proxy.Anonymity;
import dev.sluice.proxy.Capability;
import dev.sluice.proxy.Credentials;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.Location;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.RiskCategory;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.Tampering;
import dev.sluice.proxy.Tier;
import dev.sluice.proxy.Verified;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes entries for tests; everything but what is set is that of a good one. */
public final class Entries {
    public static final long NOW = 1_750_000_000_000L;

    private final long id;
    private Scheme scheme = Scheme.HTTP;
    private String host;
    private int port = 8080;
    private @Nullable Credentials credentials;
    private boolean alive = true;
    private Verified verified = Verified.FULL;
    private int capabilities = Capability.HTTP.bit() | Capability.HTTPS.bit();
    private Anonymity anonymity = Anonymity.ELITE;
    private Tampering tampering = Tampering.NONE;
    private Tier tier = Tier.ACTIVE;
    private double successRate = 1;
    private double latency = 100;
    private int failures;
    private long uses;
    private long checkedAt = NOW;
    private Location location = new Location("EU", "DE", "Berlin", 3320, "Example", "test");
    private List<String> lists = List.of("alpha");

    private Entries(long id) {
        this.id = id;
        this.host = "127." + (id >> 16 & 0xff) + "." + (id >> 8 & 0xff) + "." + (id & 0xff);
    }

    public static Entries entry(long id) {
        return new Entries(id);
    }

    public Entries scheme(Scheme value) {
        scheme = value;
        return this;
    }

    public Entries host(String value) {
        host = value;
        return this;
    }

    public Entries port(int value) {
        port = value;
        return this;
    }

    public Entries credentials(String user, String password) {
        credentials = Credentials.of(user, password);
        return this;
    }

    public Entries alive(boolean value) {
        alive = value;
        return this;
    }

    public Entries verified(Verified value) {
        verified = value;
        return this;
    }

    public Entries capabilities(int value) {
        capabilities = value;
        return this;
    }

    public Entries anonymity(Anonymity value) {
        anonymity = value;
        return this;
    }

    public Entries tampering(Tampering value) {
        tampering = value;
        return this;
    }

    public Entries tier(Tier value) {
        tier = value;
        return this;
    }

    public Entries successRate(double value) {
        successRate = value;
        return this;
    }

    public Entries latency(double value) {
        latency = value;
        return this;
    }

    public Entries failures(int value) {
        failures = value;
        return this;
    }

    public Entries uses(long value) {
        uses = value;
        return this;
    }

    public Entries checkedAt(long value) {
        checkedAt = value;
        return this;
    }

    public Entries location(Location value) {
        location = value;
        return this;
    }

    public Entries country(String value) {
        location = new Location(location.region(), value, location.city(), location.asn(), null, "test");
        return this;
    }

    public Entries lists(String... value) {
        lists = List.of(value);
        return this;
    }

    public Health health() {
        return new Health(
                alive,
                true,
                verified,
                capabilities,
                anonymity,
                tampering,
                null,
                tier,
                RiskCategory.LOW,
                5,
                NOW,
                1_000,
                NOW,
                checkedAt,
                checkedAt,
                successRate,
                latency,
                failures,
                10,
                10,
                uses,
                FailureReason.NONE,
                1);
    }

    public PooledProxy pooled() {
        return new PooledProxy(id, new ProxyKey(scheme, host, port, credentials), health(), location, lists);
    }
}
