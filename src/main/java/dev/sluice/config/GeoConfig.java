package dev.sluice.config;

import dev.sluice.proxy.Secret;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Section {@code geo}. */
public record GeoConfig(
        @Setting(
                doc =
                        "MMDB files that are asked in this order, before the country database that comes with the program. Absent: every .mmdb in geo.directory.")
        List<String> databases,

        @Setting(
                doc =
                        "Where `sluice geo update` puts databases, and where they are looked for. Absent: geo beside the database.")
        @Nullable
        String directory,

        @Setting(doc = "The operator's own networks; they are asked before every database.")
        List<GeoNetworkConfig> networks,

        @Setting(
                doc =
                        "How often database files are looked at; one that has changed and then rested for so long is read again.",
                value = "30s",
                min = 50,
                max = 86_400_000)
        Duration watchInterval,

        @Setting(doc = "Largest database file, unpacked.", value = "512MiB", min = 1_024, max = 2_000_000_000)
        ByteSize maxDatabase,

        @Setting(
                doc = "Answers kept in memory; 0: none, every look-up asks the databases.",
                value = "100000",
                min = 0,
                max = 10_000_000)
        int cacheEntries,

        @Setting(doc = "MaxMind account, for `sluice geo update`.") @Nullable
        String accountId,

        @Setting(doc = "Licence key of that account. Better given as SLUICE_GEO_LICENSE_KEY.") @Nullable
        Secret licenseKey,

        @Setting(doc = "MaxMind databases that `sluice geo update` fetches.", value = "GeoLite2-City,GeoLite2-ASN")
        List<String> editions,

        @Setting(
                doc = "Where MaxMind databases are fetched from: https, or http on this machine.",
                value = "https://download.maxmind.com")
        String downloadUrl,

        @Setting(
                doc =
                        "A web service that is asked for addresses without a country, with {address} in its place; it must answer in JSON. Absent: none.")
        @Nullable
        String webService,

        @Setting(doc = "Sent to the web service as Authorization: Bearer.") @Nullable
        Secret webKey,

        @Setting(
                doc =
                        "Where its answers tell what, as JSON pointers: country, city, region, asn, organisation. Absent ones are looked for under their usual names.")
        Map<String, String> webFields,

        @Setting(doc = "For one request to the web service.", value = "5s", min = 100, max = 60_000)
        Duration webTimeout,

        @Setting(doc = "Requests for one address, the first included.", value = "3", min = 1, max = 10)
        int webAttempts,

        @Setting(doc = "Requests a minute.", value = "30", min = 1, max = 1_000_000)
        int webBudgetMinute,

        @Setting(doc = "Requests a day, which begins at midnight UTC.", value = "1000", min = 1, max = 100_000_000)
        int webBudgetDay,

        @Setting(doc = "How long its answers are kept in the database.", value = "7d", min = 60_000)
        Duration webTtl,

        @Setting(doc = "How long it is kept that it knew nothing.", value = "1d", min = 60_000)
        Duration webUnknownTtl) {
    public GeoConfig {
        databases = List.copyOf(databases);
        networks = List.copyOf(networks);
        editions = List.copyOf(editions);
        webFields = Map.copyOf(webFields);
    }
}
