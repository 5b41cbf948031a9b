package dev.sluice.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.parse.AddressPolicy;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.datagram.DatagramPacket;
import io.vertx.core.datagram.DatagramSocket;
import io.vertx.junit5.VertxExtension;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
class NamesVerticleTest {
    @Test
    void literalAddressesAndLocalhostAskNobody(Vertx vertx) throws Exception {
        Names names = new Names(vertx, List.of(), 1);

        assertThat(await(names.resolve("192.0.2.7"))).containsExactly(GuardedResolverTest.address("192.0.2.7"));
        assertThat(await(names.resolve("[2001:db8::7]"))).containsExactly(GuardedResolverTest.address("2001:db8::7"));
        assertThat(await(names.resolve("LocalHost")).get(0).getHostAddress()).isEqualTo("127.0.0.1");
        assertThatThrownBy(() -> await(names.resolve("lists.example"))).isInstanceOf(UnknownHostException.class);
        await(names.close());
    }

    @Test
    void whatIsNoHostNameIsNotAsked(Vertx vertx) throws Exception {
        try (NameServer server = new NameServer(vertx, 0)) {
            Names names = new Names(vertx, server.address(), 4);
            for (String host : List.of("", "a b", "fe80::1%eth0", "a/b", "x".repeat(254), "a..b")) {
                assertThatThrownBy(() -> await(names.resolve(host))).as(host).isInstanceOf(UnknownHostException.class);
            }
            assertThat(server.queries.get()).isZero();
            await(names.close());
        }
    }

    @Test
    void answersAreRememberedForTheirTimeToLive(Vertx vertx) throws Exception {
        try (NameServer server = new NameServer(vertx, 0)) {
            Names names = new Names(vertx, server.address(), 4);

            List<InetAddress> first = await(names.resolve("lists.example"));
            int asked = server.queries.get();
            List<InetAddress> second = await(names.resolve("lists.example"));

            assertThat(first).contains(GuardedResolverTest.address("192.0.2.1"));
            assertThat(second).isEqualTo(first);
            assertThat(asked).isPositive();
            assertThat(server.queries.get()).isEqualTo(asked);
            await(names.close());
        }
    }

    @Test
    void anUnknownNameIsAnUnknownHost(Vertx vertx) throws Exception {
        try (NameServer server = new NameServer(vertx, 0)) {
            Names names = new Names(vertx, server.address(), 4);

            assertThatThrownBy(() -> await(names.resolve("missing.example")))
                    .isInstanceOf(UnknownHostException.class)
                    .hasMessageContaining("missing.example");
            await(names.close());
        }
    }

    @Test
    void noMoreNamesThanTheBoundAreAskedForAtOnce(Vertx vertx) throws Exception {
        int bound = 3;
        try (NameServer server = new NameServer(vertx, bound)) {
            Names names = new Names(vertx, server.address(), bound);
            List<Future<List<InetAddress>>> answers = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                answers.add(names.resolve("n" + i + ".example"));
            }
            assertThat(server.full.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(answers).noneMatch(Future::isComplete);
            server.releaseAll();

            for (Future<List<InetAddress>> answer : answers) {
                assertThat(await(answer)).isNotEmpty();
            }
            assertThat(server.mostNamesAtOnce.get()).isLessThanOrEqualTo(bound);
            await(names.close());
        }
    }

    @Test
    void aClosedResolverRefuses(Vertx vertx) throws Exception {
        Names names = new Names(vertx, List.of(new InetSocketAddress("127.0.0.1", 9)), 1);
        await(names.close());

        assertThatThrownBy(() -> await(names.resolve("lists.example"))).isInstanceOf(RejectedExecutionException.class);
    }

    @Test
    void onlyNameServersInsideTheAllowedNetworksAreAsked(Vertx vertx) throws Exception {
        AddressPolicy nowhere = new AddressPolicy(List.of(dev.sluice.parse.Cidr.parse("198.18.255.255/32")), false);
        Names names = new Names(vertx, nowhere);

        assertThatThrownBy(() -> await(names.resolve("lists.example"))).hasMessageContaining("no name server");
        await(names.close());
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.await(10, TimeUnit.SECONDS);
    }

    /** Answers A queries with 192.0.2.1, others with nothing; {@code missing.example} does not exist. */
    private static final class NameServer implements AutoCloseable {
        private final AtomicInteger queries = new AtomicInteger();
        private final AtomicInteger mostNamesAtOnce = new AtomicInteger();
        private final CountDownLatch full = new CountDownLatch(1);
        private final DatagramSocket socket;
        private final int holdUntil;
        private final Queue<DatagramPacket> held = new ArrayDeque<>();
        private boolean holding;

        /** @param holdUntil holds answers back until so many names are asked for at once; 0 answers at once */
        NameServer(Vertx vertx, int holdUntil) throws Exception {
            this.holdUntil = holdUntil;
            this.holding = holdUntil > 0;
            socket = vertx.createDatagramSocket();
            socket.handler(this::received);
            await(socket.listen(0, "127.0.0.1"));
        }

        List<InetSocketAddress> address() {
            return List.of(
                    new InetSocketAddress("127.0.0.1", socket.localAddress().port()));
        }

        synchronized void releaseAll() {
            holding = false;
            for (DatagramPacket packet = held.poll(); packet != null; packet = held.poll()) {
                answer(packet);
            }
        }

        private synchronized void received(DatagramPacket packet) {
            queries.incrementAndGet();
            if (!holding) {
                answer(packet);
                return;
            }
            held.add(packet);
            int names = (int) held.stream().map(p -> name(p.data())).distinct().count();
            mostNamesAtOnce.accumulateAndGet(names, Math::max);
            if (names >= holdUntil) {
                full.countDown();
            }
        }

        private void answer(DatagramPacket packet) {
            Buffer query = packet.data();
            int end = questionEnd(query);
            boolean a = query.getShort(end - 4) == 1;
            boolean missing = name(query).startsWith("missing.");
            Buffer answer = Buffer.buffer()
                    .appendBuffer(query.getBuffer(0, 2))
                    .appendShort((short) (missing ? 0x8183 : 0x8180))
                    .appendShort((short) 1)
                    .appendShort((short) (a && !missing ? 1 : 0))
                    .appendInt(0)
                    .appendBuffer(query.getBuffer(12, end));
            if (a && !missing) {
                answer.appendShort((short) 0xc00c)
                        .appendShort((short) 1)
                        .appendShort((short) 1)
                        .appendInt(300)
                        .appendShort((short) 4)
                        .appendBytes(new byte[] {(byte) 192, 0, 2, 1});
            }
            socket.send(answer, packet.sender().port(), packet.sender().host());
        }

        private static String name(Buffer query) {
            StringBuilder name = new StringBuilder();
            for (int at = 12; query.getByte(at) != 0; at += query.getByte(at) + 1) {
                name.append(query.getString(at + 1, at + 1 + query.getByte(at))).append('.');
            }
            return name.toString();
        }

        private static int questionEnd(Buffer query) {
            int at = 12;
            while (query.getByte(at) != 0) {
                at += query.getByte(at) + 1;
            }
            return at + 5;
        }

        @Override
        public void close() throws Exception {
            await(socket.close());
        }
    }
}
