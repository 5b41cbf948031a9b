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
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** Every accepted connection comes through here: only loopback, and by the role of the dialled address. */
final class FrontDoor extends ChannelInitializer<Channel> {
    private final ChannelGroup channels;
    private final long delayMillis;
    private final long idleMillis;
    private final Guard guard = new Guard();
    private final AtomicInteger open = new AtomicInteger();
    private final LongAdder[] accepted = new LongAdder[Behaviour.values().length];
    private final Map<Integer, AtomicInteger> rotations = new ConcurrentHashMap<>();
    private volatile @Nullable Stage stage;
    private volatile boolean shut;

    /**
     * A closed one.
     *
     * @param channels gets everybody who is let in
     * @param delayMillis before a proxy that forwards reads the first byte
     * @param idleMillis after which a connection without traffic is closed
     */
    FrontDoor(ChannelGroup channels, long delayMillis, long idleMillis) {
        this.channels = channels;
        this.delayMillis = delayMillis;
        this.idleMillis = idleMillis;
        Arrays.setAll(accepted, ordinal -> new LongAdder());
    }

    /** Opens, with {@code roles}, or closes with null: from then on every connection is reset. */
    void open(@Nullable Roles roles, @Nullable Surroundings around) {
        stage = roles == null || around == null ? null : new Stage(roles, around);
    }

    /** While it is shut every connection is reset. */
    void shut(boolean now) {
        shut = now;
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
        open.incrementAndGet();
        channels.add(channel);
        if (shut) {
            // Looked at only now: whoever shuts the door resets those who are in already.
            Misbehaviour.reset(channel);
            return;
        }
        accepted[role.behaviour().ordinal()].increment();
        InetAddress exit = exit(role, local.getAddress(), address);
        channel.pipeline().addLast(new IdleStateHandler(0, 0, idleMillis, TimeUnit.MILLISECONDS));
        if (role.behaviour().forwards()) {
            if (delayMillis > 0) {
                channel.pipeline().addLast(new Patience(delayMillis));
            }
            channel.pipeline().addLast(new Greeting(role, exit, now.around));
        } else {
            channel.pipeline().addLast(Misbehaviour.of(role.behaviour(), exit, now.around));
        }
        channel.pipeline().addLast(Guard.NAME, guard);
    }

    /** Where this connection's requests leave from. In turn, so that two in a row never leave from the same address. */
    private InetAddress exit(Role role, InetAddress dialled, int address) {
        if (role.exits().isEmpty()) {
            return dialled;
        }
        int turn = rotations
                .computeIfAbsent(address, unused -> new AtomicInteger())
                .getAndIncrement();
        int exit = role.exits().get(Math.floorMod(turn, role.exits().size()));
        return Targets.ipv4(new byte[] {(byte) (exit >>> 24), (byte) (exit >>> 16), (byte) (exit >>> 8), (byte) exit});
    }

    private static @Nullable InetSocketAddress ipv4(@Nullable SocketAddress address) {
        return address instanceof InetSocketAddress inet && Targets.isLoopback(inet.getAddress()) ? inet : null;
    }

    static int address(InetAddress address) {
        byte[] bytes = ((Inet4Address) address).getAddress();
        return (bytes[0] & 0xff) << 24 | (bytes[1] & 0xff) << 16 | (bytes[2] & 0xff) << 8 | (bytes[3] & 0xff);
    }

    private record Stage(Roles roles, Surroundings around) {}
}
