package dev.sluice.geo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.config.GeoConfig;
import dev.sluice.config.GeoNetworkConfig;
import dev.sluice.geo.mmdb.TestDatabases;
import dev.sluice.geo.mmdb.TinyMmdb;
import dev.sluice.net.GuardedHttp;
import dev.sluice.net.Names;
import dev.sluice.parse.AddressPolicy;
import dev.sluice.parse.Cidr;
import dev.sluice.port.GeoCache;
import dev.sluice.port.Locator;
import dev.sluice.proxy.Location;
import dev.sluice.proxy.NetworkType;
import dev.sluice.proxy.Secret;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.junit5.VertxExtension;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(VertxExtension.class)
class GeoVerticleTest {
    /** Public by its form, and in no database: nobody was given it. */
    private static final String NOWHERE = "3e00::1";

    private static final Location JAPAN = new Location("AS", "JP", "Tokyo", 64500, "Example", "web");
    private static final String ANSWER =
            "{\"countryCode\":\"JP\",\"city\":\"Tokyo\",\"as\":\"AS64500 Example\",\"unknown\":[1]}";

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final List<HttpServerRequest> requests = new CopyOnWriteArrayList<>();
    private final AtomicLong nowMillis =
            new AtomicLong(Instant.parse("2026-11-21T12:00:00Z").toEpochMilli());
    private Vertx vertx;
    private GuardedHttp http;
    private @Nullable Geo geo;

    @TempDir
    private Path folder = Path.of(".");

    @BeforeEach
    void build(Vertx injected) {
        vertx = injected;
        http = new GuardedHttp(
                vertx, new Names(vertx, List.of(), 1), new AddressPolicy(List.of(Cidr.parse("127.0.0.0/8")), false));
    }

    @AfterEach
    void close() throws Exception {
        Geo opened = geo;
        if (opened != null) {
            await(opened.close());
        }
        await(http.close());
    }

    private Geo open(GeoConfig config) throws Exception {
        return open(config, null);
    }

    private Geo open(GeoConfig config, @Nullable GeoCache cache) throws Exception {
        Geo opened = await(
                Geo.open(vertx, config, folder, http, cache, meters, () -> Instant.ofEpochMilli(nowMillis.get()), 1));
        geo = opened;
        return opened;
    }

    @Test
    void theDatabaseThatComesWithTheProgramAnswersAtOnce() throws Exception {
        Geo geo = open(GeoConfigs.files());

        assertThat(geo.locate("8.8.8.8")).isEqualTo(new Location("NA", "US", null, 0, null, "country"));
        assertThat(geo.locate("::ffff:8.8.8.8")).isEqualTo(geo.locate("8.8.8.8"));
        assertThat(geo.locate("2a00:1450:4001:80b::200e").country()).isNotNull();
        assertThat(geo.databases()).singleElement().satisfies(database -> {
            assertThat(database.name()).isEqualTo("built-in");
            assertThat(database.type()).isEqualTo("country ipvAll");
            assertThat(database.ipVersion()).isEqualTo(6);
            assertThat(database.attribution()).isEqualTo("IP Geolocation by DB-IP, https://db-ip.com");
            assertThat(database.problem()).isNull();
        });
    }

    @Test
    void whatIsNoPublicAddressIsNowhere() throws Exception {
        Geo geo = open(GeoConfigs.files());
        for (String address : new String[] {
            "10.0.0.1",
            "192.168.1.1",
            "127.0.0.1",
            "::1",
            "fe80::1",
            "224.0.0.1",
            "localhost",
            "example.com",
            "",
            "8.8.8",
            "08.8.8.8",
            "8.8.8.8:80",
            "x".repeat(100_000),
            NOWHERE
        }) {
            assertThat(geo.locate(address))
                    .as(address.length() > 50 ? "a long text" : address)
                    .isEqualTo(Location.UNKNOWN);
            assertThat(await(geo.ask(address))).isEqualTo(Location.UNKNOWN);
        }
    }

    @Test
    void theOperatorsOwnNetworksComeFirstAndTheSmallestCounts() throws Exception {
        Geo geo = open(GeoConfigs.networks(
                new GeoNetworkConfig(Cidr.parse("8.0.0.0/8"), "FR", "Paris", 0, null, null),
                new GeoNetworkConfig(Cidr.parse("8.8.8.0/24"), "JP", null, 64500, "Ours", NetworkType.RESIDENTIAL),
                new GeoNetworkConfig(Cidr.parse("8.8.9.0/24"), null, null, 0, null, NetworkType.MOBILE),
                new GeoNetworkConfig(Cidr.parse("10.0.0.0/8"), "DE", null, 0, null, null),
                new GeoNetworkConfig(Cidr.parse("3e00::/16"), "BR", null, 0, null, null),
                new GeoNetworkConfig(Cidr.parse("3e00:0:0:1:8000::/65"), "PE", null, 0, null, null)));

        assertThat(geo.locate("8.1.1.1")).isEqualTo(new Location("EU", "FR", "Paris", 0, null, "table"));
        assertThat(geo.locate("8.8.8.8"))
                .isEqualTo(new Location("AS", "JP", null, 64500, "Ours", NetworkType.RESIDENTIAL, "table"));
        assertThat(geo.locate("8.8.9.1"))
                .as("what it leaves open databases fill")
                .isEqualTo(new Location("NA", "US", null, 0, null, NetworkType.MOBILE, "country"));
        assertThat(geo.locate("10.9.9.9").country())
                .as("private addresses may be in it")
                .isEqualTo("DE");
        assertThat(geo.locate("3e00::1").country()).isEqualTo("BR");
        assertThat(geo.locate("3e00:0:0:1:8000::1").country()).isEqualTo("PE");
        assertThat(geo.locate("3e00:0:0:1:7fff::1").country()).isEqualTo("BR");
    }

    @Test
    void databasesAreMergedInTheirOrder() throws Exception {
        Path city = copy("GeoIP2-City-Test.mmdb");
        Path system = copy("GeoLite2-ASN-Test.mmdb");
        Path connection = copy("GeoIP2-Connection-Type-Test.mmdb");
        Geo geo = open(GeoConfigs.files(system, connection, city));

        assertThat(geo.locate("81.2.69.142").city()).isEqualTo("London");
        assertThat(geo.locate("81.2.69.142").origin()).isEqualTo("city");
        Location google = geo.locate("1.0.0.1");
        assertThat(google.asn()).isEqualTo(15169);
        assertThat(google.organisation()).isEqualTo("Google Inc.");
        assertThat(google.type()).isEqualTo(NetworkType.RESIDENTIAL);
        assertThat(google.country()).isEqualTo("AU");
        assertThat(google.origin()).isEqualTo("country");
        assertThat(geo.databases())
                .extracting(Locator.Database::name)
                .containsExactly(
                        "GeoLite2-ASN-Test.mmdb",
                        "GeoIP2-Connection-Type-Test.mmdb",
                        "GeoIP2-City-Test.mmdb",
                        "built-in");
    }

    private Path copy(String name) throws Exception {
        return Files.write(folder.resolve(name), TestDatabases.bytes(name));
    }

    @Test
    void answersThatAreWantedAgainAreKeptUntilADatabaseChanges() throws Exception {
        Path file = Files.write(folder.resolve("own.mmdb"), TinyMmdb.everywhere("DE"));
        Geo geo = open(GeoConfigs.files(file));

        for (int i = 0; i < 3; i++) {
            assertThat(geo.locate("8.8.8.8").country()).isEqualTo("DE");
            assertThat(geo.locate(NOWHERE)).isEqualTo(Location.UNKNOWN);
        }
        geo.locate("not an address");
        assertThat(geo.figures()).isEqualTo(new Locator.Figures(2, 4, 2, 0, 0));
        assertThat(meters.get("sluice.geo.lookups")
                        .tag("result", "hit")
                        .functionCounter()
                        .count())
                .isEqualTo(2);
        assertThat(meters.get("sluice.geo.lookups")
                        .tag("result", "miss")
                        .functionCounter()
                        .count())
                .isEqualTo(4);
        assertThat(meters.get("sluice.geo.cache.entries").gauge().value()).isEqualTo(2);
        assertThat(meters.get("sluice.geo.databases").gauge().value()).isEqualTo(2);

        replace(file, "FR");
        // The watch may have been faster.
        assertThat(await(geo.reload())).isSubsetOf("own.mmdb");
        assertThat(geo.locate("8.8.8.8").country()).isEqualTo("FR");
        assertThat(await(geo.reload())).as("nothing has changed since").isEmpty();
    }

    private void replace(Path file, String country) throws Exception {
        Path fresh = Files.write(folder.resolve("fresh"), TinyMmdb.everywhere(country));
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    }

    @Test
    void withoutACacheEveryLookUpAsksTheDatabases() throws Exception {
        Geo geo = open(GeoConfigs.uncached());

        assertThat(geo.locate("8.8.8.8")).isEqualTo(geo.locate("8.8.8.8"));
        assertThat(geo.figures()).isEqualTo(new Locator.Figures(0, 2, 0, 0, 0));
    }

    @Test
    void filesThatAreMissingOrChangeArePickedUpByTheWatch() throws Exception {
        Path file = folder.resolve("late.mmdb");
        Geo geo = open(GeoConfigs.files(file));
        assertThat(geo.problems()).singleElement().asString().startsWith("late.mmdb: ");
        assertThat(geo.locate("8.8.8.8").country()).isEqualTo("US");

        replace(file, "DE");
        until(() -> "DE".equals(geo.locate("8.8.8.8").country()));
        assertThat(geo.problems()).isEmpty();
        replace(file, "FR");
        until(() -> "FR".equals(geo.locate("8.8.8.8").country()));
        Files.writeString(file, "this is no database");
        until(() -> !geo.problems().isEmpty());
        assertThat(geo.locate("8.8.8.8").country()).isEqualTo("FR");
        assertThat(geo.databases().get(0).problem()).startsWith("late.mmdb: ");
    }

    private static void until(BooleanSupplier happened) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!happened.getAsBoolean()) {
            assertThat(System.nanoTime()).as("waited for 30 s").isLessThan(deadline);
            Thread.yield();
        }
    }

    @Test
    void whileDatabasesChangeNoLookUpIsWrongOrMissing() throws Exception {
        Path file = Files.write(folder.resolve("own.mmdb"), TinyMmdb.everywhere("DE"));
        Geo geo = open(GeoConfigs.files(file));
        AtomicBoolean running = new AtomicBoolean(true);
        AtomicReference<String> wrong = new AtomicReference<>();
        AtomicLong lookUps = new AtomicLong();
        ExecutorService threads = Executors.newFixedThreadPool(4);
        for (int thread = 0; thread < 4; thread++) {
            int own = thread;
            threads.execute(() -> {
                int i = 0;
                while (running.get()) {
                    String address = "20." + own + '.' + (i >> 8 & 0xff) + '.' + (i++ & 0xff);
                    String country = geo.locate(address).country();
                    if (!"DE".equals(country) && !"FR".equals(country)) {
                        wrong.set(address + ": " + country);
                    }
                    lookUps.incrementAndGet();
                }
            });
        }
        try {
            for (int round = 0; round < 20; round++) {
                long before = lookUps.get();
                until(() -> lookUps.get() > before + 100);
                String country = round % 2 == 0 ? "FR" : "DE";
                replace(file, country);
                await(geo.reload());
                until(() -> lookUps.get() > before + 1_000);
                assertThat(geo.locate("21.0.0." + round).country()).isEqualTo(country);
            }
        } finally {
            running.set(false);
            threads.shutdown();
        }
        assertThat(threads.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
        assertThat(wrong).hasNullValue();
    }

    // ---- the web service

    private String serve(Consumer<HttpServerRequest> handler) throws Exception {
        HttpServer server = vertx.createHttpServer().requestHandler(request -> {
            requests.add(request);
            handler.accept(request);
        });
        return "http://127.0.0.1:" + await(server.listen(0, "127.0.0.1")).actualPort() + "/locate/{address}";
    }

    private Geo asking(String template, int attempts) throws Exception {
        return open(GeoConfigs.web(template, null, attempts, 1_000));
    }

    @Test
    void theWebServiceIsAskedForWhatNobodyKnows() throws Exception {
        String template = serve(request -> request.response().end(ANSWER));
        Geo geo = open(GeoConfigs.web(template, Secret.of("k3y"), 3, 1_000));

        assertThat(await(geo.ask(NOWHERE))).isEqualTo(JAPAN);
        assertThat(geo.locate(NOWHERE)).as("locate never asks it").isEqualTo(Location.UNKNOWN);
        assertThat(await(geo.ask("8.8.8.8")).origin()).isEqualTo("country");
        assertThat(await(geo.ask("10.0.0.1"))).isEqualTo(Location.UNKNOWN);
        assertThat(await(geo.ask("proxy.example.com"))).isEqualTo(Location.UNKNOWN);

        assertThat(requests).hasSize(1);
        assertThat(requests.get(0).uri()).isEqualTo("/locate/3e00%3A%3A1");
        assertThat(requests.get(0).getHeader("authorization")).isEqualTo("Bearer k3y");
        assertThat(geo.figures().asked()).isEqualTo(1);
    }

    @Test
    void whoAsksForTheSameAddressSharesTheAnswer() throws Exception {
        List<HttpServerRequest> held = new CopyOnWriteArrayList<>();
        Geo geo = asking(serve(held::add), 1);

        Future<Location> first = geo.ask(NOWHERE);
        Future<Location> second = geo.ask("3e00:0:0:0:0:0:0:1");
        until(() -> !held.isEmpty());
        held.get(0).response().end(ANSWER);

        assertThat(await(first)).isEqualTo(JAPAN).isEqualTo(await(second));
        assertThat(held).hasSize(1);
    }

    @Test
    void answersAreKeptAlsoThatThereWasNone() throws Exception {
        String template = serve(request -> {
            if (request.path().endsWith("1")) {
                request.response().end(ANSWER);
            } else {
                request.response().setStatusCode(404).end();
            }
        });
        Kept cache = new Kept();
        Geo geo = open(GeoConfigs.web(template, null, 3, 1_000), cache);

        for (int i = 0; i < 2; i++) {
            assertThat(await(geo.ask(NOWHERE))).isEqualTo(JAPAN);
            assertThat(await(geo.ask("3e00::2"))).isEqualTo(Location.UNKNOWN);
        }
        assertThat(requests).hasSize(2);
        assertThat(cache.lives.get(NOWHERE)).isEqualTo(TimeUnit.DAYS.toMillis(7));
        assertThat(cache.lives.get("3e00::2")).isEqualTo(TimeUnit.DAYS.toMillis(1));

        nowMillis.addAndGet(TimeUnit.DAYS.toMillis(2));
        await(geo.ask(NOWHERE));
        await(geo.ask("3e00::2"));
        assertThat(requests).as("only what has expired is asked again").hasSize(3);
    }

    @Test
    void aStoreThatFailsCostsNoAnswer() throws Exception {
        Kept cache = new Kept();
        cache.failing = true;
        Geo geo = open(GeoConfigs.web(serve(request -> request.response().end(ANSWER)), null, 3, 1_000), cache);

        assertThat(await(geo.ask(NOWHERE))).isEqualTo(JAPAN);
    }

    @Test
    void aPassingFailureIsTriedAgain() throws Exception {
        Geo geo = asking(
                serve(request -> {
                    if (requests.size() < 3) {
                        request.response().setStatusCode(500).end();
                    } else {
                        request.response().end(ANSWER);
                    }
                }),
                3);

        assertThat(await(geo.ask(NOWHERE))).isEqualTo(JAPAN);
        assertThat(requests).hasSize(3);
    }

    @Test
    void afterFailuresInARowTheServiceIsLeftAlone() throws Exception {
        AtomicBoolean well = new AtomicBoolean();
        Geo geo = asking(
                serve(request -> {
                    request.response().setStatusCode(well.get() ? 200 : 503).end(ANSWER);
                }),
                2);

        for (int i = 1; i <= 8; i++) {
            assertThat(await(geo.ask("3e00::" + i))).isEqualTo(Location.UNKNOWN);
        }
        assertThat(requests).as("five times two tries").hasSize(10);
        assertThat(geo.figures().refused()).isEqualTo(3);

        nowMillis.addAndGet(31_000);
        await(geo.ask(NOWHERE));
        assertThat(requests).as("one request tries whether it is back").hasSize(11);
        nowMillis.addAndGet(31_000);
        await(geo.ask(NOWHERE));
        assertThat(requests).as("it was not, and rests longer").hasSize(11);
        nowMillis.addAndGet(60_000);
        well.set(true);
        assertThat(await(geo.ask(NOWHERE))).isEqualTo(JAPAN);
        assertThat(await(geo.ask("3e00::2")).country()).isEqualTo("JP");
    }

    @Test
    void aServiceThatIsBusyIsAskedAgainWhenItSaid() throws Exception {
        AtomicBoolean busy = new AtomicBoolean(true);
        Geo geo = asking(
                serve(request -> {
                    if (busy.get()) {
                        request.response()
                                .setStatusCode(429)
                                .putHeader("retry-after", "120")
                                .end();
                    } else {
                        request.response().end(ANSWER);
                    }
                }),
                3);

        assertThat(await(geo.ask(NOWHERE))).isEqualTo(Location.UNKNOWN);
        busy.set(false);
        nowMillis.addAndGet(119_000);
        assertThat(await(geo.ask(NOWHERE))).isEqualTo(Location.UNKNOWN);
        assertThat(requests).hasSize(1);
        nowMillis.addAndGet(1_001);
        assertThat(await(geo.ask(NOWHERE))).isEqualTo(JAPAN);
    }

    @Test
    void theBudgetIsNotExceeded() throws Exception {
        Geo geo = open(GeoConfigs.web(serve(request -> request.response().end(ANSWER)), null, 3, 4));

        List<Future<Location>> asked = new ArrayList<>();
        for (int i = 1; i <= 10; i++) {
            asked.add(geo.ask("3e00::" + i));
        }
        int answered = 0;
        for (Future<Location> future : asked) {
            answered += await(future).country() == null ? 0 : 1;
        }
        assertThat(answered).isEqualTo(4);
        assertThat(requests).hasSize(4);
        assertThat(geo.figures().refused()).isEqualTo(6);

        nowMillis.addAndGet(60_000);
        assertThat(await(geo.ask("3e00::9")).country()).isEqualTo("JP");
    }

    @Test
    void whatIsNoAnswerIsNone() throws Exception {
        List<String> bodies = List.of(
                "<html>", "[]", "\"JP\"", "{", "", "{\"error\":true,\"reason\":\"limit\"}", "x".repeat(100_000));
        AtomicLong turn = new AtomicLong();
        Geo geo = asking(
                serve(request -> request.response().end(bodies.get((int) turn.getAndIncrement() % bodies.size()))), 3);

        for (int i = 0; i < bodies.size(); i++) {
            nowMillis.addAndGet(TimeUnit.HOURS.toMillis(1));
            assertThat(await(geo.ask(NOWHERE))).as(bodies.get(i)).isEqualTo(Location.UNKNOWN);
        }
        assertThat(requests).as("nonsense is not asked for again").hasSize(bodies.size());
    }

    @Test
    void anAddressThatMayNotBeDialledIsNotAsked() throws Exception {
        GuardedHttp strict = new GuardedHttp(vertx, new Names(vertx, List.of(), 1), AddressPolicy.PUBLIC);
        String template = serve(request -> request.response().end(ANSWER));
        Geo geo = await(Geo.open(
                vertx, GeoConfigs.web(template, null, 3, 100), folder, strict, null, new SimpleMeterRegistry()));

        assertThat(await(geo.ask(NOWHERE))).isEqualTo(Location.UNKNOWN);
        assertThat(requests).isEmpty();
        await(geo.close());
        await(strict.close());
    }

    @Test
    void aSlowServiceIsNotWaitedForLongerThanConfigured() throws Exception {
        Geo geo = asking(serve(request -> {}), 1);

        assertThat(await(geo.ask(NOWHERE))).isEqualTo(Location.UNKNOWN);
        assertThat(requests).hasSize(1);
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    /** A cache in memory. */
    private static final class Kept implements GeoCache {
        final Map<String, Long> lives = new ConcurrentHashMap<>();
        private final Map<String, Location> answers = new ConcurrentHashMap<>();
        private final Map<String, Long> expiry = new ConcurrentHashMap<>();
        volatile boolean failing;

        @Override
        public Future<Map<String, Location>> get(Collection<String> addresses, long nowMillis) {
            if (failing) {
                return Future.failedFuture("the database is down");
            }
            Map<String, Location> found = new HashMap<>();
            for (String address : addresses) {
                Location answer = answers.get(address);
                if (answer != null && expiry.getOrDefault(address, 0L) > nowMillis) {
                    found.put(address, answer);
                }
            }
            return Future.succeededFuture(found);
        }

        @Override
        public Future<Void> put(Map<String, Location> fresh, long nowMillis, long expiresAtMillis) {
            if (failing) {
                return Future.failedFuture("the database is down");
            }
            answers.putAll(fresh);
            fresh.keySet().forEach(address -> {
                expiry.put(address, expiresAtMillis);
                lives.put(address, expiresAtMillis - nowMillis);
            });
            return Future.succeededFuture();
        }

        @Override
        public Future<Stats> stats(long nowMillis) {
            return Future.succeededFuture(new Stats(answers.size(), 0, 0, 0));
        }

        @Override
        public Future<Integer> expire(long nowMillis, int limit) {
            return Future.succeededFuture(0);
        }
    }
}
