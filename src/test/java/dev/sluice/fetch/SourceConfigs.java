package dev.sluice.fetch;

import dev.sluice.config.ByteSize;
import dev.sluice.config.SourceConfig;
import dev.sluice.config.SourceKind;
import dev.sluice.proxy.Scheme;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Builds source configurations for tests, with small limits. */
final class SourceConfigs {
    private final SourceKind kind;
    private final List<String> urls;
    private @Nullable Scheme protocol;
    private Duration interval = Duration.ofHours(1);
    private Duration timeout = Duration.ofSeconds(10);
    private long maxBytes = 4 << 20;
    private int maxPages = 50;
    private Map<String, String> headers = Map.of();
    private @Nullable String metadataUrl;
    private Duration metadataInterval = Duration.ofSeconds(60);
    private boolean enabled = true;

    private SourceConfigs(SourceKind kind, List<String> urls) {
        this.kind = kind;
        this.urls = urls;
    }

    static SourceConfigs of(SourceKind kind, String... urls) {
        return new SourceConfigs(kind, List.of(urls));
    }

    SourceConfigs protocol(@Nullable Scheme value) {
        protocol = value;
        return this;
    }

    SourceConfigs interval(Duration value) {
        interval = value;
        return this;
    }

    SourceConfigs timeout(Duration value) {
        timeout = value;
        return this;
    }

    SourceConfigs maxBytes(long value) {
        maxBytes = value;
        return this;
    }

    SourceConfigs maxPages(int value) {
        maxPages = value;
        return this;
    }

    SourceConfigs headers(Map<String, String> value) {
        headers = value;
        return this;
    }

    SourceConfigs metadata(String url, Duration every) {
        metadataUrl = url;
        metadataInterval = every;
        return this;
    }

    SourceConfigs disabled() {
        enabled = false;
        return this;
    }

    SourceConfig build() {
        return new SourceConfig(
                kind,
                urls,
                protocol,
                interval,
                timeout,
                new ByteSize(maxBytes),
                maxPages,
                headers,
                metadataUrl,
                metadataInterval,
                false,
                enabled);
    }
}
