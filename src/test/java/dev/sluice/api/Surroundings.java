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
import dev.sluice.port.KeyRecord;
import dev.sluice.port.KeyRecord.Role;
import dev.sluice.port.Readiness;
import dev.sluice.port.Reload;
import dev.sluice.port.Resources;
import dev.sluice.port.Sources;
import dev.sluice.proxy.Secret;
import dev.sluice.proxy.StoredProxy;
import dev.sluice.secret.ApiKeys;
import dev.sluice.secret.MemoryKeyRecords;
import dev.sluice.secret.NewKey;
import dev.sluice.secret.Peppers;
import dev.sluice.secret.RequestLimits;
import dev.sluice.telemetry.Telemetry;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
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

    final AtomicLong now = new AtomicLong(NOW);
    final FeedbackBook feedback = new FeedbackBook(10_000, 100);
    final Pool pool = new Pool(feedback, () -> false, Duration.ofMillis(1), this::build, now::get);
    final Pool lastGood = new Pool(feedback, () -> false, Duration.ofMillis(1), Runnable::run, now::get);
    final StrategyInForce strategy = new StrategyInForce(Strategy.WEIGHTED_RANDOM);
    final KeptSettings settings = new KeptSettings();
    final StrategySwitch strategies =
            new StrategySwitch(strategy, settings, Strategy.WEIGHTED_RANDOM, Duration.ofMillis(300));
    final Telemetry telemetry = new Telemetry();
    final BlockingQueue<String> fetches = new LinkedBlockingQueue<>();
    final AtomicLong nanos = new AtomicLong();
    final MemoryKeyRecords keyRecords;
    final ApiKeys keys;
    final OrderedExports exports = new OrderedExports();

    final RememberedJobs jobs = new RememberedJobs();
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
    final ObeyedOverrides overrides = new ObeyedOverrides(ids -> stored.apply(ids));
    final CheckPlan plan = new CheckPlan(Preset.BALANCED, POLICY, new Demand(POLICY));
    volatile Handler<HttpServerRequest> judge = request -> request.response().end("judged " + request.uri());
    volatile Future<Reload.Result> reloaded =
            Future.succeededFuture(new Reload.Result(List.of(), List.of(), List.of()));

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
                Duration.ofSeconds(1));
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
                new Counts(),
                plan,
                new Lists(),
                () -> reloaded,
                () -> readiness,
                new Checked(),
                jobs,
                imports,
                new PlannedSchedules(),
                request -> judge.handle(request),
                keys,
                limits,
                exports,
                areas(),
                bus,
                telemetry,
                now::get);
    }

    /** Parts of the administration that bring their own operations. */
    private List<Area> areas() {
        return List.of(new EncryptionArea(encryption));
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

    private final class Lists implements Sources {
        @Override
        public List<State> states() {
            return states;
        }

        @Override
        public Future<Void> fetchNow(@Nullable String name) {
            fetches.add(name == null ? "*" : name);
            // A fetch that does not end: the API must not wait for it.
            return Promise.<Void>promise().future();
        }
    }
}
