package dev.sluice.geo;

import dev.sluice.config.ByteSize;
import dev.sluice.config.GeoConfig;
import dev.sluice.config.GeoNetworkConfig;
import dev.sluice.proxy.Secret;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Configurations of geography for tests; a file that changes is looked for every 50 ms. */
public final class GeoConfigs {
    private GeoConfigs() {}

    /** Asks these files, or those of the directory when there are none. */
    public static GeoConfig files(Path... databases) {
        return of(Arrays.stream(databases).map(Path::toString).toList(), List.of(), 1_000, null, null, 3, 1_000);
    }

    static GeoConfig networks(GeoNetworkConfig... networks) {
        return of(List.of(), List.of(networks), 1_000, null, null, 3, 1_000);
    }

    static GeoConfig uncached() {
        return of(List.of(), List.of(), 0, null, null, 3, 1_000);
    }

    static GeoConfig web(String template, @Nullable Secret key, int attempts, int budgetMinute) {
        return of(List.of(), List.of(), 1_000, template, key, attempts, budgetMinute);
    }

    private static GeoConfig of(
            List<String> databases,
            List<GeoNetworkConfig> networks,
            int cacheEntries,
            @Nullable String web,
            @Nullable Secret key,
            int attempts,
            int budgetMinute) {
        return new GeoConfig(
                databases,
                null,
                networks,
                Duration.ofMillis(50),
                new ByteSize(1 << 20),
                cacheEntries,
                null,
                null,
                List.of(),
                "https://download.maxmind.com",
                web,
                key,
                Map.of(),
                Duration.ofSeconds(2),
                attempts,
                budgetMinute,
                10_000,
                Duration.ofDays(7),
                Duration.ofDays(1));
    }
}
