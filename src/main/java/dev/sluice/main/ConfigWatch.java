package dev.sluice.main;

import dev.sluice.config.ConfigFile;
import dev.sluice.config.SluiceConfig;
import dev.sluice.port.Reload;
import dev.sluice.port.Reloadable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks for a reload when the content of the file has changed and then stayed the same from one look to the next, so that a
 * file that is still being written is let be. It looks at the content alone: writing in place, renaming over it and
 * swapping the symbolic links of a ConfigMap are all the same, and touching it is nothing. A file that has vanished is
 * waited for: going back to the defaults without being asked would surprise. Thread-safe.
 */
final class ConfigWatch implements Reloadable {
    static final String KEY = "server.watch-config";

    private static final Logger LOG = LoggerFactory.getLogger(ConfigWatch.class);
    private static final int LARGEST = 1 << 21;

    private final Vertx vertx;
    private final Path file;
    private final Supplier<String> read;
    private final Reload reload;
    private final Function<Callable<Void>, Future<Void>> worker;

    /** What was there at the last look, when it was not what is in force; empty otherwise. One look at a time. */
    private String seen = "";
    /** What the last reload was asked for because of: a broken file is tried once. */
    private String tried = "";

    private boolean missed;

    // Guarded by this.
    private @Nullable Long timer;
    private boolean stopped;

    /**
     * @param file what is watched, existing or not
     * @param read hash of the content that was accepted last, as of {@link ConfigFile#hash()}
     * @param worker reads files
     */
    ConfigWatch(
            Vertx vertx,
            Path file,
            Supplier<String> read,
            Reload reload,
            Function<Callable<Void>, Future<Void>> worker) {
        this.vertx = vertx;
        this.file = file;
        this.read = read;
        this.reload = reload;
        this.worker = worker;
    }

    /** Looks at the file every so often from now on; never where {@code every} is 0. */
    synchronized void start(Duration every) {
        if (timer != null) {
            vertx.cancelTimer(timer);
            timer = null;
        }
        if (!stopped && !every.isZero()) {
            timer = vertx.setTimer(
                    every.toMillis(),
                    id -> worker.apply(this::look)
                            .onFailure(failure ->
                                    LOG.atError().setCause(failure).log("the watch of the configuration broke"))
                            .onComplete(looked -> again(id, every)));
        }
    }

    private synchronized void again(long ended, Duration every) {
        // Another interval may have come into force meanwhile, with a timer of its own.
        if (timer != null && timer == ended) {
            timer = null;
            start(every);
        }
    }

    synchronized Future<Void> stop() {
        stopped = true;
        start(Duration.ZERO);
        return Future.succeededFuture();
    }

    @Override
    public List<String> liveKeys() {
        return List.of(KEY);
    }

    @Override
    public Prepared prepare(SluiceConfig next) {
        return () -> start(next.server().watchConfig());
    }

    /** Looks once. Blocks. */
    @Nullable
    Void look() {
        String now = content();
        if (now.isEmpty() || now.equals(read.get()) || now.equals(tried)) {
            seen = "";
            if (now.equals(read.get())) {
                tried = "";
            }
        } else if (!now.equals(seen)) {
            seen = now;
        } else {
            seen = "";
            tried = now;
            LOG.atInfo().addKeyValue("file", file).log("the configuration has changed, it is read again");
            reload.reload()
                    .onFailure(failure ->
                            LOG.atError().setCause(failure).log("the configuration could not be read again"));
        }
        return null;
    }

    private String content() {
        try (InputStream in = Files.newInputStream(file)) {
            String hash = ConfigFile.hash(in.readNBytes(LARGEST));
            missed = false;
            return hash;
        } catch (IOException e) {
            if (!missed && !read.get().isEmpty()) {
                missed = true;
                LOG.atWarn()
                        .addKeyValue("file", file)
                        .addKeyValue("error", e.getClass().getSimpleName())
                        .log("the configuration cannot be read any more; what is in force stays");
            }
            return "";
        }
    }
}
