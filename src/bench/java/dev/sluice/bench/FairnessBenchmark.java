package dev.sluice.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.api.ApiUnderTest;
import dev.sluice.pool.Pool;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

/**
 * What sixteen clients are told over HTTP while a writer kills, revives, moves and changes 2,000 proxies a second and feedback
 * arrives: every strategy, filters, {@code limit=} up to 50, {@code source=}. Every answer is read and looked at.
 *
 * <p>A proxy was handed out after its death when it had died before the request was sent and was still dead when the answer was
 * there. Who died while a request was under way may be in its answer; how long before its end is printed, too. Fails where
 * something died before, came twice, did not match, had an address that is not its own, or was answered with an error.
 *
 * <p>Arguments: seconds (30), proxies (4000).
 */
public final class FairnessBenchmark {
    private static final int CLIENTS = 16;
    private static final int CHANGES_A_SECOND = 2_000;
    private static final int MOST = 50;
    private static final int APPLICATIONS = 4;
    private static final long SEED = 20_260_117;
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> STRATEGIES = List.of(
            "round-robin",
            "least-recently-used",
            "weighted-random",
            "best-reputation",
            "fastest-response",
            "random",
            "fastest-half");

    /** Filters, and what they say in other words. */
    private static final Map<String, Predicate<JsonNode>> FILTERS = Map.of(
            "",
            proxy -> true,
            "&protocol=socks5",
            proxy -> proxy.path("protocol").asText().equals("socks5"),
            "&anonymity=elite",
            proxy -> proxy.path("anonymity").asText().equals("elite"),
            "&country=!DE,!US",
            proxy -> !Set.of("DE", "US").contains(proxy.path("country").asText()),
            "&max_latency_ms=300&tier=2",
            proxy -> proxy.path("latency_ms").asDouble() <= 300.05
                    && proxy.path("tier").asInt() == 2,
            "&min_reputation=70",
            proxy -> proxy.path("reputation").asDouble() >= 69.95);

    private final int seconds;
    private final int size;
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final AtomicBoolean over = new AtomicBoolean();
    /** When each died; 0 while it is alive, or may be. */
    private final AtomicLongArray diedAtNanos;

    private FairnessBenchmark(int seconds, int size) {
        this.seconds = seconds;
        this.size = size;
        this.diedAtNanos = new AtomicLongArray(size + 1);
    }

    /** Runs it and prints a table in Markdown. */
    public static void main(String[] arguments) throws Exception {
        int seconds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 30;
        int size = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 4_000;
        new FairnessBenchmark(seconds, size).run();
    }

    /** What one client saw. */
    private static final class Seen {
        private long requests;
        private long proxies;
        private long reports;
        private long empty;
        private long dead;
        private long duplicates;
        private long mismatches;
        private long foreign;
        private long failures;
        private long latestNanos;
        private final Map<String, Long> faults = new TreeMap<>();

        private void fault(String what) {
            if (faults.size() < 20) {
                faults.merge(what, 1L, Long::sum);
            }
        }

        private void add(Seen other) {
            requests += other.requests;
            proxies += other.proxies;
            reports += other.reports;
            empty += other.empty;
            dead += other.dead;
            duplicates += other.duplicates;
            mismatches += other.mismatches;
            foreign += other.foreign;
            failures += other.failures;
            latestNanos = Math.max(latestNanos, other.latestNanos);
            other.faults.forEach((what, count) -> faults.merge(what, count, Long::sum));
        }

        private boolean clean() {
            return dead + duplicates + mismatches + foreign + failures == 0;
        }
    }

    private void run() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(CLIENTS);
        Seen all = new Seen();
        long changes;
        try (ApiUnderTest api = ApiUnderTest.start(0)) {
            for (int id = 1; id <= size; id++) {
                api.pool().put(Population.proxy(id, 0));
            }
            api.pass(10);
            List<Future<Seen>> clients = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                SplittableRandom random = new SplittableRandom(SEED + i);
                clients.add(threads.submit(() -> ask("http://127.0.0.1:" + api.port(), random)));
            }
            changes = write(api);
            over.set(true);
            for (Future<Seen> client : clients) {
                all.add(client.get(1, TimeUnit.MINUTES));
            }
        } finally {
            over.set(true);
            threads.shutdownNow();
        }
        print(all, changes);
    }

    private void print(Seen all, long changes) {
        System.out.printf(
                "%d clients, %d s, %,d proxies, seed %d, Java %s%n%n",
                CLIENTS, seconds, size, SEED, System.getProperty("java.version"));
        System.out.println("| what | count |");
        System.out.println("|---|---|");
        System.out.printf("| changes, %,d a second | %,d |%n", changes / seconds, changes);
        System.out.printf("| picks | %,d |%n", all.requests);
        System.out.printf("| proxies in the answers | %,d |%n", all.proxies);
        System.out.printf("| feedback reports | %,d |%n", all.reports);
        System.out.printf("| answers without a proxy | %,d |%n", all.empty);
        System.out.printf("| dead before the request was sent | %,d |%n", all.dead);
        System.out.printf("| latest hand-out after a death, at most | %.1f ms |%n", all.latestNanos / 1e6);
        System.out.printf("| twice in an answer | %,d |%n", all.duplicates);
        System.out.printf("| not matching | %,d |%n", all.mismatches);
        System.out.printf("| address of another one | %,d |%n", all.foreign);
        System.out.printf("| errors | %,d |%n", all.failures);
        all.faults.forEach((what, count) -> System.out.println(count + "x " + what));
        if (!all.clean()) {
            throw new IllegalStateException("answers were wrong (expected: none)");
        }
    }

    // The writer.

    private long write(ApiUnderTest api) {
        SplittableRandom random = new SplittableRandom(SEED);
        long begin = System.nanoTime();
        long end = begin + TimeUnit.SECONDS.toNanos(seconds);
        long changes = 0;
        while (System.nanoTime() < end) {
            // In portions of a millisecond or so, as outcomes come.
            while (changes < (System.nanoTime() - begin) / 1e9 * CHANGES_A_SECOND) {
                changes += change(api.pool(), random);
            }
            api.pass(1);
            LockSupport.parkNanos(1_000_000);
        }
        return changes;
    }

    private int change(Pool pool, SplittableRandom random) {
        int id = random.nextInt(1, size + 1);
        if (diedAtNanos.get(id) != 0) {
            revive(pool, id, random);
            return 1;
        }
        switch (random.nextInt(4)) {
            case 0 -> {
                kill(pool, id);
                return 1;
            }
            case 1 -> {
                // Two leave and come back, each to where the other one stood.
                int other = random.nextInt(1, size + 1);
                kill(pool, id);
                kill(pool, other);
                revive(pool, id, random);
                revive(pool, other, random);
                return 4;
            }
            default -> {
                pool.put(Population.proxy(id, random.nextInt(1_000)));
                return 1;
            }
        }
    }

    private void kill(Pool pool, int id) {
        pool.remove(id);
        diedAtNanos.compareAndSet(id, 0, System.nanoTime() | 1);
    }

    private void revive(Pool pool, int id, SplittableRandom random) {
        diedAtNanos.set(id, 0);
        pool.put(Population.proxy(id, random.nextInt(1_000)));
    }

    // The clients.

    private Seen ask(String url, SplittableRandom random) throws Exception {
        Seen seen = new Seen();
        List<String> filters = FILTERS.keySet().stream().sorted().toList();
        long[] deaths = new long[size + 1];
        while (!over.get()) {
            String filter = filters.get(random.nextInt(filters.size()));
            int limit = random.nextBoolean() ? 1 : random.nextInt(1, MOST + 1);
            String target = url + "/get-proxy?format=json&strategy=" + STRATEGIES.get(random.nextInt(STRATEGIES.size()))
                    + filter
                    + (limit == 1 ? "" : "&limit=" + limit)
                    + (random.nextBoolean() ? "&source=app-" + random.nextInt(APPLICATIONS) : "");
            for (int id = 1; id <= size; id++) {
                deaths[id] = diedAtNanos.get(id);
            }
            HttpResponse<String> answer = http.send(
                    HttpRequest.newBuilder(URI.create(target))
                            .header("X-API-Key", ApiUnderTest.KEY)
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            long received = System.nanoTime();
            seen.requests++;
            JsonNode proxies = JSON.readTree(answer.body()).path("proxies");
            if (answer.statusCode() == 404) {
                seen.empty++;
            } else if (answer.statusCode() != 200 || proxies.isEmpty() || proxies.size() > limit) {
                seen.failures++;
                seen.fault(target + " was answered " + answer.statusCode() + " with " + proxies.size() + " proxies");
            }
            look(seen, proxies, FILTERS.get(filter), target, deaths, received);
            if (!proxies.isEmpty() && random.nextInt(3) == 0) {
                report(seen, url, proxies.get(0).path("url").asText(), random);
            }
        }
        return seen;
    }

    private void look(
            Seen seen,
            JsonNode proxies,
            Predicate<JsonNode> matches,
            String target,
            long[] deaths,
            long receivedNanos) {
        Set<Integer> different = new HashSet<>();
        for (JsonNode proxy : proxies) {
            seen.proxies++;
            int id = proxy.path("id").asInt();
            if (!proxy.path("url").asText().equals(Population.key(id).url())) {
                seen.foreign++;
                seen.fault(target + " gave " + proxy);
                continue;
            }
            if (!different.add(id)) {
                seen.duplicates++;
                seen.fault(target + " gave " + id + " twice");
            }
            if (!matches.test(proxy)) {
                seen.mismatches++;
                seen.fault(target + " gave " + proxy);
            }
            long died = diedAtNanos.get(id);
            if (died != 0) {
                seen.latestNanos = Math.max(seen.latestNanos, receivedNanos - died);
                if (died == deaths[id]) {
                    seen.dead++;
                    seen.fault(target + " gave " + id + ", dead for " + (receivedNanos - died) / 1_000_000 + " ms");
                }
            }
        }
    }

    private void report(Seen seen, String url, String proxy, SplittableRandom random) throws Exception {
        String body = "{\"source\":\"app-" + random.nextInt(APPLICATIONS) + "\",\"proxy\":\"" + proxy
                + "\",\"success\":" + (random.nextInt(4) > 0) + '}';
        HttpResponse<String> answer = http.send(
                HttpRequest.newBuilder(URI.create(url + "/feedback"))
                        .header("X-API-Key", ApiUnderTest.KEY)
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        seen.reports++;
        if (answer.statusCode() != 200) {
            seen.failures++;
            seen.fault("/feedback was answered " + answer.statusCode() + ' ' + answer.body());
        }
    }
}
