package dev.sluice.bench;

import dev.sluice.pool.PooledProxy;
import dev.sluice.proxy.Anonymity;
import dev.sluice.proxy.Capability;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.Latencies;
import dev.sluice.proxy.Location;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.RiskCategory;
import dev.sluice.proxy.Rotation;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.Tampering;
import dev.sluice.proxy.Tier;
import dev.sluice.proxy.TierReason;
import dev.sluice.proxy.Verified;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Proxies such as lists bring, in 127.0.0.0/8: the same ones for the same seed. */
final class Population {
    static final long NOW = 1_750_000_000_000L;

    /** Matches 1,506 of the first 100,000. */
    static final String THREE_FILTERS = "protocol=https&country=DE,US,FR&anonymity=elite";

    private static final String[] REGIONS = {"AF", "AS", "EU", "NA", "OC", "SA"};
    private static final List<Location> LOCATIONS = locations();
    private static final List<List<String>> LISTS = lists();

    private Population() {}

    private static List<Location> locations() {
        List<Location> made = new ArrayList<>();
        SplittableRandom random = new SplittableRandom(1);
        String[] common = {"DE", "US", "FR", "CN", "BR", "IN", "ID", "RU", "SG", "VN"};
        for (int i = 0; i < 5_000; i++) {
            String country = random.nextInt(10) < 6
                    ? common[random.nextInt(common.length)]
                    : "" + (char) ('A' + random.nextInt(26)) + (char) ('A' + random.nextInt(26));
            int asn = random.nextInt(1, 60_000);
            made.add(new Location(
                    REGIONS[random.nextInt(REGIONS.length)],
                    country,
                    "City " + random.nextInt(3_000),
                    asn,
                    "Network " + asn,
                    "bench"));
        }
        return made;
    }

    private static List<List<String>> lists() {
        List<List<String>> made = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            made.add(List.of("list-" + i));
            made.add(List.of("list-" + i, "list-" + (i + 1)));
        }
        return made;
    }

    static ProxyKey key(long id) {
        Scheme scheme = switch ((int) (id % 10)) {
            case 0, 1 -> Scheme.SOCKS4;
            case 2, 3, 4 -> Scheme.SOCKS5;
            default -> Scheme.HTTP;
        };
        String host = "127." + (id >> 16 & 0xff) + '.' + (id >> 8 & 0xff) + '.' + (id & 0xff);
        return ProxyKey.of(scheme, host, 1_024 + (int) (id % 60_000));
    }

    /** Entry {@code id}; another {@code draw} gives it another state. */
    static PooledProxy proxy(long id, int draw) {
        SplittableRandom random = new SplittableRandom(id * 31 + draw);
        ProxyKey key = key(id);
        double latency = 40 * Math.exp(random.nextGaussian() + 2);
        boolean tunnels = key.scheme() != Scheme.HTTP || random.nextBoolean();
        Latencies latencies = Latencies.EMPTY;
        for (int i = 0; i < 5; i++) {
            latencies = latencies.with(latency * (0.8 + random.nextDouble() / 2));
        }
        SplittableRandom place = new SplittableRandom(id);
        return new PooledProxy(
                id,
                key,
                new Health(
                        true,
                        true,
                        Verified.FULL,
                        Capability.HTTP.bit() | (tunnels ? Capability.HTTPS.bit() : 0),
                        Anonymity.values()[1 + random.nextInt(3)],
                        Anonymity.UNKNOWN,
                        Tampering.NONE,
                        Health.Probation.NONE,
                        "127.200." + (id >> 8 & 0xff) + '.' + (id & 0xff),
                        Rotation.STEADY,
                        random.nextInt(5) == 0 ? Tier.AT_RISK : Tier.ACTIVE,
                        TierReason.NONE,
                        0,
                        RiskCategory.LOW,
                        5,
                        NOW + 3_600_000,
                        1_200_000,
                        NOW - random.nextInt(1_000_000),
                        NOW - random.nextInt(1_000_000),
                        NOW,
                        1 - random.nextDouble() * random.nextDouble(),
                        latency,
                        latencies,
                        null,
                        random.nextInt(10) == 0 ? 1 : 0,
                        20,
                        18,
                        random.nextInt(50),
                        FailureReason.NONE,
                        1 + draw),
                LOCATIONS.get(place.nextInt(LOCATIONS.size())),
                LISTS.get(place.nextInt(LISTS.size())));
    }
}
