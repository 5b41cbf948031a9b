package dev.sluice.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.proxy.FailureReason;
import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.codec.DecoderException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.security.cert.CertificateException;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FailuresTest {
    @ParameterizedTest
    @CsvSource({
        "connect(..) failed with error(-111): Connection refused: /127.0.0.2:1, REFUSED",
        "Connection refused: /127.0.0.2:1, REFUSED",
        "Connection timed out, CONNECT_TIMEOUT",
        "No route to host, UNREACHABLE",
        "connect(..) failed: Network is unreachable, LOCAL",
        "newSocketStream(..) failed: Too many open files, LOCAL",
        "Too many open files in system, LOCAL",
        "Cannot assign requested address, LOCAL",
        "No buffer space available, LOCAL",
        "Connection reset by peer, RESET",
        "something new, UNREACHABLE"
    })
    void whatTheKernelSaysOfAConnect(String message, FailureReason expected) {
        assertThat(Failures.ofConnect(new ConnectException(message))).isEqualTo(expected);
    }

    @Test
    void causesAreLookedAtToo() {
        Exception outer = new IllegalStateException("no channel", new IOException("Too many open files"));

        assertThat(Failures.ofConnect(outer)).isEqualTo(FailureReason.LOCAL);
        assertThat(Failures.ofConnect(new ConnectTimeoutException("slow"))).isEqualTo(FailureReason.CONNECT_TIMEOUT);
        assertThat(Failures.ofConnect(new NoRouteToHostException("x"))).isEqualTo(FailureReason.UNREACHABLE);
        assertThat(Failures.ofConnect(new IllegalStateException("a bug"))).isEqualTo(FailureReason.LOCAL);
    }

    @Test
    void whatBreaksAnOpenConnection() {
        assertThat(Failures.ofOpen(new IOException("Connection reset by peer"))).isEqualTo(FailureReason.RESET);
        assertThat(Failures.ofOpen(new DecoderException(new SSLHandshakeException("x"))))
                .isEqualTo(FailureReason.TLS);
        assertThat(Failures.ofOpen(new DecoderException("x"))).isEqualTo(FailureReason.PROTOCOL);
        assertThat(Failures.ofOpen(new IllegalStateException("a bug"))).isEqualTo(FailureReason.LOCAL);
    }

    @Test
    void certificatesAreToldFromOtherTlsFailures() {
        SSLHandshakeException untrusted = new SSLHandshakeException("x");
        untrusted.initCause(new CertificateException("not for this host"));

        assertThat(Failures.isCertificate(untrusted)).isTrue();
        assertThat(Failures.isCertificate(new SSLHandshakeException("bad record")))
                .isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "111, REFUSED,",
        "104, RESET,",
        "32, RESET,",
        "110, CONNECT_TIMEOUT,",
        "113, UNREACHABLE,",
        "101, UNREACHABLE,",
        "64, UNREACHABLE,",
        "71, UNREACHABLE,",
        "92, UNREACHABLE,",
        "95, UNREACHABLE,",
        "112, UNREACHABLE,",
        "100, LOCAL, network",
        "105, LOCAL, buffers",
        "12, LOCAL, buffers",
        "1, LOCAL,",
        "9999, LOCAL,"
    })
    void whatTheKernelSaysOfAPendingConnect(int errno, FailureReason expected, @Nullable String lacking) {
        assertThat(Failures.ofErrno(errno)).isEqualTo(expected);
        assertThat(Failures.lacking(errno)).isEqualTo(lacking);
    }

    @ParameterizedTest
    @CsvSource({
        "newSocketStream(..) failed with error(-24): Too many open files, descriptors",
        "Too many open files in system, descriptors",
        "connect(..) failed with error(-99): Cannot assign requested address, ports",
        "No buffer space available, buffers",
        "Cannot allocate memory, buffers",
        "Network is unreachable, network",
        "Network is down, network",
        "Connection refused,",
        "Operation not permitted,"
    })
    void whatOurOwnSideLacksHasAName(String message, @Nullable String lacking) {
        assertThat(Failures.lacking(new IllegalStateException("no channel", new IOException(message))))
                .isEqualTo(lacking);
    }

    @Test
    void theKernelOutlivesTheTimeoutByAsLittleAsPossible() {
        assertThat(Dialer.synCount(500)).isEqualTo(1);
        assertThat(Dialer.synCount(2_999)).isEqualTo(1);
        assertThat(Dialer.synCount(5_000)).isEqualTo(2);
        assertThat(Dialer.synCount(10_000)).isEqualTo(3);
        assertThat(Dialer.synCount(120_000)).isEqualTo(6);
    }
}
