package dev.sluice.main;

import dev.sluice.config.ConfigDiff;
import dev.sluice.config.ConfigException;
import dev.sluice.config.LoadedConfig;
import dev.sluice.config.Problem;
import dev.sluice.config.SluiceConfig;
import dev.sluice.message.ConfigChanged;
import dev.sluice.port.Reload;
import dev.sluice.port.Reloadable;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the configuration again and puts into force what can change while running: every room prepares, then all of them
 * commit, or none. One reload at a time; those that are asked for meanwhile become one more. Thread-safe.
 */
final class Reloader implements Reload {
    private static final Logger LOG = LoggerFactory.getLogger(Reloader.class);

    private final Supplier<LoadedConfig> reread;
    private final Supplier<List<Reloadable>> rooms;
    private final Function<Callable<Result>, Future<Result>> worker;
    private final Consumer<ConfigChanged> told;
    private final Consumer<LoadedConfig> accepted;

    /** What is in force, and what a restart would put into force; one reference, so that they fit together. */
    private volatile State state;

    // Guarded by this.
    private boolean running;
    private @Nullable Promise<Result> next;

    private record State(SluiceConfig inForce, LoadedConfig read) {}

    /**
     * @param started what the rooms were started with
     * @param reread reads the same inputs again; may block; fails with {@link ConfigException}
     * @param rooms those there are at the moment, in the order in which they prepare and commit
     * @param worker does a piece of work that may block
     * @param told hears of each reload that changed something, or left something to a restart
     * @param accepted hears of each configuration that was put into force, on the worker
     */
    Reloader(
            LoadedConfig started,
            Supplier<LoadedConfig> reread,
            Supplier<List<Reloadable>> rooms,
            Function<Callable<Result>, Future<Result>> worker,
            Consumer<ConfigChanged> told,
            Consumer<LoadedConfig> accepted) {
        this.reread = reread;
        this.rooms = rooms;
        this.worker = worker;
        this.told = told;
        this.accepted = accepted;
        this.state = new State(started.config(), started);
    }

    /** The configuration in force: what was read last, with what the process was started with where only a restart helps. */
    SluiceConfig inForce() {
        return state.inForce;
    }

    /** The configuration that was accepted last, with the origin of each key: what a restart would put into force. */
    LoadedConfig read() {
        return state.read;
    }

    /** Dotted keys that were changed and wait for a restart, in the order of the file. */
    List<String> pending() {
        State now = state;
        return ConfigDiff.between(now.inForce, now.read.config()).restart();
    }

    @Override
    public Future<Result> reload() {
        Promise<Result> mine;
        synchronized (this) {
            if (running) {
                Promise<Result> waiting = next;
                if (waiting == null) {
                    waiting = Promise.promise();
                    next = waiting;
                }
                return waiting.future();
            }
            running = true;
            mine = Promise.promise();
        }
        run(mine);
        return mine.future();
    }

    private void run(Promise<Result> mine) {
        worker.apply(this::apply).onComplete(result -> {
            Promise<Result> following;
            synchronized (this) {
                following = next;
                next = null;
                running = following != null;
            }
            mine.handle(result);
            if (following != null) {
                run(following);
            }
        });
    }

    private Result apply() {
        LoadedConfig read;
        SluiceConfig inForce;
        ConfigDiff diff;
        try {
            read = reread.get();
            diff = ConfigDiff.between(state.inForce, read.config());
            inForce = ConfigDiff.inForce(state.inForce, read.config());
            if (!diff.live().isEmpty()) {
                prepare(inForce).forEach(Reloader::commit);
            }
        } catch (ConfigException e) {
            List<String> problems = e.problems().stream().map(Problem::toString).toList();
            LOG.atWarn().addKeyValue("problems", problems).log("configuration refused, the old one stays");
            return new Result(List.of(), List.of(), problems);
        }
        state = new State(inForce, read);
        read.warnings().forEach(LOG::warn);
        if (diff.isEmpty()) {
            LOG.info("configuration read again, nothing has changed");
        } else {
            LOG.atInfo()
                    .addKeyValue("applied", diff.live())
                    .addKeyValue("restart", diff.restart())
                    .log("configuration read again");
            told.accept(new ConfigChanged(diff.live(), diff.restart()));
        }
        accepted.accept(read);
        return new Result(diff.live(), diff.restart(), List.of());
    }

    /** Has every room prepare. Where one refuses, those before it let go, and the refusal is thrown on. */
    private List<Reloadable.Prepared> prepare(SluiceConfig inForce) {
        List<Reloadable.Prepared> prepared = new ArrayList<>();
        try {
            for (Reloadable room : rooms.get()) {
                prepared.add(room.prepare(inForce));
            }
            return prepared;
        } catch (RuntimeException e) {
            prepared.forEach(Reloadable.Prepared::abandon);
            throw e;
        }
    }

    /** What has begun is ended: a room that breaks its promise not to fail must not leave the others behind. */
    private static void commit(Reloadable.Prepared prepared) {
        try {
            prepared.commit();
        } catch (RuntimeException e) {
            LOG.atError().setCause(e).log("a room did not take the new configuration");
        }
    }
}
