package dev.sluice.bench;

import dev.sluice.api.JudgeVerticle;
import dev.sluice.check.CheckEngine;
import dev.sluice.check.CheckSetup;
import dev.sluice.check.Judges;
import dev.sluice.config.CheckConfig;
import dev.sluice.config.ConfigLoader;
import dev.sluice.config.JudgeConfig;
import dev.sluice.judge.JudgeSigner;
import dev.sluice.message.CheckOutcome;
import dev.sluice.message.DueProxy;
import dev.sluice.net.SelfSigned;
import dev.sluice.parse.AddressPolicy;
import dev.sluice.parse.Cidr;
import dev.sluice.proxy.CheckKind;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * Judged checks a second through one fast proxy, beside a bare Netty client that sends the same requests by the same proxy and
 * throws the answers away. Rounds alternate, medians are printed.
 *
 * <p>Arguments: none. Needs {@code target/sluice.jar} for the farm.
 */
public final class JudgedBenchmark {
    private static final int ROUNDS = 5;
    private static final int AT_ONCE = 64;
    private static final int REQUESTS = 12_000;

    private final Vertx vertx =
            Vertx.vertx(new VertxOptions().setPreferNativeTransport(true).setEventLoopPoolSize(2));
    private final EventLoopGroup bare = new MultiThreadIoEventLoopGroup(2, EpollIoHandler.newFactory());
    private final JudgeSigner signer = new JudgeSigner("benchmark".getBytes(StandardCharsets.US_ASCII));

    private JudgedBenchmark() {}

    /** Runs it and prints a table in Markdown. */
    public static void main(String[] arguments) throws Exception {
        new JudgedBenchmark().run();
        System.exit(0);
    }

    private void run() throws Exception {
        JudgeVerticle judge = new JudgeVerticle(new JudgeConfig("127.0.0.1:0", null, null), signer, identity());
        vertx.deployVerticle(judge).await(10, TimeUnit.SECONDS);
        System.out.println("| proxy | checks a second | bare client, requests a second | ratio |\n|---|---|---|---|");
        for (String kind : List.of("http-elite", "socks5")) {
            Path folder = Files.createTempDirectory("sluice-judged");
            try (FarmProgram farm = FarmProgram.start(folder, 1, "--mix", kind + "=1")) {
                String line = Files.readAllLines(farm.list()).stream()
                        .filter(entry -> !entry.startsWith("#"))
                        .findFirst()
                        .orElseThrow();
                String address = line.substring(line.indexOf("//") < 0 ? 0 : line.indexOf("//") + 2);
                int colon = address.lastIndexOf(':');
                ProxyKey key = ProxyKey.of(
                        kind.startsWith("socks") ? Scheme.SOCKS5 : Scheme.HTTP,
                        address.substring(0, colon),
                        Integer.parseInt(address.substring(colon + 1)));
                List<Double> ours = new ArrayList<>();
                List<Double> theirs = new ArrayList<>();
                CheckedThrough through = new CheckedThrough(key, judge.port());
                through.round();
                plain(key, judge.port());
                for (int i = 0; i < ROUNDS; i++) {
                    ours.add(through.round());
                    theirs.add(plain(key, judge.port()));
                }
                through.engine.stop().await(10, TimeUnit.SECONDS);
                System.out.printf(
                        Locale.ROOT,
                        "| %s | %,.0f | %,.0f | %.2f |%n",
                        kind,
                        median(ours),
                        median(theirs),
                        median(ours) / median(theirs));
            }
        }
    }

    private static double median(List<Double> values) {
        List<Double> sorted = new ArrayList<>(values);
        Collections.sort(sorted);
        return sorted.get(sorted.size() / 2);
    }

    private static SelfSigned identity() throws Exception {
        Instant now = Instant.now();
        return SelfSigned.create(
                "judge.sluice", InetAddress.getLoopbackAddress(), now.minusSeconds(60), now.plusSeconds(3_600));
    }

    /** Judged checks of one proxy through the whole engine. */
    private final class CheckedThrough {
        private final ProxyKey key;
        private final CheckEngine engine;
        private final LongAdder alive = new LongAdder();
        private final AtomicInteger left = new AtomicInteger();
        private CountDownLatch done = new CountDownLatch(1);

        CheckedThrough(ProxyKey key, int judgePort) throws Exception {
            this.key = key;
            CheckConfig config = ConfigLoader.defaults(
                            "check.mode=full",
                            "check.adaptive=false",
                            "check.concurrency=" + AT_ONCE,
                            "check.rate=1000000",
                            "check.per-address=0",
                            "check.per-network=0",
                            "check.public-judges=[]")
                    .check();
            AddressPolicy loopback = new AddressPolicy(List.of(Cidr.parse("127.0.0.0/8")), false);
            Judges judges = Judges.of(List.of("http://127.0.0.1:" + judgePort), List.of(), null, signer);
            engine = new CheckEngine(
                    vertx,
                    new CheckSetup(
                            config,
                            loopback,
                            judges,
                            host -> Future.failedFuture(new UnknownHostException(host)),
                            new SimpleMeterRegistry()),
                    this::ended,
                    suspended -> {});
            engine.start().await(10, TimeUnit.SECONDS);
        }

        private void ended(List<CheckOutcome> batch) {
            for (CheckOutcome outcome : batch) {
                if (outcome.alive()) {
                    alive.increment();
                }
            }
            if (left.addAndGet(-batch.size()) == 0) {
                done.countDown();
            }
        }

        double round() throws InterruptedException {
            alive.reset();
            left.set(REQUESTS);
            done = new CountDownLatch(1);
            Health health = Health.fresh(0);
            List<DueProxy> due = new ArrayList<>();
            for (int i = 0; i < REQUESTS; i++) {
                due.add(new DueProxy(i, key, health, CheckKind.LIGHT));
            }
            long started = System.nanoTime();
            int offered = 0;
            while (offered < REQUESTS) {
                offered += engine.offer(due.subList(offered, REQUESTS));
            }
            if (!done.await(120, TimeUnit.SECONDS)) {
                throw new IllegalStateException(left.get() + " checks did not end");
            }
            double seconds = (System.nanoTime() - started) / 1e9;
            if (alive.sum() != REQUESTS) {
                throw new IllegalStateException(alive.sum() + " of " + REQUESTS + " checks found it alive");
            }
            return REQUESTS / seconds;
        }
    }

    /** The same requests, and nothing done with the answers. */
    private double plain(ProxyKey key, int judgePort) throws Exception {
        AtomicInteger left = new AtomicInteger(REQUESTS);
        AtomicInteger open = new AtomicInteger(REQUESTS);
        CountDownLatch done = new CountDownLatch(1);
        String target = "http://127.0.0.1:" + judgePort;
        boolean socks = key.scheme() == Scheme.SOCKS5;
        String request = "GET " + (socks ? "" : target) + "/judge?nonce=0123456789abcdef HTTP/1.1\r\nHost: 127.0.0.1:"
                + judgePort
                + "\r\nUser-Agent: Mozilla/5.0 (compatible; Sluice)\r\nAccept: */*\r\nAccept-Encoding: identity\r\n"
                + "Connection: close\r\n\r\n";
        Bootstrap bootstrap = new Bootstrap()
                .group(bare)
                .channel(EpollSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .remoteAddress(new InetSocketAddress(InetAddress.getByName(key.host()), key.port()));
        bootstrap.handler(new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
                channel.pipeline().addLast(new Bare(socks, judgePort, request, () -> {
                    if (open.decrementAndGet() == 0) {
                        done.countDown();
                    } else if (left.getAndDecrement() > 0) {
                        bootstrap.connect();
                    }
                }));
            }
        });
        long started = System.nanoTime();
        for (int i = 0; i < AT_ONCE; i++) {
            left.decrementAndGet();
            bootstrap.connect();
        }
        if (!done.await(120, TimeUnit.SECONDS)) {
            throw new IllegalStateException(open.get() + " requests did not end");
        }
        return REQUESTS / ((System.nanoTime() - started) / 1e9);
    }

    private static final class Bare extends SimpleChannelInboundHandler<ByteBuf> {
        private final boolean socks;
        private final int judgePort;
        private final String request;
        private final Runnable over;
        private int expected;

        Bare(boolean socks, int judgePort, String request, Runnable over) {
            this.socks = socks;
            this.judgePort = judgePort;
            this.request = request;
            this.over = over;
        }

        @Override
        public void channelActive(ChannelHandlerContext context) {
            if (socks) {
                expected = 2;
                context.writeAndFlush(Unpooled.wrappedBuffer(new byte[] {5, 1, 0}));
            } else {
                ask(context);
            }
        }

        private void ask(ChannelHandlerContext context) {
            expected = 0;
            context.writeAndFlush(Unpooled.wrappedBuffer(request.getBytes(StandardCharsets.US_ASCII)));
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, ByteBuf bytes) {
            if (expected == 2) {
                expected = 10;
                context.writeAndFlush(Unpooled.wrappedBuffer(
                        new byte[] {5, 1, 0, 1, 127, 0, 0, 1, (byte) (judgePort >> 8), (byte) judgePort}));
            } else if (expected == 10) {
                ask(context);
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            over.run();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }
    }
}
