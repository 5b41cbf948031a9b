package dev.sluice.main;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.config.ConfigLoader;
import dev.sluice.telemetry.Traces;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TracingTest {
    @Test
    void withoutAnEndpointThereAreNone() {
        assertThat(Tracing.of(ConfigLoader.defaults()).on()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"http://192.0.2.7:4318/v1/traces", "http://collector.example/v1/traces", "http://[2001:db8::1]/"
            })
    void spansStayWithinTheNetworksThatAreAllowed(String endpoint) {
        assertThatThrownBy(() -> Tracing.of(
                        ConfigLoader.defaults("net.allowed-networks=127.0.0.0/8", "traces.endpoint=" + endpoint)))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("traces.endpoint: ")
                .hasMessageContaining("net.allowed-networks");
    }

    @Test
    void anAddressWithinThemIsUsed() {
        try (Traces traces = Tracing.of(ConfigLoader.defaults(
                "net.allowed-networks=127.0.0.0/8", "traces.endpoint=http://127.0.0.1:9/v1/traces"))) {
            assertThat(traces.on()).isTrue();
        }
    }

    @Test
    void onlyWhatLeavesTheMachineBrokenIsFatal() {
        assertThat(Fatal.isFatal(new OutOfMemoryError("heap"))).isTrue();
        assertThat(Fatal.isFatal(new IllegalStateException(new InternalError("broken"))))
                .isTrue();
        assertThat(Fatal.isFatal(new StackOverflowError())).isFalse();
        assertThat(Fatal.isFatal(new IllegalStateException("a bug"))).isFalse();
    }
}
