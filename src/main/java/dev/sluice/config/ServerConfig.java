package dev.sluice.config;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Section {@code server}. */
public record ServerConfig(
        @Setting(doc = "Address to listen on. Anything but loopback needs an API key.", value = "127.0.0.1")
        String host,

        @Setting(doc = "Port of the API; 0 takes a free one.", value = "8080", min = 0, max = 65535)
        int port,

        @Setting(
                doc = "A port of its own for health and metrics; absent: they are on the API's port only.",
                min = 0,
                max = 65535)
        @Nullable
        Integer managementPort,

        @Setting(
                doc = "A connection without traffic is closed after this.",
                value = "60s",
                min = 1_000,
                max = 3_600_000)
        Duration idleTimeout,

        @Setting(
                doc = "The head of a request must be complete this long after its first byte.",
                value = "10s",
                min = 100,
                max = 600_000)
        Duration headTimeout,

        @Setting(
                doc =
                        "Requests that had to wait longer than this for the event loop, time and again, are answered 503.",
                value = "1s",
                min = 10,
                max = 60_000,
                live = true)
        Duration shedAfter,

        @Setting(doc = "Largest request body.", value = "1MiB", min = 1_024, max = 1_073_741_824, live = true)
        ByteSize maxBody,

        @Setting(
                doc = "At shutdown, how long running requests may take to end.",
                value = "10s",
                min = 0,
                max = 300_000,
                live = true)
        Duration drainTimeout,

        @Setting(
                doc =
                        "How often the file is looked at for a reload by itself; it must be unchanged for as long. 0s: never.",
                value = "5s",
                min = 0,
                max = 3_600_000,
                live = true)
        Duration watchConfig) {}
