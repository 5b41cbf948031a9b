package dev.sluice.net.scenario;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.InternetProtocolFamily;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.vertx.core.transport.Transport;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** Java's own transport, which also counts the bytes that clients take from their sockets. Thread-safe. */
final class CountingTransport implements io.vertx.core.spi.transport.Transport {
    private final io.vertx.core.spi.transport.Transport plain = Transport.NIO.implementation();
    private final Map<Integer, AtomicLong> readFromPort = new ConcurrentHashMap<>();

    /** For {@link io.vertx.core.VertxBuilder#withTransport}. */
    Transport named() {
        return new Transport() {
            @Override
            public String name() {
                return "counting";
            }

            @Override
            public boolean available() {
                return true;
            }

            @Override
            @SuppressWarnings("NullAway") // null is how the interface says that there is no cause
            public Throwable unavailabilityCause() {
                return null;
            }

            @Override
            public io.vertx.core.spi.transport.Transport implementation() {
                return CountingTransport.this;
            }
        };
    }

    /** Bytes that have been read from the server at {@code port} of whatever address; the count begins anew. */
    long takeRead(int port) {
        AtomicLong count = readFromPort.remove(port);
        return count == null ? 0 : count.get();
    }

    @Override
    public IoHandlerFactory ioHandlerFactory() {
        return plain.ioHandlerFactory();
    }

    @Override
    public DatagramChannel datagramChannel() {
        return plain.datagramChannel();
    }

    @Override
    @SuppressWarnings("deprecation") // the interface wants it
    public DatagramChannel datagramChannel(InternetProtocolFamily family) {
        return plain.datagramChannel(family);
    }

    @Override
    public ChannelFactory<? extends Channel> channelFactory(boolean domainSocket) {
        return domainSocket ? plain.channelFactory(true) : CountingChannel::new;
    }

    @Override
    public ChannelFactory<? extends ServerChannel> serverChannelFactory(boolean domainSocket) {
        return plain.serverChannelFactory(domainSocket);
    }

    private final class CountingChannel extends NioSocketChannel {
        @Override
        protected int doReadBytes(ByteBuf to) throws Exception {
            int length = super.doReadBytes(to);
            if (length > 0) {
                readFromPort
                        .computeIfAbsent(remoteAddress().getPort(), port -> new AtomicLong())
                        .addAndGet(length);
            }
            return length;
        }
    }
}
