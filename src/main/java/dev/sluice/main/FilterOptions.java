package dev.sluice.main;

import dev.sluice.pool.Filter;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The filters of the API, as options. */
final class FilterOptions {
    @Option(names = "--protocol", paramLabel = "P", description = "http, https, socks4, socks5; !P for all but it.")
    private @Nullable String protocol;

    @Option(names = "--country", paramLabel = "CC", description = "ISO 3166-1, such as DE,FR or !US.")
    private @Nullable String country;

    @Option(names = "--region", paramLabel = "R", description = "AF, AN, AS, EU, NA, OC, SA.")
    private @Nullable String region;

    @Option(names = "--city", paramLabel = "NAME", description = "English name, in any case.")
    private @Nullable String city;

    @Option(names = "--asn", paramLabel = "N", description = "Autonomous system, such as AS3320.")
    private @Nullable String asn;

    @Option(names = "--anonymity", paramLabel = "LEVEL", description = "unknown, transparent, anonymous, elite.")
    private @Nullable String anonymity;

    @Option(names = "--tier", paramLabel = "TIER", description = "active, at-risk, inactive, unknown.")
    private @Nullable String tier;

    @Option(names = "--type", paramLabel = "TYPE", description = "datacenter, residential, mobile.")
    private @Nullable String type;

    @Option(names = "--list", paramLabel = "NAME", description = "A source that lists it.")
    private @Nullable String list;

    @Option(names = "--min-reputation", paramLabel = "N", description = "0..100.")
    private @Nullable String minReputation;

    @Option(names = "--max-latency-ms", paramLabel = "N", description = "In milliseconds.")
    private @Nullable String maxLatencyMs;

    @Option(names = "--max-age-s", paramLabel = "N", description = "Seconds since the last check.")
    private @Nullable String maxAgeS;

    @Option(names = "--exclude", paramLabel = "PROXY", description = "host:port or URL, by comma.")
    private @Nullable String exclude;

    /**
     * The filters that were given, by the names of the API.
     *
     * @throws UsageException naming the option, its value and what was expected
     */
    Map<String, String> parameters() {
        Map<String, String> given = new LinkedHashMap<>();
        put(given, "protocol", protocol);
        put(given, "country", country);
        put(given, "region", region);
        put(given, "city", city);
        put(given, "asn", asn);
        put(given, "anonymity", anonymity);
        put(given, "tier", tier);
        put(given, "type", type);
        put(given, "list", list);
        put(given, "min_reputation", minReputation);
        put(given, "max_latency_ms", maxLatencyMs);
        put(given, "max_age_s", maxAgeS);
        put(given, "exclude", exclude);
        try {
            Filter.parse(given);
        } catch (IllegalArgumentException e) {
            // Its message begins with the name.
            String message = String.valueOf(e.getMessage());
            int colon = message.indexOf(':');
            throw new UsageException("--" + message.substring(0, colon).replace('_', '-') + message.substring(colon));
        }
        return given;
    }

    private static void put(Map<String, String> given, String name, @Nullable String value) {
        if (value != null) {
            given.put(name, value);
        }
    }
}
