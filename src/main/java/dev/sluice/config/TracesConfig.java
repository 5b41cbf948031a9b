package dev.sluice.config;

import org.jspecify.annotations.Nullable;

/** Section {@code traces}. */
public record TracesConfig(
        @Setting(
                doc =
                        "Where spans are sent, by OTLP over HTTP, such as http://127.0.0.1:4318/v1/traces. Absent: nowhere.")
        @Nullable
        String endpoint,

        @Setting(
                doc =
                        "Share of requests and checks that are traced, 0 to 1. Fetches always are, and so is a request whose"
                                + " client traces it.",
                value = "0.01")
        double ratio,

        @Setting(doc = "What this service is called in traces.", value = "sluice")
        String service) {}
