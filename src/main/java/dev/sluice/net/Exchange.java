package dev.sluice.net;

import dev.sluice.judge.HeaderField;
import dev.sluice.net.ProxyClient.Stage;
import dev.sluice.proxy.FailureReason;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How an exchange ended. */
public sealed interface Exchange {
    /**
     * A TCP connection opened; nothing was sent.
     *
     * @param connectNanos from the start
     */
    record Connected(long connectNanos) implements Exchange {}

    /**
     * An answer arrived whole. It need not be the target's: a proxy may have made it up.
     *
     * @param status 200..999
     * @param headers in order
     * @param body not longer than the client allows
     * @param connectNanos from the start until the TCP connection was open
     * @param firstByteNanos from the start until the first byte of the answer
     * @param peerPin {@link SpkiPin} of the target's certificate, null without TLS
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Reached(
            int status,
            List<HeaderField> headers,
            byte[] body,
            long connectNanos,
            long firstByteNanos,
            @Nullable String peerPin)
            implements Exchange {
        public Reached {
            headers = List.copyOf(headers);
        }
    }

    /**
     * No answer.
     *
     * @param reason never {@link FailureReason#NONE}; {@link FailureReason#TAMPERED} for another certificate than expected
     * @param detail for logs, without secrets
     * @param peerPin {@link SpkiPin} of the certificate that came, null when none did
     * @param stage where it ended
     */
    record Failed(
            FailureReason reason, String detail, @Nullable String peerPin, Stage stage) implements Exchange {
        /** Without a connection. */
        public Failed(FailureReason reason, String detail) {
            this(reason, detail, null, Stage.CONNECT);
        }
    }
}
