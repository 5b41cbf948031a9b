package dev.sluice.bench;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.sluice.api.ApiUnderTest;
import dev.sluice.api.RandomRequestsClient;
import io.netty.util.internal.PlatformDependent;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * A million requests without sense against the API, over several pipelined connections: what was answered, and what the
 * process holds after a tenth of them and after all. A status 500 or a connection that ends without a word fails it.
 *
 * <p>Arguments: number of requests (1000000), seed (random).
 */
public final class RandomRequestsBenchmark {
    private static final int CLIENTS = 8;

    /** Few, so that the time goes into requests, not into long lists. */
    private static final int PROXIES = 20;

    private final List<RandomRequestsClient> clients = new ArrayList<>();
    private final ExecutorService threads = Executors.newFixedThreadPool(CLIENTS);

    private RandomRequestsBenchmark() {}

    /** Runs it. */
    public static void main(String[] arguments) throws Exception {
        long requests = arguments.length > 0 ? Long.parseLong(arguments[0]) : 1_000_000;
        long seed = arguments.length > 1 ? Long.parseLong(arguments[1]) : System.nanoTime();
        new RandomRequestsBenchmark().run(requests, seed);
    }

    private void run(long requests, long seed) throws Exception {
        System.out.printf("%,d requests, seed %d, %d clients, Java %s%n", requests, seed, CLIENTS, Runtime.version());
        try (ApiUnderTest api = ApiUnderTest.start(PROXIES)) {
            SplittableRandom random = new SplittableRandom(seed);
            for (int i = 0; i < CLIENTS; i++) {
                clients.add(new RandomRequestsClient(api.port(), random.split()));
            }
            print("at the start");
            long begin = System.nanoTime();
            send(requests / 10);
            print("after 10 %");
            send(requests - requests / 10);
            double seconds = (System.nanoTime() - begin) / 1e9;
            print("after 100 %");
            System.out.printf("%.0f s, %,.0f requests a second, client included%n", seconds, requests / seconds);
        } finally {
            threads.shutdownNow();
        }
        Map<Integer, Long> statuses = new TreeMap<>();
        long connections = 0;
        for (RandomRequestsClient client : clients) {
            client.statuses().forEach((status, count) -> statuses.merge(status, count, Long::sum));
            connections += client.connections();
        }
        System.out.println("answers by status (0: none, the connection was ended): " + statuses);
        System.out.printf("%,d connections%n", connections);
    }

    private void send(long requests) throws Exception {
        List<Future<?>> running = new ArrayList<>();
        for (RandomRequestsClient client : clients) {
            running.add(threads.submit(() -> {
                client.run(requests / CLIENTS);
                return null;
            }));
        }
        for (Future<?> each : running) {
            each.get();
        }
    }

    private static void print(String when) throws IOException {
        System.gc();
        System.gc();
        long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
        long direct = 0;
        for (BufferPoolMXBean pool : ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class)) {
            direct += pool.getMemoryUsed();
        }
        long open =
                ((UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getOpenFileDescriptorCount();
        System.out.printf(
                "%-12s heap after GC %5.1f MiB, direct %5.1f MiB (Netty %5.1f MiB), descriptors %d, threads %d%n",
                when,
                heap / 1048576.0,
                direct / 1048576.0,
                Math.max(0, PlatformDependent.usedDirectMemory()) / 1048576.0,
                open,
                Thread.activeCount());
    }
}
