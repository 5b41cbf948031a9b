package dev.sluice.net.farm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.local.LocalChannel;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.InetSocketAddress;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TargetsTest {
    private final Targets targets = new Targets(Map.of(
            "target.farm:80", new InetSocketAddress("127.0.0.1", 4000),
            "judge.farm:*", new InetSocketAddress("127.0.0.1", 0),
            "evil.farm:*", new InetSocketAddress("192.0.2.1", 80)));

    @Test
    void loopbackAndTheKnownNamesAreTargets() {
        assertThat(targets.resolve("127.4.5.6", 9)).isEqualTo(new InetSocketAddress("127.4.5.6", 9));
        assertThat(targets.resolve("LOCALHOST", 9)).isEqualTo(new InetSocketAddress("127.0.0.1", 9));
        assertThat(targets.resolve("target.farm", 80)).isEqualTo(new InetSocketAddress("127.0.0.1", 4000));
        assertThat(targets.resolve("judge.farm", 81)).isEqualTo(new InetSocketAddress("127.0.0.1", 81));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "192.0.2.1",
                "0.0.0.0",
                "10.0.0.1",
                "169.254.169.254",
                "::1",
                "[::1]",
                "128.0.0.1",
                "2130706433",
                "127.1",
                "0177.0.0.1",
                "example.com",
                "evil.farm",
                "target.farm",
                ""
            })
    void everythingElseIsNone(String host) {
        assertThat(targets.resolve(host, 81)).isNull();
    }

    @Test
    void portsAreChecked() {
        assertThat(targets.resolve("127.0.0.1", 0)).isNull();
        assertThat(targets.resolve("127.0.0.1", 65536)).isNull();
    }

    @Test
    void theLastDoorRefusesWhatTheFirstLetThrough() {
        EventLoop loop = new DefaultEventLoop();
        try {
            Exits exits = new Exits(LocalChannel::new, new DefaultChannelGroup(GlobalEventExecutor.INSTANCE), 1);
            assertThatThrownBy(() -> exits.dial(
                            loop, Targets.ipv4(new byte[] {127, 1, 2, 3}), new InetSocketAddress("192.0.2.1", 80)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("127.0.0.0/8");
        } finally {
            loop.shutdownGracefully();
        }
    }
}
