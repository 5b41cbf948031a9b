package dev.sluice.main;

import dev.sluice.api.AnalyticsArea;
import dev.sluice.api.ApiVerticle;
import dev.sluice.api.Area;
import dev.sluice.api.CheckPlan;
import dev.sluice.api.ConfigArea;
import dev.sluice.api.EncryptionArea;
import dev.sluice.api.EventFeed;
import dev.sluice.api.EventsArea;
import dev.sluice.api.GeoArea;
import dev.sluice.api.JudgeEndpoint;
import dev.sluice.api.JudgeVerticle;
import dev.sluice.api.ProxiesArea;
import dev.sluice.api.SourcesArea;
import dev.sluice.api.StatusArea;
import dev.sluice.api.StatusBoard;
import dev.sluice.api.StrategySwitch;
import dev.sluice.bulk.ImportOptions;
import dev.sluice.bulk.Importer;
import dev.sluice.bus.Bus;
import dev.sluice.bus.Channels;
import dev.sluice.cadence.CheckPolicy;
import dev.sluice.cadence.Demand;
import dev.sluice.cadence.SteadyClock;
import dev.sluice.check.CheckSetup;
import dev.sluice.check.CheckVerticle;
import dev.sluice.check.Judges;
import dev.sluice.config.CheckMode;
import dev.sluice.config.ConfigException;
import dev.sluice.config.LoadedConfig;
import dev.sluice.config.LogConfig;
import dev.sluice.config.Problem;
import dev.sluice.config.SluiceConfig;
import dev.sluice.extension.ExtensionHost;
import dev.sluice.fetch.FetchVerticle;
import dev.sluice.judge.JudgeSigner;
import dev.sluice.keep.HistoryVerticle;
import dev.sluice.keep.KeepVerticle;
import dev.sluice.keep.LocateJob;
import dev.sluice.keep.LocateVerticle;
import dev.sluice.keep.ReencryptJob;
import dev.sluice.keep.ReplanJob;
import dev.sluice.keep.Reserve;
import dev.sluice.keep.SnapshotVerticle;
import dev.sluice.keep.Snapshots;
import dev.sluice.keep.SynchroniserVerticle;
import dev.sluice.keep.WarmUpVerticle;
import dev.sluice.net.Names;
import dev.sluice.net.Resolver;
import dev.sluice.net.SelfSigned;
import dev.sluice.parse.AddressPolicy;
import dev.sluice.parse.EntryMapping;
import dev.sluice.parse.ListParsers;
import dev.sluice.parse.ParseOptions;
import dev.sluice.pool.FeedbackBook;
import dev.sluice.pool.LastGood;
import dev.sluice.pool.Pool;
import dev.sluice.pool.PooledProxy;
import dev.sluice.pool.Served;
import dev.sluice.pool.Strategy;
import dev.sluice.pool.StrategyInForce;
import dev.sluice.port.Census;
import dev.sluice.port.Checking;
import dev.sluice.port.Jobs;
import dev.sluice.port.Locator;
import dev.sluice.port.Readiness;
import dev.sluice.port.Reload;
import dev.sluice.port.Reloadable;
import dev.sluice.port.Resources;
import dev.sluice.port.SourceFigures;
import dev.sluice.port.Sources;
import dev.sluice.proxy.Secret;
import dev.sluice.schedule.RecheckJob;
import dev.sluice.schedule.ScheduleVerticle;
import dev.sluice.schedule.Schedules;
import dev.sluice.secret.ApiKeys;
import dev.sluice.secret.RequestLimits;
import dev.sluice.store.PlainPasswords;
import dev.sluice.store.ProxyStore;
import dev.sluice.store.Stores;
import dev.sluice.telemetry.Telemetry;
import io.vertx.core.Deployable;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The composition root: builds every room, wires them and starts them in order; stops them in the other order. Reads top to
 * bottom as the start does.
 */
final class Server implements Foreground.Running, Readiness {
    private static final Logger LOG = LoggerFactory.getLogger(Server.class);

    private static final Path EXTENSIONS = Path.of("extensions");
    private static final Duration CERTIFICATE_LIFE = Duration.ofDays(3650);
    /** In what time checks catch up after the machine slept. */
    private static final Duration CATCH_UP = Duration.ofMinutes(10);

    private final Vertx vertx;
    private final LoadedConfig loaded;
    private final Telemetry telemetry;
    private final Bus bus;
    private final AddressPolicy fetchPolicy;
    private final SteadyClock clock;
    private final Schedules schedules;
    private final Demand demand;
    private final Deque<Supplier<Future<?>>> stops = new ArrayDeque<>();
    private final List<ApiVerticle> apis = new ArrayList<>();
    private final List<Reloadable> rooms = new CopyOnWriteArrayList<>();
    private volatile @Nullable Reloading reloading;
    /** In force: reloads replace it. */
    private volatile SluiceConfig config;

    private volatile State state = State.STARTING;
    private volatile BooleanSupplier storeAnswers = () -> true;
    private volatile Supplier<Census.Figures> figures = () -> Census.Figures.NONE;
    private volatile BooleanSupplier credentialsFail = () -> false;
    private volatile boolean judged;
    private volatile boolean connectOnly;
    private volatile Checking checking = () -> Checking.State.NOT_RUNNING;

    private Server(Vertx vertx, Telemetry telemetry, LoadedConfig loaded) {
        this.vertx = vertx;
        this.loaded = loaded;
        this.config = loaded.config();
        this.telemetry = telemetry;
        this.fetchPolicy = AddressPolicy.following(
                () -> config.net().allowedNetworks(), () -> config.fetch().allowPrivate());
        this.bus = new Bus(vertx, fetchPolicy);
        this.clock = new SteadyClock(
                InstantSource.system(), System::nanoTime, ScheduleVerticle.lease(config.check()), CATCH_UP);
        this.schedules = new Schedules(vertx, clock, System::nanoTime, telemetry.registry());
        this.demand = new Demand(policy());
    }

    /**
     * Starts everything. What was started is stopped again when a later part fails.
     *
     * @param reread reads the same configuration inputs again, for a reload
     * @param imports lists to import once the API is open
     */
    static Future<Server> start(
            Vertx vertx, Telemetry telemetry, LoadedConfig loaded, Supplier<LoadedConfig> reread, List<Path> imports) {
        Server server = new Server(vertx, telemetry, loaded);
        return server.start(reread, imports)
                .map(server)
                .recover(failure -> server.stop().transform(stopped -> Future.failedFuture(failure)));
    }

    private Future<Void> start(Supplier<LoadedConfig> reread, List<Path> imports) {
        return OpenedStore.open(vertx, config, telemetry.registry()).compose(opened -> {
            ProxyStore store = opened.store();
            stops.push(store::close);
            schedules.start();
            stops.push(schedules::stop);
            credentialsFail = opened.vault()::fails;
            EncryptionSchedule.enter(
                    schedules, opened.vault(), new PlainPasswords(store, opened.vault(), InstantSource.system()));
            return ApiKeys.open(vertx, store.keys(), config.security(), DataDirectory.of(config.store()))
                    .compose(keys -> {
                        stops.push(keys::close);
                        String refusal = ApiVerticle.refusal(config.server(), config.security(), keys.anyUsable());
                        return refusal == null
                                ? start(opened, keys, reread, imports)
                                : Future.failedFuture(new UsageException(refusal));
                    });
        });
    }

    private Future<Void> start(OpenedStore opened, ApiKeys keys, Supplier<LoadedConfig> reread, List<Path> imports) {
        ProxyStore store = opened.store();
        Names names = new Names(vertx, fetchPolicy);
        stops.push(names::close);
        return GeoRoom.open(vertx, config, names, fetchPolicy, store.geoCache(), telemetry.registry())
                .compose(geo -> {
                    stops.push(geo::stop);
                    return JobRoom.open(
                                    vertx,
                                    config,
                                    store,
                                    opened.vault(),
                                    bus,
                                    names,
                                    fetchPolicy,
                                    this::servesConnectOnly,
                                    telemetry.registry())
                            .compose(jobs -> {
                                stops.push(jobs::stop);
                                return start(opened, keys, names, geo.geo(), jobs, reread, imports);
                            });
                });
    }

    private Future<Void> start(
            OpenedStore opened,
            ApiKeys keys,
            Names names,
            Locator locator,
            JobRoom jobs,
            Supplier<LoadedConfig> reread,
            List<Path> imports) {
        ProxyStore store = opened.store();
        RequestLimits limits = new RequestLimits(config.security(), System::nanoTime);
        FeedbackBook feedback =
                new FeedbackBook(config.pool().maxFeedback(), config.pool().maxApplications());
        Executor views = viewBuilder();
        Pool pool = pool(feedback, views);
        LastGood remembered = new LastGood(config.pool().lastGood());
        Pool lastGood = pool(new FeedbackBook(1, 1), views);
        Strategy configured = Strategy.of(config.pool().strategy());
        StrategyInForce strategy = new StrategyInForce(configured);
        StrategySwitch strategies = new StrategySwitch(strategy, store.settings(), configured);
        JudgeSigner signer = signer(config.judge().secret());
        JudgeVerticle judge = new JudgeVerticle(config.judge(), signer, identity());
        Reserve reserve = new Reserve(remembered, lastGood);
        bus.subscribe(Channels.PROXY_CHANGED, reserve::changed);
        HistoryVerticle history = new HistoryVerticle(
                config.store(),
                store.history(),
                pool,
                () -> figures.get(),
                schedules,
                InstantSource.system(),
                telemetry.registry());
        KeepVerticle keep = keep(store, pool, locator, history);
        figures = keep::figures;
        storeAnswers = keep::storeAnswers;
        FetchVerticle fetch = fetch(names, store, keep);
        ScheduleVerticle schedule = schedule(store);
        WarmUpVerticle warmUp = warmUp(pool, store);
        ConfigLedger ledger = new ConfigLedger(loaded, () -> chosen(strategies, fetch));
        Reloading reloading = new Reloading(vertx, loaded, reread, rooms, ledger, bus);
        this.reloading = reloading;
        stops.push(reloading::stop);
        rooms.addAll(List.of(outgoing(), logs(), apiRoom(keys), strategies, limits, keep, fetch, schedule, warmUp));
        StatusBoard board = new StatusBoard(
                pool,
                lastGood,
                keep,
                fetch,
                checkingWith(schedule),
                jobs.jobs(),
                this,
                ThisInstance.of(jobs.node(), Stores.kind(config.store().url())),
                System::currentTimeMillis);
        EventFeed feed = new EventFeed(bus, board, EventFeed.Limits.USUAL);
        List<Area> areas =
                new ArrayList<>(areas(pool, feedback, strategy, locator, store, jobs.jobs(), keep, schedule));
        areas.add(new EncryptionArea(opened.rotation(job -> jobs.jobs().submit(job))));
        areas.addAll(List.of(
                new SourcesArea(fetch, keep), new ConfigArea(ledger), new StatusArea(board), new EventsArea(feed)));
        Supplier<ApiVerticle> api = () -> api(new ApiVerticle.Collaborators(
                pool,
                lastGood,
                feedback,
                strategy,
                strategies,
                store::get,
                keep,
                keep,
                () -> new CheckPlan(config.schedule().preset(), policy(), demand),
                fetch,
                reloading,
                this,
                jobs.jobs(),
                jobs.imports(),
                schedules,
                new JudgeEndpoint(signer),
                keys,
                limits,
                jobs.exports(),
                areas,
                bus,
                telemetry,
                System::currentTimeMillis));
        ExtensionHost extensions = new ExtensionHost(vertx, bus, config.extensions(), EXTENSIONS);

        long loading = System.currentTimeMillis();
        return strategies
                .load()
                .compose(chosen -> deploy(history))
                .compose(recording -> deploy(keep))
                .compose(poolLoaded -> store.settings().all())
                .compose(settings -> {
                    String owner = settings.getOrDefault(ProxyStore.DATABASE_NAME, "");
                    return deploy(snapshots(owner, store, pool, feedback, remembered, reserve));
                })
                .onSuccess(restored -> pool.heed())
                .onSuccess(restored -> keepViewsTrue(views, pool, lastGood))
                .compose(restored -> deploy(api, eventLoops()))
                // Behind the API, so that it lets go of those who follow before the API waits for their answers.
                .compose(open -> deploy(feed))
                .onSuccess(open -> LOG.atInfo()
                        .addKeyValue("url", url())
                        .addKeyValue(
                                "start_ms", ManagementFactory.getRuntimeMXBean().getUptime())
                        .log("serving"))
                .compose(open -> deploy(judge))
                // The schedule hears of room only when it is there before the checker.
                .compose(judging -> deploy(schedule))
                .compose(ticking -> deploy(check(new OwnJudge(config).judges(port(), judge, signer), names)))
                .compose(checking -> deploy(fetch))
                .onSuccess(fetching -> stops.push(extensions::stop))
                .compose(fetching -> extensions.start())
                .compose(extended -> deploy(warmUp))
                .compose(warming -> Stores.isShared(config.store().url())
                        ? deploy(new SynchroniserVerticle(
                                        store, pool::ids, keep::learnt, loading, schedules, InstantSource.system()))
                                .onSuccess(learning ->
                                        ChoicesSchedule.enter(schedules, List.of(strategies::refresh, fetch::refresh)))
                        : Future.succeededFuture())
                .compose(synchronising -> jobs.start(List.of(
                        new RecheckJob(vertx, store, schedule::enabled, clock),
                        new ReplanJob(vertx, store, keep),
                        new LocateJob(vertx, store, locator, keep, InstantSource.system(), System::nanoTime),
                        new ReencryptJob(opened.reencryption()))))
                .compose(working ->
                        deploy(new LocateVerticle(locator, store, jobs.jobs(), schedules, InstantSource.system())))
                .onSuccess(all -> {
                    rooms.add(jobs.workers());
                    state = State.READY;
                    reloading.start();
                    importAll(store, imports);
                })
                .mapEmpty();
    }

    /** Values that were chosen by API, by the keys of the configuration that they stand before. */
    private static Map<String, String> chosen(StrategySwitch strategies, Sources sources) {
        Map<String, String> chosen = new HashMap<>();
        sources.chosen().forEach((key, enabled) -> chosen.put(key, enabled.toString()));
        Strategy strategy = strategies.chosen();
        if (strategy != null) {
            chosen.put(StrategySwitch.SETTING, strategy.text());
        }
        return chosen;
    }

    /** What is read from {@link #config} whenever it is needed. */
    private Reloadable outgoing() {
        return new Room(
                List.of("net.allowed-networks", "fetch.allow-private", "check.allow-private", "check.mode"),
                next -> () -> config = next);
    }

    private Reloadable logs() {
        return new Room(List.of("log.level", "log.format"), next -> {
            LogConfig before = config.log();
            return () -> Logs.change(before, next.log());
        });
    }

    private Reloadable apiRoom(ApiKeys keys) {
        return new Room(ApiVerticle.liveKeys(), next -> {
            String refusal = ApiVerticle.refusal(next.server(), next.security(), keys.anyUsable());
            if (refusal != null) {
                throw new ConfigException(List.of(new Problem("", "", refusal, "")));
            }
            return () -> {
                synchronized (apis) {
                    apis.forEach(api -> api.follow(next));
                }
            };
        });
    }

    /** Parts of the administration that bring their own operations. */
    private List<Area> areas(
            Pool pool,
            FeedbackBook feedback,
            StrategyInForce strategy,
            Locator locator,
            ProxyStore store,
            Jobs jobs,
            Census census,
            ScheduleVerticle schedule) {
        return List.of(
                new GeoArea(locator, store.geoCache(), jobs, census, System::currentTimeMillis),
                new ProxiesArea(new ProxiesArea.Sources(
                        pool,
                        feedback,
                        strategy,
                        store::get,
                        store.search(),
                        store::expedite,
                        () -> new CheckPlan(config.schedule().preset(), policy(), demand),
                        schedule::enabled,
                        clock::millis)),
                new AnalyticsArea(
                        store.history(), store.history().series(), store::get, pool, System::currentTimeMillis));
    }

    /** One thread of its own that builds views. */
    private Executor viewBuilder() {
        WorkerExecutor views = vertx.createSharedWorkerExecutor("sluice-views", 1);
        return task -> views.executeBlocking(() -> {
            task.run();
            return null;
        });
    }

    private Pool pool(FeedbackBook feedback, Executor views) {
        return new Pool(
                feedback, this::servesConnectOnly, config.pool().viewRefresh(), views, System::currentTimeMillis);
    }

    /** Newcomers are in the views of filters in use after half of {@code pool.view-refresh} and the time a build takes. */
    private void keepViewsTrue(Executor views, Pool... pools) {
        observeJudges();
        AtomicBoolean running = new AtomicBoolean();
        long every = Math.max(1, config.pool().viewRefresh().toMillis() / 2);
        long timer = vertx.setPeriodic(every, id -> {
            observeJudges();
            if (running.compareAndSet(false, true)) {
                views.execute(() -> {
                    try {
                        for (Pool pool : pools) {
                            pool.refresh();
                        }
                    } finally {
                        running.set(false);
                    }
                });
            }
        });
        stops.push(() -> {
            vertx.cancelTimer(timer);
            return Future.succeededFuture();
        });
    }

    private SnapshotVerticle snapshots(
            String owner, ProxyStore store, Pool pool, FeedbackBook feedback, LastGood remembered, Reserve reserve) {
        Snapshots files = new Snapshots(
                Snapshots.directory(config.store().url()),
                owner,
                List.of(
                        new Snapshots.Part("feedback", 1, feedback::writeTo, feedback::restore),
                        new Snapshots.Part("last-good", 1, remembered::writeTo, remembered::restore)),
                InstantSource.system(),
                telemetry.registry());
        return new SnapshotVerticle(
                config.pool().snapshotInterval(),
                files,
                remembered,
                () -> pooled(pool.best(config.pool().lastGood())),
                store::get,
                reserve::hold,
                schedules,
                InstantSource.system());
    }

    private WarmUpVerticle warmUp(Pool pool, ProxyStore store) {
        return new WarmUpVerticle(
                config.pool(),
                (checkedBeforeMillis, limit) -> pooled(pool.neverUsed(checkedBeforeMillis, limit)),
                store,
                schedules,
                InstantSource.system(),
                telemetry.registry());
    }

    private static List<PooledProxy> pooled(List<Served> served) {
        return served.stream().map(Served::pooled).toList();
    }

    private CheckPolicy policy() {
        return config.schedule().policy(config.check().mode() == CheckMode.CONNECT);
    }

    private KeepVerticle keep(ProxyStore store, Pool pool, Locator locator, HistoryVerticle history) {
        KeepVerticle keep = new KeepVerticle(
                config.store(),
                policy(),
                demand,
                store,
                pool,
                locator,
                bus,
                schedules,
                new SplittableRandom(),
                InstantSource.system(),
                System::nanoTime,
                history::checked,
                telemetry.registry());
        keep.features(config.features());
        return keep;
    }

    private FetchVerticle fetch(Resolver names, ProxyStore store, SourceFigures figures) {
        ParseOptions parsing = ParseOptions.of(fetchPolicy);
        return new FetchVerticle(
                config.fetch(),
                bus,
                names,
                fetchPolicy,
                (format, sink) -> ListParsers.create(format, parsing, sink),
                (entry, source) -> EntryMapping.toCandidate(entry, source.protocol(), source.httpsIsTls()),
                store.settings(),
                figures,
                telemetry.registry(),
                telemetry.traces());
    }

    private ScheduleVerticle schedule(ProxyStore store) {
        return new ScheduleVerticle(
                config.schedule(),
                config.check(),
                config.store().archiveAfter(),
                store,
                bus,
                schedules,
                () -> checking.state(),
                demand,
                clock,
                System::nanoTime,
                telemetry.registry());
    }

    /** What the checker says, and what holds it back. */
    private Checking checkingWith(Resources resources) {
        return new Checking() {
            @Override
            public State state() {
                return checking.state();
            }

            @Override
            public Resources.Bottleneck bottleneck() {
                return resources.bottleneck();
            }
        };
    }

    private CheckVerticle check(Judges judges, Resolver names) {
        judged = !judges.plain().isEmpty() || !judges.publicPages().isEmpty();
        AddressPolicy policy = AddressPolicy.following(
                () -> config.net().allowedNetworks(), () -> config.check().allowPrivate());
        CheckVerticle check = new CheckVerticle(
                new CheckSetup(config.check(), policy, judges, names, clock, telemetry.registry(), telemetry.traces()),
                bus);
        checking = check;
        rooms.add(check);
        return check;
    }

    private ApiVerticle api(ApiVerticle.Collaborators collaborators) {
        ApiVerticle made = new ApiVerticle(config.server(), config.security(), collaborators);
        made.follow(config);
        synchronized (apis) {
            apis.add(made);
        }
        return made;
    }

    private Future<Void> deploy(Deployable verticle) {
        return deploy(() -> verticle, 1);
    }

    private Future<Void> deploy(Supplier<? extends Deployable> verticle, int instances) {
        return vertx.deployVerticle(verticle, new DeploymentOptions().setInstances(instances))
                .onSuccess(id -> stops.push(() -> vertx.undeploy(id)))
                .mapEmpty();
    }

    /** One instance of the API a core: the other event loops are for checking. */
    private static int eventLoops() {
        return Math.max(1, Runtime.getRuntime().availableProcessors());
    }

    private void importAll(ProxyStore store, List<Path> lists) {
        Future<?> before = Future.succeededFuture();
        for (Path list : lists) {
            before = before.compose(done -> new Importer(vertx, store, fetchPolicy).run(list, ImportOptions.defaults()))
                    .onSuccess(result -> LOG.atInfo()
                            .addKeyValue("list", list)
                            .addKeyValue("added", result.counts().added())
                            .addKeyValue("known", result.counts().known())
                            .log("imported"))
                    .onFailure(failure -> LOG.atError()
                            .addKeyValue("list", list)
                            .setCause(failure)
                            .log("import failed"));
        }
    }

    /** As of {@link #observeJudges}: picks ask for each proxy. */
    private boolean servesConnectOnly() {
        return connectOnly;
    }

    private void observeJudges() {
        connectOnly = switch (config.check().mode()) {
            case CONNECT -> true;
            case FULL -> false;
            case AUTO -> !judged || noJudgeAnswers();
        };
    }

    /** Known once the checker has asked them. */
    private boolean noJudgeAnswers() {
        List<Checking.Judge> judges = checking.state().judges();
        return !judges.isEmpty() && judges.stream().noneMatch(Checking.Judge::up);
    }

    /** Signs with {@code judge.secret}, or with a key that only this process knows. */
    static JudgeSigner signer(@Nullable Secret secret) {
        if (secret == null) {
            return JudgeSigner.random(new SecureRandom());
        }
        byte[] key = secret.reveal().getBytes(StandardCharsets.UTF_8);
        if (key.length < JudgeSigner.MIN_KEY_BYTES) {
            throw new UsageException(
                    "judge.secret: " + key.length + " bytes (expected: " + JudgeSigner.MIN_KEY_BYTES + " or more)");
        }
        return new JudgeSigner(key);
    }

    /** A key of its own for the judge's TLS listener. */
    static SelfSigned identity() {
        Instant now = Instant.now();
        try {
            return SelfSigned.create(
                    "judge.sluice",
                    InetAddress.getLoopbackAddress(),
                    now.minus(Duration.ofDays(1)),
                    now.plus(CERTIFICATE_LIFE));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no P-256", e);
        }
    }

    /** Reads the configuration again, as {@code POST /reload} does. */
    Future<Reload.Result> reload() {
        return requireReloading().reload();
    }

    /** The configuration in force, and what waits for a restart. */
    Reloader reloading() {
        return requireReloading().reloader();
    }

    private Reloading requireReloading() {
        return Objects.requireNonNull(reloading, "not started yet");
    }

    /** What follows the configuration. */
    List<Reloadable> rooms() {
        return List.copyOf(rooms);
    }

    /** Port the API listens on. */
    int port() {
        synchronized (apis) {
            return apis.get(0).port();
        }
    }

    private String url() {
        String host = config.server().host();
        return "http://" + (host.indexOf(':') >= 0 && !host.startsWith("[") ? '[' + host + ']' : host) + ':' + port();
    }

    @Override
    public boolean credentialsUnavailable() {
        return credentialsFail.getAsBoolean();
    }

    @Override
    public State state() {
        return state == State.READY && !storeAnswers.getAsBoolean() ? State.DEGRADED : state;
    }

    @Override
    public Future<Void> stop() {
        state = State.STOPPING;
        Future<Void> before = Future.succeededFuture();
        while (!stops.isEmpty()) {
            Supplier<Future<?>> stop = stops.pop();
            before = before.transform(result -> stop.get().transform(stopped -> {
                if (stopped.failed()) {
                    LOG.atWarn().setCause(stopped.cause()).log("a part did not stop in order");
                }
                return Future.succeededFuture();
            }));
        }
        return before;
    }
}
