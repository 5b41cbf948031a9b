package dev.sluice.api;

import static dev.sluice.pool.Entries.NOW;

import dev.sluice.bus.Bus;
import dev.sluice.cadence.CheckPolicy;
import dev.sluice.cadence.Demand;
import dev.sluice.cadence.Preset;
import dev.sluice.config.ByteSize;
import dev.sluice.config.EncryptionConfig;
import dev.sluice.config.SecurityConfig;
import dev.sluice.config.ServerConfig;
import dev.sluice.pool.FeedbackBook;
import dev.sluice.pool.Pool;
import dev.sluice.pool.Strategy;
import dev.sluice.pool.StrategyInForce;
import dev.sluice.port.Census;
import dev.sluice.port.Checking;
import dev.sluice.port.ConfigInForce;
import dev.sluice.port.GeoCache;
import dev.sluice.port.Instance;
import dev.sluice.port.KeyRecord;
import dev.sluice.port.KeyRecord.Role;
import dev.sluice.port.ProxyHistory;
import dev.sluice.port.Readiness;
import dev.sluice.port.Reload;
import dev.sluice.port.Resources;
import dev.sluice.port.SourceFigures;
import dev.sluice.port.Sources;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Secret;
import dev.sluice.proxy.StoredProxy;
import dev.sluice.proxy.Tier;
import dev.sluice.proxy.TierReason;
import dev.sluice.secret.ApiKeys;
import dev.sluice.secret.MemoryKeyRecords;
import dev.sluice.secret.NewKey;
import dev.sluice.secret.Peppers;
import dev.sluice.secret.RequestLimits;
import dev.sluice.store.MemoryHistory;
import dev.sluice.store.MemoryProxyStore;
import dev.sluice.store.ProxyQuery;
import dev.sluice.store.ProxySearch;
import dev.sluice.telemetry.Telemetry;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/** Everything around the API, played: what it asks can be set, what it asks for can be seen. */
final class Surroundings {
    static final String KEY = "correct-horse";

    /** That of {@link Preset#BALANCED}. */
    static final CheckPolicy POLICY = new CheckPolicy(
            Preset.BALANCED.active(),
            Preset.BALANCED.atRisk(),
            Preset.BALANCED.inactive(),
            Preset.BALANCED.aliveFactor(),
            Preset.BALANCED.deadFactor(),
            Preset.BALANCED.byValue(),
            Preset.BALANCED.leastDemand(),
            Preset.BALANCED.confirm(),
            Duration.ofDays(7),
            Duration.ofDays(90),
            10,
            Duration.ofDays(14),
            false);

    /** Of every proxy. */
    static final ProxyHistory HISTORY = new ProxyHistory(
            List.of(
                    new ProxyHistory.Check(NOW - 1_000, FailureReason.TIMEOUT, 0),
                    new ProxyHistory.Check(NOW - 2_000, FailureReason.NONE, 212)),
            new ProxyHistory.Summary(2, 1, 212, 212, 212, 212),
            List.of(
                    new ProxyHistory.Day((int) (NOW / 86_400_000), 2, 1, 212, 212),
                    new ProxyHistory.Day((int) (NOW / 86_400_000) - 1, 3, 0, 0, 0)),
            List.of(new ProxyHistory.Move(NOW - 1_000, Tier.ACTIVE, Tier.AT_RISK, TierReason.FIRST_FAILURE)));

    final AtomicLong now = new AtomicLong(NOW);
    final FeedbackBook feedback = new FeedbackBook(10_000, 100);
    final Pool pool = new Pool(feedback, () -> false, Duration.ofMillis(1), this::build, now::get);
    final Pool lastGood = new Pool(feedback, () -> false, Duration.ofMillis(1), Runnable::run, now::get);
    final StrategyInForce strategy = new StrategyInForce(Strategy.WEIGHTED_RANDOM);
    final KeptSettings settings = new KeptSettings();
    final StrategySwitch strategies =
            new StrategySwitch(strategy, settings, Strategy.WEIGHTED_RANDOM, Duration.ofMillis(300));
    volatile Telemetry telemetry = new Telemetry();
    final BlockingQueue<String> fetches = new LinkedBlockingQueue<>();
    final AtomicLong nanos = new AtomicLong();
    final MemoryKeyRecords keyRecords;
    final ApiKeys keys;
    final OrderedExports exports = new OrderedExports();

    final MemoryHistory series = new MemoryHistory();
    volatile LongFunction<Future<ProxyHistory>> histories = id -> Future.succeededFuture(HISTORY);
    final RememberedJobs jobs = new RememberedJobs();
    final KnownAddresses addresses = new KnownAddresses();
    GeoCache geoCache = new MemoryProxyStore().geoCache();
    final TurnedKeys encryption = new TurnedKeys(jobs);
    final ReceivedImports imports = new ReceivedImports(jobs);

    /** Builds the views of {@link #pool}. */
    volatile Executor builder = Runnable::run;

    volatile Census.Figures figures = Census.Figures.NONE;
    volatile List<Sources.State> states = List.of();
    volatile Readiness.State readiness = Readiness.State.READY;
    volatile Resources.Bottleneck bottleneck = Resources.Bottleneck.NONE;
    volatile Checking.State checking = Checking.State.NOT_RUNNING;
    volatile Function<List<Long>, Future<List<StoredProxy>>> stored = ids -> Future.succeededFuture(List.of());
    volatile Function<ProxyQuery, Future<ProxySearch.Found>> found =
            query -> Future.succeededFuture(new ProxySearch.Found(List.of(), null, false));
    volatile Function<List<Long>, Future<Integer>> ordered = ids -> Future.succeededFuture(ids.size());
    volatile boolean checks = true;
    final ObeyedOverrides overrides = new ObeyedOverrides(ids -> stored.apply(ids));
    final CheckPlan plan = new CheckPlan(Preset.BALANCED, POLICY, new Demand(POLICY));
    volatile Handler<HttpServerRequest> judge = request -> request.response().end("judged " + request.uri());
    volatile Future<Reload.Result> reloaded =
            Future.succeededFuture(new Reload.Result(List.of(), List.of(), List.of()));

    volatile SourceFigures.Counted counted = SourceFigures.Counted.NEVER;
    /** Whether the database takes what is switched. */
    volatile boolean sourcesKept = true;

    volatile List<ConfigInForce.Entry> settingsInForce = List.of();
    final Lists lists = new Lists();
    private final Counts counts = new Counts();
    final StatusBoard board = new StatusBoard(
            pool, lastGood, counts, lists, new Checked(), jobs, () -> readiness, new Played(), now::get);
    /** What is followed; null: one that ends answers with what there is. */
    volatile @Nullable EventFeed feed;

    Surroundings() {
        this("a pepper for tests of 32 bytes or more", new MemoryKeyRecords());
    }

    Surroundings(String pepper, MemoryKeyRecords keyRecords) {
        this.keyRecords = keyRecords;
        this.keys = new ApiKeys(keyRecords, Peppers.configured(Secret.of(pepper)), now::get, nanos::get);
    }

    private void build(Runnable task) {
        builder.execute(task);
    }

    /** A key that nobody has: for requests that name it. */
    void keepKey(String id) {
        KeyRecord made = keys.create(new NewKey("crawler", EnumSet.of(Role.READ), false, 0, 0))
                .await()
                .record();
        keyRecords
                .add(new KeyRecord(
                        id,
                        made.label(),
                        made.roles(),
                        made.credentials(),
                        made.hash(),
                        made.pepperId(),
                        made.requestsPerSecond(),
                        made.createdAtMillis(),
                        made.expiresAtMillis(),
                        made.revokedAtMillis(),
                        made.lastUsedAtMillis()))
                .await();
        keys.load().await();
    }

    static SecurityConfig noKey() {
        return new SecurityConfig(null, null, 0, 0, 10, EncryptionConfig.USUAL);
    }

    static SecurityConfig withKey() {
        return new SecurityConfig(Secret.of(KEY), null, 0, 0, 10, EncryptionConfig.USUAL);
    }

    static ServerConfig server(int port, @Nullable Integer managementPort) {
        return server("127.0.0.1", port, managementPort);
    }

    static ServerConfig server(String host, int port, @Nullable Integer managementPort) {
        return new ServerConfig(
                host,
                port,
                managementPort,
                Duration.ofSeconds(30),
                Duration.ofSeconds(10),
                Duration.ofSeconds(1),
                new ByteSize(4_096),
                Duration.ofSeconds(1),
                Duration.ZERO);
    }

    ApiVerticle verticle(ServerConfig server, SecurityConfig security, Bus bus) {
        return verticle(server, security, bus, new RequestLimits(security, nanos::get));
    }

    ApiVerticle verticle(ServerConfig server, SecurityConfig security, Bus bus, RequestLimits limits) {
        return new ApiVerticle(server, security, collaborators(bus, limits), Duration.ofMillis(300));
    }

    private ApiVerticle.Collaborators collaborators(Bus bus, RequestLimits limits) {
        return new ApiVerticle.Collaborators(
                pool,
                lastGood,
                feedback,
                strategy,
                strategies,
                overrides,
                overrides,
                counts,
                () -> plan,
                lists,
                () -> reloaded,
                () -> readiness,
                jobs,
                imports,
                new PlannedSchedules(),
                request -> judge.handle(request),
                keys,
                limits,
                exports,
                areas(bus),
                bus,
                telemetry,
                now::get);
    }

    /** Parts of the administration that bring their own operations. */
    private List<Area> areas(Bus bus) {
        EventFeed followed = feed == null ? feed(bus, new EventFeed.Limits(100, 1 << 20, 2, Duration.ZERO)) : feed;
        return List.of(
                new GeoArea(addresses, geoCache, jobs, counts, now::get),
                new ProxiesArea(new ProxiesArea.Sources(
                        pool,
                        feedback,
                        strategy,
                        ids -> stored.apply(ids),
                        query -> found.apply(query),
                        (ids, priority, at) -> ordered.apply(ids),
                        () -> plan,
                        () -> checks,
                        now::get)),
                new AnalyticsArea(
                        (id, since, limit) -> histories.apply(id),
                        series,
                        ids -> stored.apply(ids),
                        pool,
                        now::get,
                        300),
                new SourcesArea(lists, () -> counted),
                new ConfigArea(() -> settingsInForce),
                new StatusArea(board),
                new EventsArea(followed),
                new EncryptionArea(encryption));
    }

    /** A feed that ends answers with what there is, unless {@code limits} give them time. */
    EventFeed feed(Bus bus, EventFeed.Limits limits) {
        return new EventFeed(bus, board, limits, InstantSource.fixed(Instant.ofEpochMilli(NOW)), "playedprocess");
    }

    private static final class Played implements Instance {
        @Override
        public Facts facts() {
            return new Facts("0.1.0", NOW - 60_000, "node-a", "sqlite");
        }

        @Override
        public Usage usage() {
            return new Usage(1 << 20, 1 << 30, 1 << 10, 50, 1_024, 12);
        }
    }

    static ApiVerticle deploy(Vertx vertx, ApiVerticle verticle) {
        vertx.deployVerticle(verticle).await();
        return verticle;
    }

    static Sources.State source(String name, long changedAtMillis, @Nullable String error) {
        return new Sources.State(
                name, "text", true, 10, 20, 1, NOW - 60_000, NOW - 60_000, changedAtMillis, NOW + 60_000, 0, error);
    }

    static Map<String, Long> count(String name, long number) {
        return Map.of(name, number);
    }

    private final class Checked implements Checking {
        @Override
        public State state() {
            return checking;
        }

        @Override
        public Resources.Bottleneck bottleneck() {
            return bottleneck;
        }
    }

    private final class Counts implements Census {
        @Override
        public Figures figures() {
            return figures;
        }

        @Override
        public boolean storeAnswers() {
            return true;
        }
    }

    final class Lists implements Sources {
        private final Map<String, Boolean> switched = new ConcurrentHashMap<>();

        @Override
        public List<State> states() {
            return states;
        }

        @Override
        public List<Account> accounts() {
            return states.stream().map(this::account).toList();
        }

        private Account account(State state) {
            Boolean chosen = switched.get(state.name());
            State now = new State(
                    state.name(),
                    state.kind(),
                    chosen == null ? state.enabled() : chosen,
                    state.entries(),
                    state.added(),
                    state.rejected(),
                    state.lastFetchAtMillis(),
                    state.lastSuccessAtMillis(),
                    state.lastChangeAtMillis(),
                    state.nextFetchAtMillis(),
                    state.failures(),
                    state.lastError());
            return new Account(
                    now,
                    state.enabled(),
                    chosen,
                    sourcesKept,
                    1_800_000,
                    3_600_000,
                    "it brings nothing",
                    List.of(new Failure(NOW - 1_000, "connect: refused")),
                    List.of(new Fetch(NOW - 2_000, "complete", 10, 2, 1, 10, 4, 1)));
        }

        @Override
        public Future<Account> enable(String name, @Nullable Boolean enabled) {
            if (enabled == null) {
                switched.remove(name);
            } else {
                switched.put(name, enabled);
            }
            return Future.succeededFuture(accounts().stream()
                    .filter(account -> account.state().name().equals(name))
                    .findFirst()
                    .orElseThrow());
        }

        @Override
        public Map<String, Boolean> chosen() {
            return Map.copyOf(switched);
        }

        @Override
        public Rejections rejections(String name) {
            return new Rejections(
                    Map.of("no-port", 1), List.of(new Sample(3, "no-port", "", "192.0.2.9:80:me:s3cret")));
        }

        @Override
        public Future<Void> fetchNow(@Nullable String name) {
            fetches.add(name == null ? "*" : name);
            // A fetch that does not end: the API must not wait for it.
            return Promise.<Void>promise().future();
        }
    }
}
