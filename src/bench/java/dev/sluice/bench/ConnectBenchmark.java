package dev.sluice.bench;

import com.sun.management.OperatingSystemMXBean;
import dev.sluice.check.CheckEngine;
import dev.sluice.check.CheckSetup;
import dev.sluice.check.Judges;
import dev.sluice.config.CheckConfig;
import dev.sluice.config.ConfigLoader;
import dev.sluice.judge.JudgeSigner;
import dev.sluice.message.CheckOutcome;
import dev.sluice.message.CheckRequest;
import dev.sluice.message.DueProxy;
import dev.sluice.net.Deadlines;
import dev.sluice.net.Lane;
import dev.sluice.net.Lanes;
import dev.sluice.net.ProxyClient;
import dev.sluice.parse.AddressPolicy;
import dev.sluice.parse.Cidr;
import dev.sluice.proxy.CheckKind;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.epoll.LinuxSocket;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringSocketChannel;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/**
 * Connects to 100,000 targets over 127.0.0.0/8, half of them accepting and half refusing, in every way there is: a bare epoll
 * loop in C, bare Netty on epoll, io_uring and NIO, and the lanes of Sluice. All with the same targets, the same number in
 * flight, the same timeout and the same socket options where the transport has them. Rounds alternate, in an order that
 * is shuffled for each; the first warms up and is dropped, medians of the others are printed. On a machine that is busy
 * with other things the columns of CPU time are those to look at.
 *
 * <p>The other side is a process of its own that accepts and closes, on the wildcard address bound to the loopback device.
 * Needs Linux with epoll; without {@code cc} the rows in C are left out, without io_uring its rows. No arguments.
 */
public final class ConnectBenchmark {
    private static final int TARGETS = 100_000;
    private static final int IN_FLIGHT = 512;
    private static final int ROUNDS = 5;
    private static final int TIMEOUT_MILLIS = 5_000;
    private static final int[] LOOPS = {1, 2, 4};
    private static final String BASELINE = "C, epoll, 1 thread";
    private static final IntegerUnixChannelOption SYN_COUNT = new IntegerUnixChannelOption("TCP_SYNCNT", 6, 7);
    private static final OperatingSystemMXBean SYSTEM =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    private final Map<String, Row> rows = new LinkedHashMap<>();
    private final Map<String, List<Result>> results = new LinkedHashMap<>();
    private final List<AutoCloseable> resources = new ArrayList<>();
    private final int accepting;
    private final int refusing;
    private final InetSocketAddress[] addresses = new InetSocketAddress[TARGETS];
    private final ProxyKey[] proxies = new ProxyKey[TARGETS];

    private ConnectBenchmark(int accepting, int refusing) throws UnknownHostException {
        this.accepting = accepting;
        this.refusing = refusing;
        for (int i = 0; i < TARGETS; i++) {
            int bits = 0x7f010001 + i / 2;
            InetAddress address = InetAddress.getByAddress(
                    new byte[] {(byte) (bits >>> 24), (byte) (bits >>> 16), (byte) (bits >>> 8), (byte) bits});
            int port = i % 2 == 0 ? accepting : refusing;
            addresses[i] = new InetSocketAddress(address, port);
            proxies[i] = ProxyKey.of(Scheme.HTTP, address.getHostAddress(), port);
        }
    }

    /** Runs it and prints a table in Markdown. With {@code listen} as its argument, the other side. */
    public static void main(String[] arguments) throws Exception {
        Epoll.ensureAvailability();
        if (arguments.length == 1 && arguments[0].equals("listen")) {
            listen();
            return;
        }
        if (arguments.length != 0) {
            System.err.println("usage: ConnectBenchmark");
            System.exit(2);
        }
        Process listener = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx64m",
                        "-XX:+UseSerialGC",
                        "-classpath",
                        System.getProperty("java.class.path"),
                        ConnectBenchmark.class.getName(),
                        "listen")
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader output =
                new BufferedReader(new InputStreamReader(listener.getInputStream(), StandardCharsets.US_ASCII))) {
            String[] ports = String.valueOf(output.readLine()).split(" ");
            if (ports.length != 2) {
                throw new IOException("the listener said " + Arrays.toString(ports) + " (expected: two ports)");
            }
            new ConnectBenchmark(Integer.parseInt(ports[0]), Integer.parseInt(ports[1])).run();
        } finally {
            listener.destroy();
        }
        System.exit(0);
    }

    /** Accepts and closes until its parent is gone. One port listens, the other is only bound: it refuses. */
    private static void listen() throws IOException {
        LinuxSocket accepting = bound();
        LinuxSocket refusing = bound();
        accepting.listen(4_096);
        System.out.println(accepting.localAddress().getPort() + " "
                + refusing.localAddress().getPort());
        System.out.flush();
        byte[] peer = new byte[32];
        ProcessHandle parent = ProcessHandle.current().parent().orElseThrow();
        while (parent.isAlive()) {
            for (int i = 0; i < 20_000; i++) {
                int accepted = accepting.accept(peer);
                if (accepted >= 0) {
                    new FileDescriptor(accepted).close();
                } else {
                    LockSupport.parkNanos(50_000);
                }
            }
        }
    }

    private static LinuxSocket bound() throws IOException {
        LinuxSocket socket = LinuxSocket.newSocketStream(false);
        socket.setRawOpt(1, 25, ByteBuffer.wrap("lo\0".getBytes(StandardCharsets.US_ASCII))); // SO_BINDTODEVICE
        socket.bind(new InetSocketAddress("0.0.0.0", 0));
        return socket;
    }

    private void run() throws Exception {
        try {
            inC();
            for (int loops : LOOPS) {
                bareNetty("Netty, epoll", loops, EpollIoHandler.newFactory(), EpollSocketChannel::new);
            }
            if (IoUring.isAvailable()) {
                for (int loops : LOOPS) {
                    bareNetty("Netty, io_uring", loops, IoUringIoHandler.newFactory(), IoUringSocketChannel::new);
                }
            } else {
                System.err.println("no rows with io_uring: " + IoUring.unavailabilityCause());
            }
            for (int loops : LOOPS) {
                bareNetty("Netty, NIO", loops, NioIoHandler.newFactory(), NioSocketChannel::new);
            }
            lanes();
            engine();
            List<String> order = new ArrayList<>(rows.keySet());
            for (int round = 0; round <= ROUNDS; round++) {
                Collections.shuffle(order, ThreadLocalRandom.current());
                for (String name : order) {
                    Result result = rows.get(name).run();
                    System.err.printf("%d %-36s %s%n", round, name, result);
                    if (round > 0) {
                        results.computeIfAbsent(name, key -> new ArrayList<>()).add(result);
                    }
                }
            }
            print();
        } finally {
            for (AutoCloseable resource : resources) {
                resource.close();
            }
        }
    }

    /** Requests in, outcomes out, at no rate of its own; with the guard, refusals wait for an anchor as well. */
    private void engine() throws Exception {
        Vertx vertx =
                Vertx.vertx(new VertxOptions().setPreferNativeTransport(true).setEventLoopPoolSize(2));
        List<DueProxy> due = new ArrayList<>(TARGETS);
        Health health = Health.fresh(0);
        for (int i = 0; i < TARGETS; i++) {
            due.add(new DueProxy(i, proxies[i], health, CheckKind.CONNECT));
        }
        String lanes = Runtime.getRuntime().availableProcessors() + " lanes";
        for (boolean guarded : new boolean[] {false, true}) {
            CheckConfig config = ConfigLoader.defaults(
                            "check.mode=connect",
                            "check.adaptive=false",
                            "check.rate=1000000",
                            "check.concurrency=" + IN_FLIGHT,
                            "check.per-address=0",
                            "check.per-network=0",
                            "check.public-judges=[]",
                            "check.outage-guard=" + guarded,
                            "check.anchors=127.0.0.1:" + accepting)
                    .check();
            AtomicReference<Run> current = new AtomicReference<>();
            CheckEngine engine = new CheckEngine(
                    vertx,
                    new CheckSetup(
                            config,
                            new AddressPolicy(List.of(Cidr.parse("127.0.0.0/8")), false),
                            Judges.of(List.of(), List.of(), null, JudgeSigner.random(new Random(1))),
                            host -> Future.failedFuture(new UnknownHostException(host)),
                            new SimpleMeterRegistry()),
                    outcomes -> count(outcomes, current.get()),
                    suspended -> {});
            engine.start().await(10, TimeUnit.SECONDS);
            resources.add(() -> engine.stop().await(10, TimeUnit.SECONDS));
            rows.put("Sluice, whole engine" + (guarded ? ", guarded" : "") + ", " + lanes, () -> {
                Run run = new Run();
                current.set(run);
                for (int offered = 0; offered < TARGETS; ) {
                    offered += engine.offer(due.subList(offered, Math.min(TARGETS, offered + CheckRequest.MAX_BATCH)));
                }
                return run.await();
            });
        }
        resources.add(() -> vertx.close().await(10, TimeUnit.SECONDS));
    }

    private static void count(List<CheckOutcome> outcomes, Run run) {
        for (CheckOutcome outcome : outcomes) {
            (outcome.alive() ? run.opened : outcome.reason() == FailureReason.REFUSED ? run.refused : run.other)
                    .incrementAndGet();
            run.left.countDown();
        }
    }

    private void inC() throws Exception {
        Path folder = Files.createTempDirectory("sluice-bench");
        Path program = folder.resolve("connect");
        resources.add(() -> {
            Files.deleteIfExists(program);
            Files.deleteIfExists(folder);
        });
        Path source = Path.of("src/bench/c/connect.c").toAbsolutePath();
        try {
            int status = new ProcessBuilder("cc", "-O2", "-o", program.toString(), source.toString())
                    .inheritIO()
                    .start()
                    .waitFor();
            if (status != 0) {
                throw new IOException("cc: exit " + status);
            }
        } catch (IOException e) {
            System.err.println("no rows in C: " + e.getMessage());
            return;
        }
        rows.put(BASELINE, () -> inC(program, false));
        rows.put("C, epoll, 1 thread, sockets reused", () -> inC(program, true));
    }

    private Result inC(Path program, boolean reuse) throws Exception {
        Process process = new ProcessBuilder(
                        program.toString(),
                        String.valueOf(TARGETS),
                        String.valueOf(IN_FLIGHT),
                        String.valueOf(accepting),
                        String.valueOf(refusing),
                        String.valueOf(TIMEOUT_MILLIS),
                        reuse ? "1" : "0")
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String line = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
        if (process.waitFor() != 0) {
            throw new IOException("connect.c: exit " + process.exitValue());
        }
        String[] words = line.split(" ");
        return new Result(
                Double.parseDouble(words[0]),
                Double.parseDouble(words[1]),
                Integer.parseInt(words[2]),
                Integer.parseInt(words[3]),
                Integer.parseInt(words[4]));
    }

    private void bareNetty(String name, int loops, IoHandlerFactory factory, Supplier<? extends Channel> channels) {
        MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(loops, factory);
        resources.add(() -> group.shutdownGracefully(0, 1, TimeUnit.SECONDS).await(5, TimeUnit.SECONDS));
        List<Bootstrap> bootstraps = new ArrayList<>();
        for (int i = 0; i < loops; i++) {
            Bootstrap bootstrap = new Bootstrap()
                    .group(group.next())
                    .channelFactory(channels::get)
                    .disableResolver()
                    .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, TIMEOUT_MILLIS)
                    .option(ChannelOption.AUTO_READ, false)
                    .handler(new Idle());
            if (!name.endsWith("NIO")) {
                bootstrap.option(SYN_COUNT, 2);
            }
            bootstraps.add(bootstrap);
        }
        rows.put(name + ", " + loops(loops), () -> {
            Run run = new Run();
            for (Bootstrap bootstrap : bootstraps) {
                EventLoop loop = (EventLoop) bootstrap.config().group();
                loop.execute(() -> {
                    for (int i = 0; i < IN_FLIGHT / loops; i++) {
                        next(bootstrap, run);
                    }
                });
            }
            return run.await();
        });
    }

    private void next(Bootstrap bootstrap, Run run) {
        int target = run.next.getAndIncrement();
        if (target < TARGETS) {
            bootstrap.connect(addresses[target]).addListener((ChannelFuture done) -> {
                if (done.isSuccess()) {
                    done.channel().config().setOption(ChannelOption.SO_LINGER, 0);
                    done.channel().close();
                    run.opened.incrementAndGet();
                } else if (done.cause() instanceof ConnectException refused
                        && String.valueOf(refused.getMessage()).contains("refused")) {
                    run.refused.incrementAndGet();
                } else {
                    run.other.incrementAndGet();
                }
                run.left.countDown();
                next(bootstrap, run);
            });
        }
    }

    private void lanes() {
        Vertx vertx = Vertx.vertx(
                new VertxOptions().setPreferNativeTransport(true).setEventLoopPoolSize(LOOPS[LOOPS.length - 1]));
        Duration timeout = Duration.ofMillis(TIMEOUT_MILLIS);
        for (int count : LOOPS) {
            List<Lane> lanes = Lanes.of(vertx, count);
            ProxyClient client = new ProxyClient(
                    vertx,
                    host -> Future.failedFuture(new UnknownHostException(host)),
                    new AddressPolicy(List.of(Cidr.parse("127.0.0.0/8")), false),
                    new Deadlines(timeout, timeout, timeout, timeout),
                    1_024);
            resources.add(() -> client.close().await(10, TimeUnit.SECONDS));
            rows.put("Sluice, epoll, " + count + (count == 1 ? " lane" : " lanes"), () -> {
                Run run = new Run();
                for (Lane lane : lanes) {
                    lane.execute(() -> {
                        for (int i = 0; i < IN_FLIGHT / count; i++) {
                            next(client, lane, run);
                        }
                    });
                }
                return run.await();
            });
        }
        resources.add(() -> vertx.close().await(10, TimeUnit.SECONDS));
    }

    private void next(ProxyClient client, Lane lane, Run run) {
        int target = run.next.getAndIncrement();
        if (target < TARGETS) {
            client.connect(lane, proxies[target], (reason, nanos) -> {
                (reason == FailureReason.NONE ? run.opened : reason == FailureReason.REFUSED ? run.refused : run.other)
                        .incrementAndGet();
                run.left.countDown();
                next(client, lane, run);
            });
        }
    }

    private void print() {
        System.out.printf(
                "%d targets, %d in flight, median of %d alternating runs; %d cores, Linux %s, Java %s%n%n",
                TARGETS,
                IN_FLIGHT,
                ROUNDS,
                Runtime.getRuntime().availableProcessors(),
                System.getProperty("os.version"),
                System.getProperty("java.version"));
        System.out.println(
                "| what | connects/s | to C | to Netty, epoll | CPU µs a connect | connects/CPU s to C | to Netty, epoll |");
        System.out.println("|---|---|---|---|---|---|---|");
        results.forEach((name, all) -> {
            String netty = "Netty, epoll, " + loopsIn(name);
            double rate = TARGETS / median(name, Result::seconds);
            double cpuRate = TARGETS / median(name, Result::cpuSeconds);
            System.out.printf(
                    "| %s | %,.0f | %s | %s | %.1f | %s | %s |%n",
                    name,
                    rate,
                    ratio(rate, median(BASELINE, Result::seconds)),
                    ratio(rate, median(netty, Result::seconds)),
                    1e6 / cpuRate,
                    ratio(cpuRate, median(BASELINE, Result::cpuSeconds)),
                    ratio(cpuRate, median(netty, Result::cpuSeconds)));
        });
    }

    private static String loopsIn(String name) {
        for (int loops : LOOPS) {
            if (name.contains(", " + loops + " l")) {
                return loops(loops);
            }
        }
        return loops(1);
    }

    private static String loops(int loops) {
        return loops + (loops == 1 ? " loop" : " loops");
    }

    /** Not a number when nothing of that name ran. */
    private double median(String name, ToDoubleFunction<Result> value) {
        double[] values = results.getOrDefault(name, List.of()).stream()
                .mapToDouble(value)
                .sorted()
                .toArray();
        return values.length == 0 ? Double.NaN : values[values.length / 2];
    }

    private static String ratio(double rate, double baselineSeconds) {
        return Double.isNaN(baselineSeconds) ? "" : String.format("%.2f", rate * baselineSeconds / TARGETS);
    }

    @FunctionalInterface
    private interface Row {
        Result run() throws Exception;
    }

    private record Result(double seconds, double cpuSeconds, int opened, int refused, int other) {
        Result {
            if (opened != TARGETS / 2 || refused != TARGETS / 2) {
                System.err.printf(
                        "opened %d, refused %d, other %d (expected: %d each, 0 other)%n",
                        opened, refused, other, TARGETS / 2);
            }
        }

        @Override
        public String toString() {
            return String.format("%.2f s, CPU %.2f s", seconds, cpuSeconds);
        }
    }

    /** One run under way. */
    private static final class Run {
        private final AtomicInteger next = new AtomicInteger();
        private final AtomicInteger opened = new AtomicInteger();
        private final AtomicInteger refused = new AtomicInteger();
        private final AtomicInteger other = new AtomicInteger();
        private final CountDownLatch left = new CountDownLatch(TARGETS);
        private final long startCpuNanos = SYSTEM.getProcessCpuTime();
        private final long startNanos = System.nanoTime();

        Result await() throws InterruptedException {
            if (!left.await(5, TimeUnit.MINUTES)) {
                throw new IllegalStateException(left.getCount() + " connects not ended after 5 minutes");
            }
            double seconds = (System.nanoTime() - startNanos) / 1e9;
            double cpuSeconds = (SYSTEM.getProcessCpuTime() - startCpuNanos) / 1e9;
            return new Result(seconds, cpuSeconds, opened.get(), refused.get(), other.get());
        }
    }

    /** Nothing to do once connected. */
    @Sharable
    private static final class Idle extends ChannelInboundHandlerAdapter {}
}
