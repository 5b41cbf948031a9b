package dev.sluice.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.judge.JudgeSigner;
import dev.sluice.parse.AddressPolicy;
import dev.sluice.parse.Cidr;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class JudgesTest {
    private final Judges own = Judges.of(
            List.of("http://judge.example"),
            List.of("https://judge.example"),
            "pin",
            JudgeSigner.random(new Random(1)));

    @Test
    void publicPagesStandBesideTheOwnJudges() {
        Judges all = own.withPublic(
                List.of("http://a.example/get", "https://a.example/get", "http://b.example/", "http://a.example/get"),
                2);

        assertThat(all.plain()).isEqualTo(own.plain());
        assertThat(all.tls()).isEqualTo(own.tls());
        assertThat(all.tlsPin()).isEqualTo("pin");
        assertThat(all.quorum()).isEqualTo(2);
        assertThat(all.publicPages())
                .extracting(JudgeUrl::text)
                .containsExactly("http://a.example/get", "https://a.example/get", "http://b.example/");
        assertThat(all.publicPlainHosts()).isEqualTo(2);
    }

    @Test
    void nothingOutsideTheAllowedNetworksIsAsked() {
        Judges all = own.withPublic(
                List.of(
                        "http://httpbin.example/get",
                        "http://127.0.0.9/get",
                        "http://[::1]/get",
                        "http://8.8.8.8/get",
                        "http://localhost:81/get"),
                1);

        assertThat(all.within(AddressPolicy.PUBLIC)).isEqualTo(all);
        assertThat(all.within(new AddressPolicy(List.of(Cidr.parse("127.0.0.0/8")), true))
                        .publicPages())
                .extracting(JudgeUrl::text)
                .containsExactly("http://127.0.0.9/get", "http://localhost:81/get");
        assertThat(all.within(new AddressPolicy(List.of(Cidr.parse("10.0.0.0/8")), false))
                        .publicPages())
                .isEmpty();
    }

    @Test
    void aQuorumOfNobodyIsRefused() {
        assertThatThrownBy(() -> own.withPublic(List.of(), 0)).hasMessageContaining("quorum: 0 (expected: 1 or more)");
    }
}
