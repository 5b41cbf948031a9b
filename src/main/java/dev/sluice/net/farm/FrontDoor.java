package dev.sluice.net.farm;

import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.group.ChannelGroup;
import io.netty.handler.timeout.IdleStateHandler;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** Every accepted connection comes through here: only loopback, within the limit, and by the role of the dialled address. */
final class FrontDoor extends ChannelInitializer<Channel> {
    private final ChannelGroup channels;
    private final int maxConnections;
    private final long idleMillis;
    private final Guard guard = new Guard();
    private final AtomicInteger open = new AtomicInteger();
    private final LongAdder[] accepted = new LongAdder[Behaviour.values().length];
    private volatile @Nullable Stage stage;

    FrontDoor(ChannelGroup channels, int maxConnections, long idleMillis) {
        this.channels = channels;
        this.maxConnections = maxConnections;
        this.idleMillis = idleMillis;
        Arrays.setAll(accepted, ordinal -> new LongAdder());
    }

    /** Opens, with {@code roles}, or closes with null: from then on every connection is reset. */
    void open(@Nullable Roles roles, @Nullable Surroundings around) {
        stage = roles == null || around == null ? null : new Stage(roles, around);
    }

    int openConnections() {
        return open.get();
    }

    Map<Behaviour, Long> accepted() {
        Map<Behaviour, Long> counts = new EnumMap<>(Behaviour.class);
        for (Behaviour behaviour : Behaviour.values()) {
            counts.put(behaviour, accepted[behaviour.ordinal()].sum());
        }
        return counts;
    }

    @Override
    protected void initChannel(Channel channel) {
        Stage now = stage;
        InetSocketAddress local = ipv4(channel.localAddress());
        if (now == null || local == null || ipv4(channel.remoteAddress()) == null) {
            Misbehaviour.reset(channel);
            return;
        }
        int address = address(local.getAddress());
        Role role = now.roles.at(address, local.getPort());
        if (role == null || role.behaviour() == Behaviour.SILENT || role.behaviour() == Behaviour.REFUSE) {
            Misbehaviour.reset(channel);
            return;
        }
        channel.closeFuture().addListener(closed -> open.decrementAndGet());
        if (open.incrementAndGet() > maxConnections) {
            Misbehaviour.reset(channel);
            return;
        }
        channels.add(channel);
        accepted[role.behaviour().ordinal()].increment();
        channel.pipeline()
                .addLast(
                        new IdleStateHandler(0, 0, idleMillis, TimeUnit.MILLISECONDS),
                        role.behaviour().forwards()
                                ? new Greeting(role, local.getAddress(), now.around)
                                : Misbehaviour.of(role.behaviour(), address));
        channel.pipeline().addLast(Guard.NAME, guard);
    }

    private static @Nullable InetSocketAddress ipv4(@Nullable SocketAddress address) {
        return address instanceof InetSocketAddress inet && Targets.isLoopback(inet.getAddress()) ? inet : null;
    }

    static int address(InetAddress address) {
        byte[] bytes = ((Inet4Address) address).getAddress();
        return (bytes[0] & 0xff) << 24 | (bytes[1] & 0xff) << 16 | (bytes[2] & 0xff) << 8 | bytes[3] & 0xff;
    }

    private record Stage(Roles roles, Surroundings around) {}
}
