package dev.sluice.net.farm;

import dev.sluice.net.SelfSigned;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import javax.net.ssl.SSLException;

/**
 * The man in the middle: when a tunnel's client begins with a TLS handshake, TLS ends here under a forged certificate, and
 * begins anew towards the target. Other tunnels pass untouched.
 */
final class CertificateSwap extends ByteToMessageDecoder {
    private static final int TLS_HANDSHAKE = 0x16;

    private final Channel target;
    private final Contexts contexts;

    CertificateSwap(Channel target, Contexts contexts) {
        this.target = target;
        this.contexts = contexts;
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
        if (in.getUnsignedByte(in.readerIndex()) == TLS_HANDSHAKE && target.isActive()) {
            ctx.pipeline().addAfter(ctx.name(), null, contexts.forged.newHandler(ctx.alloc()));
            target.pipeline().addFirst(contexts.trusting.newHandler(ctx.alloc()));
        }
        ctx.pipeline().remove(this);
    }

    /** Both ends' TLS. Trusts every target, which is right for a liar that reaches nothing but loopback. */
    static final class Contexts {
        private final SslContext forged;
        private final SslContext trusting;

        Contexts(SelfSigned forgery) throws SSLException {
            forged = SslContextBuilder.forServer(
                            new ByteArrayInputStream(forgery.certificatePem().getBytes(StandardCharsets.US_ASCII)),
                            new ByteArrayInputStream(forgery.privateKeyPem().getBytes(StandardCharsets.US_ASCII)))
                    .sslProvider(SslProvider.JDK)
                    .build();
            trusting = SslContextBuilder.forClient()
                    .sslProvider(SslProvider.JDK)
                    .trustManager(InsecureTrustManagerFactory.INSTANCE)
                    .endpointIdentificationAlgorithm(null)
                    .build();
        }
    }
}
