package dev.sluice.config;

import dev.sluice.proxy.Scheme;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One entry of {@code fetch.sources}. */
public record SourceConfig(
        @Setting(doc = "How to fetch and read it.") SourceKind kind,

        @Setting(
                doc =
                        "Where it is: http and https addresses, for kind file paths. All of them are read in one fetch. A protocol in front holds for that address alone: socks5|https://host/list.txt. {page} in an address counts pages from 1.")
        List<String> urls,

        @Setting(
                doc =
                        "Scheme of entries that name none; absent: told from each address (http.txt, /socks5/, ?type=socks4), else unknown and found out by checking.")
        @Nullable
        Scheme protocol,

        @Setting(doc = "How often.", value = "30m", min = 1_000)
        Duration interval,

        @Setting(
                doc = "For one whole fetch of one address, redirects included.",
                value = "60s",
                min = 100,
                max = 3_600_000)
        Duration timeout,

        @Setting(doc = "Largest body, as sent and after decompression.", value = "64MiB", min = 1_024)
        ByteSize maxBytes,

        @Setting(doc = "Most pages of a paged source.", value = "50", min = 1, max = 10_000)
        int maxPages,

        @Setting(doc = "Further request headers.") Map<String, String> headers,

        @Setting(doc = "For kind proxifly: what tells that the lists changed; polled every metadata-interval.")
        @Nullable
        String metadataUrl,

        @Setting(doc = "How often metadata-url is polled.", value = "60s", min = 1_000)
        Duration metadataInterval,

        @Setting(
                doc =
                        "Whether https entries are proxies reached over TLS; false: HTTP proxies that tunnel, as public lists mean it.",
                value = "false")
        boolean httpsIsTls,

        @Setting(doc = "Whether it is fetched.", value = "true", live = true)
        boolean enabled) {
    public SourceConfig {
        urls = List.copyOf(urls);
        headers = Map.copyOf(headers);
    }
}
