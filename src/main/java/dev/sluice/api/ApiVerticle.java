package dev.sluice.api;

import dev.sluice.bus.Bus;
import dev.sluice.config.RolledOut;
import dev.sluice.config.SecurityConfig;
import dev.sluice.config.ServerConfig;
import dev.sluice.config.SluiceConfig;
import dev.sluice.export.ExportFormat;
import dev.sluice.net.LoopDelay;
import dev.sluice.net.QuickHandler;
import dev.sluice.net.QuickLane;
import dev.sluice.net.UnpooledBodies;
import dev.sluice.pool.FeedbackBook;
import dev.sluice.pool.Pool;
import dev.sluice.pool.StrategyInForce;
import dev.sluice.port.Census;
import dev.sluice.port.Exports;
import dev.sluice.port.Imports;
import dev.sluice.port.Jobs;
import dev.sluice.port.KeyRecord.Role;
import dev.sluice.port.Overrides;
import dev.sluice.port.ProxyLookup;
import dev.sluice.port.Readiness;
import dev.sluice.port.Reload;
import dev.sluice.port.Schedules;
import dev.sluice.port.Sources;
import dev.sluice.secret.ApiKeys;
import dev.sluice.secret.RequestLimits;
import dev.sluice.telemetry.Telemetry;
import io.micrometer.core.instrument.Counter;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.VerticleBase;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import java.net.BindException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP API. Several instances share its ports, one an event loop.
 *
 * <p>Starting fails with {@link BindException} when a port is taken, and with {@link IllegalArgumentException} when
 * {@link #refusal} has something to say. Stopping lets running requests end.
 */
public final class ApiVerticle extends VerticleBase {
    /** Longest request line in bytes. */
    static final int MAX_LINE = 4_096;

    /** Largest headers in bytes, all together. */
    static final int MAX_HEADERS = 8_192;

    /** By when a body must be there. */
    static final Duration BODY_DEADLINE = Duration.ofSeconds(10);

    // Below 0: a free port that all instances of this deployment share (Vert.x); another number, another port.
    private static final int SHARED_FREE_PORT = -1;
    private static final int SHARED_FREE_MANAGEMENT_PORT = -2;

    private final RolledOut features = new RolledOut();
    private final Collaborators with;
    private final Duration bodyDeadline;
    private volatile ServerConfig config;
    private volatile SecurityConfig security;
    private @Nullable HttpServer server;
    private @Nullable HttpServer management;
    private @Nullable LoopDelay delay;
    private @Nullable FeedbackBatch reports;
    private @Nullable JobEvents events;
    private List<Route> served = List.of();

    /**
     * A verticle that listens once it is deployed.
     *
     * @param with whom it asks
     */
    public ApiVerticle(ServerConfig config, SecurityConfig security, Collaborators with) {
        this(config, security, with, BODY_DEADLINE);
    }

    ApiVerticle(ServerConfig config, SecurityConfig security, Collaborators with, Duration bodyDeadline) {
        this.config = config;
        this.security = security;
        this.with = with;
        this.bodyDeadline = bodyDeadline;
    }

    /**
     * Whom the API asks. All of them are thread-safe and may be shared by instances, but for the judge, which belongs to one.
     *
     * @param lastGood what answers while nothing in the pool is alive
     * @param strategies switches {@code strategy} by API
     * @param lookup finds what is not in memory
     * @param plan how often proxies are checked at the moment
     * @param judge answers {@code /judge} and everything below it, whoever asks
     * @param exports makes exports of the store; null where this process makes none, and gives what is alive alone
     * @param areas further parts of the administration
     * @param nowMillis milliseconds since 1970-01-01T00:00Z
     */
    public record Collaborators(
            Pool pool,
            Pool lastGood,
            FeedbackBook feedback,
            StrategyInForce strategy,
            StrategySwitch strategies,
            ProxyLookup lookup,
            Overrides overrides,
            Census census,
            Supplier<CheckPlan> plan,
            Sources sources,
            Reload reload,
            Readiness readiness,
            Jobs jobs,
            Imports imports,
            Schedules schedules,
            Handler<HttpServerRequest> judge,
            ApiKeys keys,
            RequestLimits limits,
            @Nullable Exports exports,
            List<Area> areas,
            Bus bus,
            Telemetry telemetry,
            LongSupplier nowMillis) {
        public Collaborators {
            areas = List.copyOf(areas);
        }
    }

    /**
     * Why the API must not be served with this configuration, as a sentence for the operator; null when it may.
     *
     * @param keyKept whether a key is kept that can be used
     */
    public static @Nullable String refusal(ServerConfig server, SecurityConfig security, boolean keyKept) {
        return Guard.refusal(server, security, keyKept);
    }

    /** The keys whose change {@link #follow} puts into force. */
    public static List<String> liveKeys() {
        return List.of(
                "server.shed-after",
                "server.max-body",
                "server.drain-timeout",
                "security.admin-key",
                "features.fast-lane.enabled",
                "features.fast-lane.percent");
    }

    /** Takes what is in force now: for requests that begin after this. Thread-safe. */
    public void follow(SluiceConfig changed) {
        features.follow(changed.features());
        config = changed.server();
        security = changed.security();
    }

    /** Port of the API, once started. */
    public int port() {
        return portOf(server);
    }

    /** Port for health and metrics alone, once started where one is configured. */
    public int managementPort() {
        return portOf(management);
    }

    /** Operations of the API's port, the judge's aside; empty before the start. */
    List<Route> routes() {
        return served;
    }

    private static int portOf(@Nullable HttpServer server) {
        if (server == null) {
            throw new IllegalStateException("not listening (expected: a started verticle)");
        }
        return server.actualPort();
    }

    @Override
    public Future<?> start() {
        String refusal = refusal(config, security, with.keys().anyUsable());
        if (refusal != null) {
            return Future.failedFuture(new IllegalArgumentException(refusal));
        }
        return vertx.executeBlocking(IndexEndpoints::document, false).compose(this::listen);
    }

    private Future<?> listen(Buffer document) {
        Guard guard = new Guard(
                () -> security,
                config,
                with.keys(),
                with.limits(),
                with.telemetry().registry(),
                with.nowMillis());
        BodyReader bodies = new BodyReader(vertx, () -> config.maxBody().bytes(), bodyDeadline.toMillis());
        FeedbackBatch batch = new FeedbackBatch(vertx, with.bus());
        reports = batch;
        FeedbackEndpoint feedback = new FeedbackEndpoint(with.pool(), with.feedback(), batch, bodies, with.nowMillis());
        JobEvents followed = new JobEvents(vertx, with.bus(), with.jobs());
        events = followed;
        Routes routes = routes(document, bodies, feedback, followed);
        served = routes.all();
        LoopDelay watched = LoopDelay.watch(vertx);
        delay = watched;
        BooleanSupplier overloaded = () -> watched.overloaded(config.shedAfter().toNanos());
        Dispatcher api = new Dispatcher(vertx, guard, routes, with.judge(), overloaded, with.telemetry());
        HotPath hot = new HotPath(
                guard,
                with.pool(),
                with.strategy(),
                features,
                new SplittableRandom(),
                new Wish.Memory(with.pool()),
                overloaded,
                routes.timer("GET", "/get-proxy"),
                routes.timer("GET", "/random"),
                feedback,
                routes.timer("POST", "/feedback"),
                with.telemetry().requestTimer(Dispatcher.REFUSED),
                with.telemetry().traces());
        server = server(api, hot, config.port() == 0 ? SHARED_FREE_PORT : config.port());
        Future<?> listening = listen(server, "server.port", config.port());
        Integer port = config.managementPort();
        if (port == null) {
            return listening;
        }
        Routes open = new Routes(managementRoutes());
        Dispatcher health = new Dispatcher(vertx, guard, open, null, () -> false, with.telemetry());
        HttpServer second = server(health, (head, answer) -> false, port == 0 ? SHARED_FREE_MANAGEMENT_PORT : port);
        management = second;
        return listening.compose(first -> listen(second, "server.management-port", port));
    }

    private HttpServer server(Dispatcher dispatcher, QuickHandler quick, int port) {
        HttpServerOptions options = new HttpServerOptions()
                .setHost(host())
                .setPort(port)
                .setIdleTimeout((int) config.idleTimeout().toMillis())
                .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
                .setMaxInitialLineLength(MAX_LINE)
                .setMaxHeaderSize(MAX_HEADERS)
                .setHttp2ClearTextEnabled(false)
                .setHandle100ContinueAutomatically(false);
        QuickLane lane = new QuickLane(quick, options, config.headTimeout());
        return vertx.createHttpServer(options)
                .connectionHandler(connection -> {
                    lane.install(connection);
                    UnpooledBodies.install(connection);
                })
                .requestHandler(dispatcher)
                .invalidRequestHandler(dispatcher::invalid);
    }

    /** Brackets belong to URLs, not to addresses. */
    private String host() {
        String host = config.host();
        return host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
    }

    private Future<HttpServer> listen(HttpServer unbound, String key, int port) {
        return unbound.listen().recover(failure -> Future.failedFuture(bindFailure(failure, key, port)));
    }

    /** Native transports tell of a taken port by exceptions of their own. */
    private Throwable bindFailure(Throwable failure, String key, int port) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (String.valueOf(cause.getMessage()).contains("Address already in use")) {
                BindException taken = new BindException(
                        key + ": " + port + " on " + config.host() + " (expected: a free port; this one is in use)");
                taken.initCause(failure);
                return taken;
            }
        }
        return failure;
    }

    @Override
    public Future<?> stop() {
        if (delay != null) {
            delay.stop();
        }
        List<Future<Void>> closing = new ArrayList<>();
        if (events != null) {
            closing.add(events.stop());
        }
        for (HttpServer each : new HttpServer[] {server, management}) {
            if (each != null) {
                closing.add(each.shutdown(config.drainTimeout().toMillis(), TimeUnit.MILLISECONDS));
            }
        }
        FeedbackBatch batch = reports;
        return Future.join(closing).onComplete(closed -> {
            if (batch != null) {
                batch.send();
            }
        });
    }

    private StatusEndpoints status() {
        return new StatusEndpoints(
                with.pool(),
                with.feedback(),
                with.strategy(),
                with.census(),
                with.sources(),
                with.readiness(),
                with.telemetry());
    }

    private List<Route> managementRoutes() {
        StatusEndpoints status = status();
        return List.of(
                open("/health", "whether the process lives", status::health),
                open("/ready", "whether it may get traffic", status::ready),
                get("/metrics", "metrics for Prometheus", status::metrics));
    }

    private Routes routes(Buffer document, BodyReader bodies, FeedbackEndpoint feedback, JobEvents events) {
        ReadEndpoints read = new ReadEndpoints(
                with.pool(), with.lastGood(), with.strategy(), new SplittableRandom(), staleAnswers()::increment);

        StatusEndpoints status = status();
        StrategyEndpoint strategy = new StrategyEndpoint(with.strategies(), bodies);
        ProxyEndpoint proxy = new ProxyEndpoint(
                with.pool(),
                with.feedback(),
                with.lookup(),
                with.overrides(),
                with.plan(),
                bodies,
                with.nowMillis(),
                ProxyEndpoint.PATIENCE_MILLIS);
        List<Route> all = new ArrayList<>();
        IndexEndpoints index = new IndexEndpoints(() -> all, document);
        all.add(get("/get-proxy", "one proxy, or several, by the strategy in force", read::getProxy));
        all.add(get("/list", "proxies, fastest first", read::list));
        all.add(get("/random", "a proxy at random, faster ones more often", read::random));
        all.add(route("POST", "/feedback", Role.FEEDBACK, "tell what worked", feedback::post));
        all.add(get("/stat", "counts and states", status::stat));
        all.add(get("/stats", "the same", status::stat));
        all.addAll(managementRoutes());
        all.add(post("/reload", "read the configuration again", new AdminEndpoints(with.reload())::reload));
        KeyEndpoints keys = new KeyEndpoints(with.keys(), bodies, with.nowMillis());
        all.add(route("GET", "/api/v1/keys", Role.ADMIN, "the API keys", keys::list));
        all.add(post("/api/v1/keys", "make an API key", keys::create));
        all.add(route("DELETE", "/api/v1/keys/{id}", Role.ADMIN, "revoke an API key", keys::revoke));
        LiveExports live = new LiveExports(with.pool(), read);
        for (ExportFormat format : ExportFormat.values()) {
            all.add(get(
                    "/api/v1/exports/" + format.text(),
                    "what is alive as " + format.text(),
                    exchange -> live.stream(exchange, format)));
        }
        Exports stored = with.exports();
        if (stored != null) {
            ExportEndpoints exports = new ExportEndpoints(stored, bodies);
            all.add(get("/api/v1/exports", "the exports that were ordered", exports::list));
            all.add(post("/api/v1/exports", "have everything stored exported into a file", exports::order));
            all.add(get("/api/v1/exports/{id}", "the state of an export", exports::get));
            all.add(get("/api/v1/exports/{id}/content", "the file of an export", exports::content));
        }
        all.add(get("/api/v1/proxies/{id}", "one proxy in detail", proxy::get));
        all.add(route(
                "PUT", "/api/v1/proxies/{id}/override", Role.ADMIN, "order how a proxy is treated", proxy::override));
        all.add(route(
                "DELETE", "/api/v1/proxies/{id}/override", Role.ADMIN, "back to what the rules say", proxy::obeyRules));
        all.add(get(
                "/api/v1/tiers",
                "how often what is checked",
                new TiersEndpoint(with.census(), with.plan(), with.telemetry().registry())::tiers));
        all.add(get("/api/v1/strategy", "the strategy in force", strategy::get));
        all.add(route("PUT", "/api/v1/strategy", Role.ADMIN, "choose another strategy", strategy::put));
        all.add(route("DELETE", "/api/v1/strategy", Role.ADMIN, "back to the configured strategy", strategy::delete));
        JobEndpoints jobs = new JobEndpoints(with.jobs(), events, bodies);
        all.add(get("/api/v1/jobs", "the jobs, newest first", jobs::list));
        all.add(post("/api/v1/jobs", "have entries checked, or everything planned anew", jobs::submit));
        all.add(get("/api/v1/jobs/counts", "how many jobs of each kind are in each state", jobs::counts));
        all.add(post("/api/v1/jobs/retry", "try all jobs again that were given up", jobs::retryFailed));
        all.add(get("/api/v1/jobs/{id}", "one job", jobs::get));
        all.add(route("DELETE", "/api/v1/jobs/{id}", Role.ADMIN, "forget a job that is over", jobs::drop));
        all.add(get("/api/v1/jobs/{id}/events", "follow a job", jobs::events));
        all.add(post("/api/v1/jobs/{id}/cancel", "stop a job", jobs::cancel));
        all.add(post("/api/v1/jobs/{id}/retry", "try a job again, from where it was", jobs::retry));
        ImportEndpoints imports = new ImportEndpoints(with.imports(), jobs, bodies);
        all.add(get("/api/v1/imports", "the imports, newest first", imports::list));
        all.add(post("/api/v1/imports", "import a list: the body", imports::upload));
        all.add(post("/api/v1/imports/fetch", "import a list from an address", imports::fetch));
        all.add(get("/api/v1/imports/{id}", "one import", imports::get));
        all.add(get("/api/v1/imports/{id}/events", "follow an import", imports::events));
        all.add(get("/api/v1/imports/{id}/rejected", "lines that became no entry", imports::rejected));
        all.add(post("/api/v1/imports/{id}/cancel", "stop an import", imports::cancel));
        all.add(post("/api/v1/imports/{id}/resume", "go on with an import", imports::resume));
        ScheduleEndpoints schedule = new ScheduleEndpoints(with.schedules());
        all.add(get("/api/v1/schedule", "what is done again and again", schedule::list));
        all.add(get("/api/v1/schedule/{name}", "one schedule", schedule::get));
        all.add(post("/api/v1/schedule/{name}/run", "run it now", schedule::run));
        Area.Desk desk = new Area.Desk(vertx, bodies, this::route);
        with.areas().forEach(area -> all.addAll(area.routes(desk)));
        all.add(get("/openapi.yaml", "this API, described", index::openapi));
        all.add(get("/", "this page", index::index));
        return new Routes(all);
    }

    private Counter staleAnswers() {
        return Counter.builder("sluice.stale.answers")
                .description("Answers from the last good set, because nothing was alive")
                .register(with.telemetry().registry());
    }

    private Route get(String template, String summary, Consumer<Exchange> handler) {
        return route("GET", template, Role.READ, summary, handler);
    }

    private Route open(String template, String summary, Consumer<Exchange> handler) {
        return route("GET", template, null, summary, handler);
    }

    private Route post(String template, String summary, Consumer<Exchange> handler) {
        return route("POST", template, Role.ADMIN, summary, handler);
    }

    private Route route(
            String method, String template, @Nullable Role role, String summary, Consumer<Exchange> handler) {
        return new Route(
                method, template, role, summary, handler, with.telemetry().requestTimer(template));
    }
}
