package dev.sluice.net;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import java.net.Socket;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/** TLS for clients: by authorities, or by the key alone. Immutable, thread-safe. */
final class TlsContexts {
    private final SslContext byKey;
    private final SslContext byAuthority;

    TlsContexts() {
        try {
            byKey = SslContextBuilder.forClient()
                    .sslProvider(SslProvider.JDK)
                    .trustManager(new AcceptsAny())
                    .endpointIdentificationAlgorithm(null)
                    .build();
            byAuthority =
                    SslContextBuilder.forClient().sslProvider(SslProvider.JDK).build();
        } catch (SSLException e) {
            throw new IllegalStateException("the platform has no TLS", e);
        }
    }

    /** A handshake that takes any certificate; {@link #pin} tells which came. No session is resumed. */
    SslHandler byKey(ByteBufAllocator allocator, String host) {
        SslHandler handler = byKey.newHandler(allocator);
        if (host.indexOf(':') < 0 && !Character.isDigit(host.charAt(host.length() - 1))) {
            SSLParameters parameters = handler.engine().getSSLParameters();
            parameters.setServerNames(List.of(new SNIHostName(host)));
            handler.engine().setSSLParameters(parameters);
        }
        handler.setHandshakeTimeoutMillis(0); // the exchange has the deadline
        return handler;
    }

    /** A handshake that takes what the platform's authorities vouch for, for this host. */
    SslHandler byAuthority(ByteBufAllocator allocator, String host, int port) {
        SslHandler handler = byAuthority.newHandler(allocator, host, port);
        handler.setHandshakeTimeoutMillis(0); // the exchange has the deadline
        return handler;
    }

    /** Pin of the certificate that came, null when none did. */
    static @Nullable String pin(SslHandler handler) {
        try {
            Certificate[] chain = handler.engine().getSession().getPeerCertificates();
            return chain.length == 0 ? null : SpkiPin.of(chain[0].getPublicKey().getEncoded());
        } catch (SSLPeerUnverifiedException e) {
            return null;
        }
    }

    /** For keys that are compared by pin before anything is sent. */
    private static final class AcceptsAny extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
