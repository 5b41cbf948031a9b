package dev.sluice.net;

import dev.sluice.proxy.FailureReason;
import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.codec.DecoderException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.security.cert.CertificateException;
import java.util.List;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Exceptions of sockets and TLS to reasons. What is not known to be the other side's doing is {@code LOCAL}. */
final class Failures {
    /** What the kernel says when our own side lacks something: EMFILE, ENFILE, EADDRNOTAVAIL, ENOBUFS, ENOMEM, ENETUNREACH. */
    private static final List<String> OURS = List.of(
            "Too many open files",
            "Cannot assign requested address",
            "No buffer space available",
            "Cannot allocate memory",
            "Network is unreachable",
            "Operation not permitted",
            "Permission denied",
            "Invalid argument",
            "Address family not supported");

    private Failures() {}

    /** Why a connect failed. */
    static FailureReason ofConnect(Throwable cause) {
        if (cause instanceof DialException dial) {
            return dial.reason();
        }
        if (cause instanceof ConnectTimeoutException) {
            return FailureReason.CONNECT_TIMEOUT;
        }
        for (Throwable at = cause; at != null; at = at.getCause()) {
            String message = String.valueOf(at.getMessage());
            if (OURS.stream().anyMatch(message::contains)) {
                return FailureReason.LOCAL;
            }
            if (message.contains("Connection refused")) {
                return FailureReason.REFUSED;
            }
            if (message.contains("Connection reset")) {
                return FailureReason.RESET;
            }
            if (message.contains("timed out")) {
                return FailureReason.CONNECT_TIMEOUT;
            }
            if (at instanceof NoRouteToHostException || message.contains("No route to host")) {
                return FailureReason.UNREACHABLE;
            }
        }
        return cause instanceof ConnectException ? FailureReason.UNREACHABLE : FailureReason.LOCAL;
    }

    /** Why an open connection failed. */
    static FailureReason ofOpen(Throwable cause) {
        for (Throwable at = cause; at != null; at = at.getCause()) {
            if (at instanceof SSLException) {
                return FailureReason.TLS;
            }
            if (at instanceof IOException) {
                return FailureReason.RESET;
            }
        }
        return cause instanceof DecoderException || cause instanceof IllegalArgumentException
                ? FailureReason.PROTOCOL
                : FailureReason.LOCAL;
    }

    /** Whether a TLS handshake failed because the certificate is not to be trusted. */
    static boolean isCertificate(@Nullable Throwable cause) {
        for (Throwable at = cause; at != null; at = at.getCause()) {
            if (at instanceof CertificateException) {
                return true;
            }
        }
        return false;
    }
}
