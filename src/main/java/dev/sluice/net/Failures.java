package dev.sluice.net;

import dev.sluice.proxy.FailureReason;
import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.codec.DecoderException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.security.cert.CertificateException;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Error numbers and exceptions of sockets and TLS to reasons. What is not known to be the other side's doing is
 * {@code LOCAL}.
 */
final class Failures {
    private static final int EPIPE = 32;
    private static final int ENONET = 64;
    private static final int EPROTO = 71;
    private static final int ENOPROTOOPT = 92;
    private static final int EOPNOTSUPP = 95;
    private static final int ENETDOWN = 100;
    private static final int ENETUNREACH = 101;
    private static final int ECONNRESET = 104;
    private static final int ENOBUFS = 105;
    private static final int ETIMEDOUT = 110;
    private static final int ECONNREFUSED = 111;
    private static final int EHOSTDOWN = 112;
    private static final int EHOSTUNREACH = 113;
    private static final int ENOMEM = 12;

    /** What the kernel says when our own side lacks something, and what that is. */
    private static final Map<String, String> LACKING = Map.of(
            "Too many open files", "descriptors",
            "Cannot assign requested address", "ports",
            "No buffer space available", "buffers",
            "Cannot allocate memory", "buffers",
            "Network is unreachable", "network",
            "Network is down", "network");

    /** What it says when our own side would not, though nothing runs short. */
    private static final List<String> OURS =
            List.of("Operation not permitted", "Permission denied", "Invalid argument", "Address family not supported");

    private Failures() {}

    /**
     * Why a pending connect failed. An error a router reported is told from one of our own: without a route the connect
     * fails before it is pending.
     *
     * @param errno as Linux numbers them on x86 and ARM
     */
    static FailureReason ofErrno(int errno) {
        return switch (errno) {
            case ECONNREFUSED -> FailureReason.REFUSED;
            case ECONNRESET, EPIPE -> FailureReason.RESET;
            case ETIMEDOUT -> FailureReason.CONNECT_TIMEOUT;
            // what icmp_err_convert (net/ipv4/icmp.c) makes of ICMP errors
            case EHOSTUNREACH, ENETUNREACH, EHOSTDOWN, ENONET, ENOPROTOOPT, EOPNOTSUPP, EPROTO ->
                FailureReason.UNREACHABLE;
            default -> FailureReason.LOCAL;
        };
    }

    /** What our own side lacks by the error of a pending connect, null when nothing. */
    static @Nullable String lacking(int errno) {
        return switch (errno) {
            case ENOMEM, ENOBUFS -> "buffers";
            case ENETDOWN -> "network";
            default -> null;
        };
    }

    /** What our own side lacks when a connect failed so, null when nothing: descriptors, ports, buffers or network. */
    static @Nullable String lacking(Throwable cause) {
        for (Throwable at = cause; at != null; at = at.getCause()) {
            String message = String.valueOf(at.getMessage());
            for (Map.Entry<String, String> known : LACKING.entrySet()) {
                if (message.contains(known.getKey())) {
                    return known.getValue();
                }
            }
        }
        return null;
    }

    /** Why a connect failed. */
    static FailureReason ofConnect(Throwable cause) {
        if (cause instanceof ConnectTimeoutException) {
            return FailureReason.CONNECT_TIMEOUT;
        }
        if (lacking(cause) != null) {
            return FailureReason.LOCAL;
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
