package dev.sluice.api;

import dev.sluice.config.SluiceConfig;
import dev.sluice.pool.Strategy;
import dev.sluice.pool.StrategyInForce;
import dev.sluice.port.Reloadable;
import dev.sluice.port.Settings;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which strategy is in force, and who said so: a choice made by API stands before the configuration and is kept over
 * restarts, until it is taken back. Thread-safe.
 *
 * <p>A choice takes effect at once, whether the database answers or not. It is written by one write at a time, the latest
 * choice last, however many are made meanwhile.
 */
public final class StrategySwitch implements Reloadable {
    /** Name under which a choice is kept, and the key of the configuration it stands before. */
    public static final String SETTING = "pool.strategy";

    /** How long an answer waits for the database. */
    static final Duration PATIENCE = Duration.ofSeconds(2);

    private static final Logger LOG = LoggerFactory.getLogger(StrategySwitch.class);

    private final StrategyInForce inForce;
    private final Settings settings;
    private final long patienceMillis;
    private Strategy configured;
    private @Nullable Strategy chosen;
    private boolean kept = true;
    private boolean writing;
    /** Grows whenever a choice is made or written: what was read before may be older. */
    private long made;
    /** Whether the write under way has outlasted all patience: no further request waits for it. */
    private boolean overdue;
    /** Completes with the next write, which has not begun; null when there is nothing to write. */
    private @Nullable Promise<Void> next;

    /**
     * A switch on which nobody has laid hands yet: the configured strategy is in force.
     *
     * @param inForce what picks follow
     * @param settings where choices are kept
     * @param configured what the configuration says
     */
    public StrategySwitch(StrategyInForce inForce, Settings settings, Strategy configured) {
        this(inForce, settings, configured, PATIENCE);
    }

    StrategySwitch(StrategyInForce inForce, Settings settings, Strategy configured, Duration patience) {
        this.inForce = inForce;
        this.settings = settings;
        this.configured = configured;
        this.patienceMillis = patience.toMillis();
        inForce.switchTo(configured);
    }

    /**
     * What is so at a moment.
     *
     * @param strategy in force
     * @param configured what the configuration says
     * @param changedByApi whether {@code strategy} was chosen by API
     * @param kept whether a restart would find it so; false while a choice is not written, or could not be
     */
    record State(Strategy strategy, Strategy configured, boolean changedByApi, boolean kept) {}

    /**
     * Puts a kept choice in force; to be called once, before requests are answered. A kept name that is no strategy is
     * logged and ignored.
     *
     * @return fails when the database does not answer
     */
    public Future<Void> load() {
        return settings.all().map(all -> {
            restore(all.get(SETTING));
            return null;
        });
    }

    private synchronized void restore(@Nullable String name) {
        if (name == null || chosen != null) {
            return;
        }
        try {
            chosen = Strategy.of(name);
            apply();
        } catch (IllegalArgumentException e) {
            LOG.atWarn()
                    .addKeyValue("kept", name)
                    .addKeyValue("strategy", configured.text())
                    .log("the strategy that was chosen by API is none any more; the configured one is in force");
        }
    }

    /**
     * Reads the choice again, and takes over what another instance has chosen. One of our own that is on its way to the
     * database, or that it did not take, stays.
     *
     * @return fails when the database does not answer; what is in force stays
     */
    public Future<Void> refresh() {
        long begun;
        synchronized (this) {
            begun = made;
        }
        return settings.all().map(all -> {
            takeOver(all.get(SETTING), begun);
            return null;
        });
    }

    private synchronized void takeOver(@Nullable String name, long begun) {
        if (begun != made || !kept) {
            return;
        }
        Strategy known;
        try {
            known = name == null ? null : Strategy.of(name);
        } catch (IllegalArgumentException e) {
            LOG.atDebug().addKeyValue("kept", name).log("another instance chose a strategy that is none here");
            return;
        }
        if (known != chosen) {
            chosen = known;
            Strategy before = inForce.current();
            apply();
            LOG.atInfo()
                    .addKeyValue("strategy", inForce.current().text())
                    .addKeyValue("before", before.text())
                    .log(
                            known == null
                                    ? "the configured strategy is in force again, by another instance"
                                    : "strategy chosen on another instance");
        }
    }

    /** Takes what the configuration says now. It is in force unless a choice was made by API. */
    public synchronized void configured(Strategy strategy) {
        configured = strategy;
        apply();
    }

    @Override
    public List<String> liveKeys() {
        return List.of(SETTING);
    }

    @Override
    public Prepared prepare(SluiceConfig next) {
        Strategy strategy = Strategy.of(next.pool().strategy());
        return () -> configured(strategy);
    }

    /** What was chosen by API; null for nothing. */
    public synchronized @Nullable Strategy chosen() {
        return chosen;
    }

    synchronized State state() {
        return new State(inForce.current(), configured, chosen != null, kept);
    }

    /**
     * Chooses; in force when this returns.
     *
     * @return what is so once it is written, or the database has shown that it does not answer; never fails
     */
    Future<State> choose(Strategy strategy) {
        return change(strategy);
    }

    /** Takes the choice back: the configured strategy is in force when this returns. Otherwise as {@link #choose}. */
    Future<State> reset() {
        return change(null);
    }

    private Future<State> change(@Nullable Strategy strategy) {
        Promise<Void> written;
        boolean begin;
        boolean hopeless;
        synchronized (this) {
            if (chosen != strategy) {
                LOG.atInfo()
                        .addKeyValue("strategy", (strategy == null ? configured : strategy).text())
                        .addKeyValue("before", inForce.current().text())
                        .log(strategy == null ? "the configured strategy is in force again" : "strategy chosen by API");
            }
            chosen = strategy;
            made++;
            kept = false;
            apply();
            written = next == null ? Promise.promise() : next;
            next = written;
            begin = !writing;
            hopeless = overdue;
        }
        if (begin) {
            write();
        }
        if (hopeless) {
            return Future.succeededFuture(state());
        }
        return written.future()
                .timeout(patienceMillis, TimeUnit.MILLISECONDS)
                .transform(result -> Future.succeededFuture(state()));
    }

    private void apply() {
        inForce.switchTo(chosen == null ? configured : chosen);
    }

    /** Writes the latest choice, and again when another was made meanwhile. */
    private void write() {
        Promise<Void> promise;
        Strategy latest;
        synchronized (this) {
            if (writing || next == null) {
                return;
            }
            promise = next;
            latest = chosen;
            next = null;
            writing = true;
        }
        Future<Void> write = latest == null ? settings.remove(SETTING) : settings.put(SETTING, latest.text());
        write.timeout(patienceMillis, TimeUnit.MILLISECONDS).onFailure(failure -> {
            synchronized (this) {
                overdue = !write.isComplete();
            }
        });
        write.onComplete(result -> {
            synchronized (this) {
                writing = false;
                overdue = false;
                made++;
                kept = result.succeeded() && next == null;
            }
            if (result.failed()) {
                LOG.atWarn()
                        .addKeyValue("strategy", latest == null ? "as configured" : latest.text())
                        .setCause(result.cause())
                        .log("the strategy is in force, but is not kept");
                promise.fail(result.cause());
            } else {
                promise.complete();
            }
            write();
        });
    }
}
