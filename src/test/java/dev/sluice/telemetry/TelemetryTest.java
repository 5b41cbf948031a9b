package dev.sluice.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class TelemetryTest {
    @Test
    void theProcessIsMeasured() {
        try (Telemetry telemetry = new Telemetry()) {
            assertThat(telemetry.scrape())
                    .contains("jvm_memory_used_bytes")
                    .contains("jvm_threads_live_threads")
                    .contains("process_uptime_seconds")
                    .contains("process_files_open_files");
        }
    }

    @Test
    void timersOfOneEndpointAddUp() {
        try (Telemetry telemetry = new Telemetry()) {
            telemetry.requestTimer("/list").record(200, 1_000_000);
            telemetry.requestTimer("/list").record(204, 3_000_000);
            telemetry.requestTimer("/list").record(503, 1);
            assertThat(telemetry.scrape())
                    .contains("sluice_api_request_duration_seconds_count{endpoint=\"/list\",status=\"2xx\"} 2")
                    .contains("sluice_api_request_duration_seconds_count{endpoint=\"/list\",status=\"5xx\"} 1")
                    .contains("sluice_api_request_duration_seconds_sum{endpoint=\"/list\",status=\"2xx\"} 0.004");
        }
    }
}
