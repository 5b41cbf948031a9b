package dev.sluice.net.farm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.net.SelfSigned;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FrontDoorTest {
    private final ChannelGroup channels = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    private final FrontDoor door = new FrontDoor(channels, 0, 30_000);

    private void open() throws Exception {
        SelfSigned forgery = SelfSigned.create(
                "forged.farm",
                Targets.ipv4(new byte[] {127, 0, 0, 1}),
                Instant.parse("2026-01-01T00:00:00Z"),
                Instant.parse("2027-01-01T00:00:00Z"));
        door.open(
                (address, port) -> port == 80 ? Role.of(Behaviour.MUTE) : null,
                new Surroundings(
                        new Targets(Map.of()),
                        new Exits(EmbeddedChannel::new, channels, 10),
                        new CertificateSwap.Contexts(forgery),
                        new Recordings()));
    }

    private EmbeddedChannel arrives(String local, int port, String remote) {
        return new Arrival(new InetSocketAddress(local, port), new InetSocketAddress(remote, 5555), door);
    }

    @Test
    void aConnectionFromLoopbackIsLetIn() throws Exception {
        open();
        EmbeddedChannel channel = arrives("127.1.2.3", 80, "127.0.0.1");

        assertThat(channel.isOpen()).isTrue();
        assertThat(door.accepted()).containsEntry(Behaviour.MUTE, 1L);
        assertThat(door.openConnections()).isEqualTo(1);
        channel.close();
        assertThat(door.openConnections()).isZero();
    }

    @Test
    void aConnectionFromOrToElsewhereIsResetBeforeAByteIsRead() throws Exception {
        open();
        assertThat(arrives("127.1.2.3", 80, "203.0.113.9").isOpen()).isFalse();
        assertThat(arrives("203.0.113.9", 80, "127.0.0.1").isOpen()).isFalse();
        assertThat(arrives("::1", 80, "::1").isOpen()).isFalse();
        assertThat(door.openConnections()).isZero();
    }

    @Test
    void nobodyIsThereWhereNoRoleIs() throws Exception {
        open();
        assertThat(arrives("127.1.2.3", 81, "127.0.0.1").isOpen()).isFalse();
    }

    @Test
    void aShutDoorResetsEverybodyUntilItIsOpenAgain() throws Exception {
        open();
        door.shut(true);
        assertThat(arrives("127.1.2.3", 80, "127.0.0.1").isOpen()).isFalse();
        assertThat(door.openConnections()).isZero();

        door.shut(false);

        assertThat(arrives("127.1.2.3", 80, "127.0.0.1").isOpen()).isTrue();
    }

    @Test
    void aClosedDoorLetsNobodyIn() {
        assertThat(arrives("127.1.2.3", 80, "127.0.0.1").isOpen()).isFalse();
    }

    private static final class Arrival extends EmbeddedChannel {
        private final SocketAddress local;
        private final SocketAddress remote;

        Arrival(SocketAddress local, SocketAddress remote, FrontDoor door) {
            super(false, false);
            this.local = local;
            this.remote = remote;
            pipeline().addLast(door);
            try {
                register();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public SocketAddress localAddress() {
            return local;
        }

        @Override
        public SocketAddress remoteAddress() {
            return remote;
        }
    }
}
