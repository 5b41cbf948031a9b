package dev.sluice.fetch;

import dev.sluice.bus.Bus;
import dev.sluice.bus.Channels;
import dev.sluice.bus.Loop;
import dev.sluice.config.FetchConfig;
import dev.sluice.config.SluiceConfig;
import dev.sluice.config.SourceConfig;
import dev.sluice.message.SourceChanged;
import dev.sluice.message.SourceFetched;
import dev.sluice.net.GuardedHttp;
import dev.sluice.net.Resolver;
import dev.sluice.parse.AddressPolicy;
import dev.sluice.port.Reloadable;
import dev.sluice.port.Settings;
import dev.sluice.port.SourceFigures;
import dev.sluice.port.Sources;
import dev.sluice.telemetry.Traces;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.WorkerExecutor;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches the configured sources, each in its own time, and hands their entries to {@code sluice.candidates.found}; tells
 * the end of each fetch on {@code sluice.source.fetched}, and what was switched on {@code sluice.source.changed}. One instance. {@link Sources} and {@link #apply} may be used
 * from any thread.
 */
public final class FetchVerticle extends VerticleBase implements Sources, Reloadable {
    private static final Logger LOG = LoggerFactory.getLogger(FetchVerticle.class);
    private static final long MAX_TIMER_MILLIS = 3_600_000;
    private static final int MAX_WORKERS = 4;
    /** How often it is seen whether a source that is fetched rarely has become worth more. */
    private static final long LOOK_MILLIS = 60_000;
    /** How long an answer waits for the database. */
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final FetchConfig config;
    private final Bus bus;
    private final Resolver resolver;
    private final AddressPolicy policy;
    private final ParserFactory parsers;
    private final EntryMapper mapper;
    private final Settings settings;
    private final SourceFigures figures;
    private final MeterRegistry registry;
    private final Traces traces;
    private final InstantSource clock;
    private final LongSupplier monotonicMillis;

    private final FetchPlan plan;
    private final Map<String, Source> sources = new TreeMap<>();
    private final Map<String, FetchMeters.OfSource> meters = new HashMap<>();
    private final Map<String, List<Promise<Void>>> waiters = new HashMap<>();
    private final Set<String> forced = new HashSet<>();
    private @Nullable FetchMeters allMeters;
    private @Nullable GuardedHttp http;
    private @Nullable WorkerExecutor worker;
    private @Nullable FetchTools tools;
    private @Nullable SourceChoices choices;
    private long timer = -1;
    private long looking = -1;
    private boolean stopping;

    /** Published after every change, for readers on other threads. */
    private volatile View view = new View(List.of(), List.of(), Map.of(), Map.of());

    private volatile @Nullable Context home;

    /**
     * @param config section {@code fetch}
     * @param bus where entries go
     * @param resolver for host names of sources
     * @param policy which addresses may be connected to
     * @param parsers make a parser a list; entries must be admitted by the same rules
     * @param mapper from entries to candidates
     * @param settings where it is kept what was switched on or off at run time
     * @param figures what sources turned out to be worth
     * @param registry for meters
     */
    public FetchVerticle(
            FetchConfig config,
            Bus bus,
            Resolver resolver,
            AddressPolicy policy,
            ParserFactory parsers,
            EntryMapper mapper,
            Settings settings,
            SourceFigures figures,
            MeterRegistry registry,
            Traces traces) {
        this(
                config,
                bus,
                resolver,
                policy,
                parsers,
                mapper,
                settings,
                figures,
                registry,
                traces,
                InstantSource.system(),
                () -> TimeUnit.NANOSECONDS.toMillis(System.nanoTime()),
                new SplittableRandom());
    }

    /** With clocks and randomness of its own, for tests. */
    FetchVerticle(
            FetchConfig config,
            Bus bus,
            Resolver resolver,
            AddressPolicy policy,
            ParserFactory parsers,
            EntryMapper mapper,
            Settings settings,
            SourceFigures figures,
            MeterRegistry registry,
            Traces traces,
            InstantSource clock,
            LongSupplier monotonicMillis,
            RandomGenerator random) {
        this.config = config;
        this.bus = bus;
        this.resolver = resolver;
        this.policy = policy;
        this.parsers = parsers;
        this.mapper = mapper;
        this.settings = settings;
        this.figures = figures;
        this.registry = registry;
        this.traces = traces;
        this.clock = clock;
        this.monotonicMillis = monotonicMillis;
        this.plan = new FetchPlan(config.concurrency(), config.retryInterval(), random);
    }

    @Override
    public Future<?> start() {
        allMeters = new FetchMeters(registry);
        GuardedHttp guarded = new GuardedHttp(vertx, resolver, policy);
        int workers = Math.min(
                config.concurrency(),
                Math.min(MAX_WORKERS, Math.max(2, Runtime.getRuntime().availableProcessors())));
        WorkerExecutor pool = vertx.createSharedWorkerExecutor("sluice-fetch", workers);
        http = guarded;
        worker = pool;
        tools = new FetchTools(guarded, pool, parsers, mapper, found -> bus.request(Channels.CANDIDATES_FOUND, found));
        SourceChoices remembered = new SourceChoices(new Loop(context), settings, PATIENCE);
        choices = remembered;
        return remembered.load().onSuccess(loaded -> {
            home = context;
            put(config);
            looking = vertx.setPeriodic(LOOK_MILLIS, id -> look());
        });
    }

    @Override
    public Future<?> stop() {
        stopping = true;
        vertx.cancelTimer(timer);
        vertx.cancelTimer(looking);
        List<Promise<Void>> open = new ArrayList<>();
        waiters.values().forEach(open::addAll);
        waiters.clear();
        open.forEach(promise -> promise.tryFail(new IllegalStateException("fetching has stopped")));
        List<Future<?>> closing = new ArrayList<>();
        if (http != null) {
            closing.add(http.close());
        }
        if (worker != null) {
            closing.add(worker.close());
        }
        return closing.isEmpty() ? Future.succeededFuture() : Future.join(closing);
    }

    @Override
    public List<State> states() {
        return view.states;
    }

    @Override
    public List<Account> accounts() {
        return view.accounts;
    }

    @Override
    public Map<String, Boolean> chosen() {
        return view.chosen;
    }

    @Override
    public Future<Account> enable(String name, @Nullable Boolean enabled) {
        Promise<Account> done = Promise.promise();
        Context owner = home;
        if (owner == null) {
            return Future.failedFuture(new IllegalStateException("fetching has not started"));
        }
        owner.runOnContext(v -> enableHere(name, enabled).onComplete(done));
        return onCallersContext(done.future());
    }

    private Future<Account> enableHere(String name, @Nullable Boolean enabled) {
        SourceChoices remembered = choices;
        Source source = sources.get(name);
        if (stopping || remembered == null) {
            return Future.failedFuture(new IllegalStateException("fetching has stopped"));
        }
        if (source == null) {
            return Future.failedFuture(unknown(name));
        }
        boolean before = enabled(source);
        Future<Void> written = remembered.choose(name, enabled);
        switched(source, before, "a source was switched by API");
        proceed();
        return written.compose(done -> {
            publish();
            return view.accounts.stream()
                    .filter(account -> account.state().name().equals(name))
                    .findFirst()
                    .map(Future::succeededFuture)
                    .orElseGet(() -> Future.failedFuture(unknown(name)));
        });
    }

    /** Follows a choice that was made. */
    private void switched(Source source, boolean before, String message) {
        boolean now = enabled(source);
        if (before == now) {
            return;
        }
        String name = source.name();
        LOG.atInfo().addKeyValue("source", name).addKeyValue("enabled", now).log(message);
        plan.enable(name, now, monotonicMillis.getAsLong());
        // Who hears of it and looks at the states finds it there.
        publish();
        SourceChoices remembered = choices;
        bus.publish(
                Channels.SOURCE_CHANGED, new SourceChanged(name, now, remembered == null ? null : remembered.of(name)));
    }

    /**
     * Reads again what was chosen, and follows what other instances on the same database chose. Thread-safe.
     *
     * @return when it is in force; fails when the database does not answer, and then nothing changes
     */
    public Future<Void> refresh() {
        Promise<Void> done = Promise.promise();
        Context owner = home;
        if (owner == null) {
            return Future.failedFuture(new IllegalStateException("fetching has not started"));
        }
        owner.runOnContext(v -> refreshHere().onComplete(done));
        return onCallersContext(done.future());
    }

    private Future<Void> refreshHere() {
        SourceChoices remembered = choices;
        if (stopping || remembered == null) {
            return Future.failedFuture(new IllegalStateException("fetching has stopped"));
        }
        return remembered.refresh().map(changed -> {
            changed.forEach((name, before) -> {
                Source source = sources.get(name);
                if (source != null) {
                    switched(source, source.enabled(before.orElse(null)), "a source was switched on another instance");
                }
            });
            if (!changed.isEmpty()) {
                proceed();
            }
            return null;
        });
    }

    private IllegalArgumentException unknown(String name) {
        return new IllegalArgumentException(
                "source: " + name + " (expected: one of " + String.join(", ", sources.keySet()) + ")");
    }

    private boolean enabled(Source source) {
        SourceChoices remembered = choices;
        return source.enabled(remembered == null ? null : remembered.of(source.name()));
    }

    /** Sees whether a source that is fetched rarely has become worth more. */
    private void look() {
        SourceFigures.Counted counted = figures.counted();
        boolean changed = false;
        for (Source source : sources.values()) {
            if (source.stretch().looked(counted, source.name())) {
                stretched(source);
                changed = true;
            }
        }
        if (changed) {
            proceed();
        }
    }

    private void stretched(Source source) {
        Duration period = source.stretch().stretched(source.period());
        plan.stretch(source.name(), period, monotonicMillis.getAsLong());
        LOG.atInfo()
                .addKeyValue("source", source.name())
                .addKeyValue("interval", source.period())
                .addKeyValue("stretched", period)
                .addKeyValue("why", source.stretch().why())
                .log(
                        source.stretch().factor() > 1
                                ? "a source is fetched less often"
                                : "a source is fetched as before");
    }

    @Override
    public Rejections rejections(String name) {
        return view.rejections.getOrDefault(name, Rejections.NONE);
    }

    @Override
    public Future<Void> fetchNow(@Nullable String name) {
        Promise<Void> done = Promise.promise();
        Context owner = home;
        if (owner == null) {
            return Future.failedFuture(new IllegalStateException("fetching has not started"));
        }
        owner.runOnContext(v -> fetchHere(name).onComplete(done));
        return onCallersContext(done.future());
    }

    /**
     * Puts other sources into force: new ones are added, missing ones taken away, changed ones fetched again. Of the rest
     * of {@code changed} only {@code enabled} is used; {@code concurrency} and {@code retry-interval} need a restart.
     *
     * @return when it is in force
     */
    public Future<Void> apply(FetchConfig changed) {
        Context owner = home;
        if (owner == null) {
            return Future.failedFuture(new IllegalStateException("fetching has not started"));
        }
        Promise<Void> done = Promise.promise();
        owner.runOnContext(v -> {
            put(changed);
            done.complete();
        });
        return onCallersContext(done.future());
    }

    @Override
    public List<String> liveKeys() {
        return List.of("fetch.enabled", "fetch.sources");
    }

    @Override
    public Prepared prepare(SluiceConfig next) {
        return () -> apply(next.fetch())
                .onFailure(failure ->
                        LOG.atWarn().addKeyValue("error", failure.getMessage()).log("sources were not changed"));
    }

    private <T> Future<T> onCallersContext(Future<T> future) {
        Context caller = vertx.getOrCreateContext();
        Promise<T> promise = Promise.promise();
        future.onComplete(result -> caller.runOnContext(v -> promise.handle(result)));
        return promise.future();
    }

    private Future<Void> fetchHere(@Nullable String name) {
        if (stopping) {
            return Future.failedFuture(new IllegalStateException("fetching has stopped"));
        }
        List<Future<Void>> ends = new ArrayList<>();
        if (name != null) {
            if (!sources.containsKey(name)) {
                return Future.failedFuture(unknown(name));
            }
            ends.add(ask(name));
        } else {
            for (Source source : sources.values()) {
                if (enabled(source)) {
                    ends.add(ask(source.name()));
                }
            }
        }
        proceed();
        return Future.join(ends).mapEmpty();
    }

    /** A fetch that runs already is joined. */
    private Future<Void> ask(String name) {
        Promise<Void> promise = Promise.promise();
        waiters.computeIfAbsent(name, key -> new ArrayList<>()).add(promise);
        if (plan.ask(name)) {
            forced.add(name);
        }
        return promise.future();
    }

    private void put(FetchConfig next) {
        if (stopping) {
            return;
        }
        long now = monotonicMillis.getAsLong();
        plan.activate(next.enabled());
        for (String name : List.copyOf(sources.keySet())) {
            if (!next.sources().containsKey(name)) {
                sources.remove(name);
                plan.remove(name);
                forced.remove(name);
                release(name);
                FetchMeters.OfSource gone = meters.remove(name);
                if (gone != null) {
                    gone.remove();
                }
            }
        }
        for (Map.Entry<String, SourceConfig> entry : new TreeMap<>(next.sources()).entrySet()) {
            String name = entry.getKey();
            Source known = sources.get(name);
            if (known != null && known.config().equals(entry.getValue())) {
                continue;
            }
            Source source = known == null ? new Source(name, entry.getValue()) : known.with(entry.getValue());
            sources.put(name, source);
            plan.put(name, source.period(), enabled(source), now);
            if (allMeters != null) {
                meters.computeIfAbsent(name, allMeters::ofSource);
            }
        }
        proceed();
    }

    /** Begins what is due and sets the timer for what comes next. */
    private void proceed() {
        if (stopping) {
            return;
        }
        vertx.cancelTimer(timer);
        for (String name : plan.due(monotonicMillis.getAsLong())) {
            begin(name);
        }
        long now = monotonicMillis.getAsLong();
        long wake = plan.nextWakeAt(now);
        if (wake != Long.MAX_VALUE) {
            timer = vertx.setTimer(Math.max(1, Math.min(MAX_TIMER_MILLIS, wake - now)), id -> proceed());
        }
        publish();
    }

    private void begin(String name) {
        Source source = sources.get(name);
        FetchTools with = tools;
        if (source == null || with == null) {
            plan.ended(name, true, null, monotonicMillis.getAsLong());
            return;
        }
        long startedAtMillis = clock.millis();
        long startNanos = System.nanoTime();
        LOG.atDebug().addKeyValue("source", name).log("fetching");
        new SourceFetch(name, source.config(), startedAtMillis, source.memory(), with)
                .run(forced.remove(name))
                .onComplete(
                        report -> ended(source, report, startedAtMillis, System.nanoTime() - startNanos),
                        // A fetch turns failures into reports; this is a fault of ours, and still must end it.
                        fault -> {
                            LOG.atError()
                                    .addKeyValue("source", name)
                                    .setCause(fault)
                                    .log("a fetch broke off");
                            ended(
                                    source,
                                    new FetchReport(
                                            SourceFetched.Result.FAILED,
                                            0,
                                            0,
                                            new Rejects(),
                                            String.valueOf(fault.getMessage()),
                                            null,
                                            source.memory()),
                                    startedAtMillis,
                                    System.nanoTime() - startNanos);
                        });
    }

    private void ended(Source source, FetchReport report, long startedAtMillis, long tookNanos) {
        String name = source.name();
        if (stopping) {
            return;
        }
        boolean success = report.result() != SourceFetched.Result.FAILED;
        boolean failedBefore = plan.failures(name) > 0;
        boolean allFailedBefore = plan.everySourceFails();
        SourceFigures.Counted counted = figures.counted();
        if (sources.get(name) == source) {
            if (success && source.stretch().fetched(counted, name, source.period(), monotonicMillis.getAsLong())) {
                stretched(source);
            }
            source.ended(report, startedAtMillis, counted.of(name));
        }
        plan.ended(name, success, report.retryAfter(), monotonicMillis.getAsLong());
        if (sources.get(name) == source) {
            log(name, report, failedBefore, allFailedBefore);
        }
        if (traces.on()) {
            trace(name, report, tookNanos);
        }
        FetchMeters.OfSource meter = meters.get(name);
        if (meter != null) {
            meter.record(report, Duration.ofNanos(tookNanos));
        }
        // Who hears of the fetch and looks at the states finds it there.
        publish();
        if (sources.containsKey(name)) {
            bus.publish(
                    Channels.SOURCE_FETCHED,
                    new SourceFetched(
                            name,
                            startedAtMillis,
                            report.result(),
                            report.entries(),
                            report.added(),
                            report.rejects().total(),
                            report.error()));
        }
        proceed();
        release(name);
    }

    private void trace(String name, FetchReport report, long tookNanos) {
        long endedNanos = System.nanoTime();
        traces.ended(
                "fetch",
                null,
                endedNanos - tookNanos,
                endedNanos,
                Map.of(
                        "source.name", name,
                        "fetch.result", report.result(),
                        "fetch.entries", report.entries(),
                        "fetch.added", report.added(),
                        "fetch.rejected", report.rejects().total()),
                report.result() == SourceFetched.Result.FAILED ? "failed" : null);
    }

    private void log(String name, FetchReport report, boolean failedBefore, boolean allFailedBefore) {
        if (report.result() != SourceFetched.Result.FAILED) {
            if (failedBefore) {
                LOG.atInfo().addKeyValue("source", name).log("a source answers again");
            }
            LOG.atDebug()
                    .addKeyValue("source", name)
                    .addKeyValue("result", report.result())
                    .addKeyValue("entries", report.entries())
                    .addKeyValue("added", report.added())
                    .addKeyValue("rejected", report.rejects().total())
                    .log("fetched");
        } else {
            (failedBefore ? LOG.atDebug() : LOG.atWarn())
                    .addKeyValue("source", name)
                    .addKeyValue("error", report.error())
                    .addKeyValue("entries", report.entries())
                    .log("a source failed");
            if (plan.everySourceFails() && !allFailedBefore) {
                LOG.atWarn()
                        .addKeyValue("retry_interval", config.retryInterval())
                        .log("every source fails; what the pool has goes on being served");
            }
        }
    }

    private void release(String name) {
        List<Promise<Void>> waiting = waiters.remove(name);
        if (waiting != null) {
            waiting.forEach(Promise::tryComplete);
        }
    }

    private void publish() {
        long now = monotonicMillis.getAsLong();
        long wall = clock.millis();
        SourceChoices remembered = choices;
        List<State> states = new ArrayList<>(sources.size());
        List<Account> accounts = new ArrayList<>(sources.size());
        Map<String, Rejections> rejections = new HashMap<>();
        for (Source source : sources.values()) {
            String name = source.name();
            long next = plan.nextAt(name, now);
            State state = source.state(
                    enabled(source), plan.failures(name), next == Long.MAX_VALUE ? 0 : wall + Math.max(0, next - now));
            states.add(state);
            accounts.add(source.account(
                    state,
                    remembered == null ? null : remembered.of(name),
                    remembered == null || remembered.kept(name)));
            rejections.put(name, source.rejections());
        }
        view = new View(
                List.copyOf(states),
                List.copyOf(accounts),
                Map.copyOf(rejections),
                remembered == null ? Map.of() : remembered.all());
    }

    private record View(
            List<State> states,
            List<Account> accounts,
            Map<String, Rejections> rejections,
            Map<String, Boolean> chosen) {}
}
