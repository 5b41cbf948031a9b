package dev.sluice.bulk.export;

import dev.sluice.bulk.export.ExportFiles.Name;
import dev.sluice.bulk.export.Notes.Cursor;
import dev.sluice.port.Exports;
import dev.sluice.port.Exports.Order;
import dev.sluice.port.Exports.Progress;
import dev.sluice.port.JobKind;
import dev.sluice.queue.JobHandler;
import dev.sluice.queue.JobRun;
import dev.sluice.queue.PermanentJobException;
import dev.sluice.store.ProxyStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes exports. What is in the file up to the cursor is on disk before the cursor is noted, so a worker that goes on takes
 * that much of the file of the one before; formats that hold a few entries begin anew. Thread-safe.
 */
public final class ExportJob implements JobHandler {
    /** How often it is noted how far an export is. */
    private static final long NOTE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private final Vertx vertx;
    private final ProxyStore store;
    private final ExportFiles files;
    private final BooleanSupplier connectOnly;
    private final InstantSource clock;
    private final LongSupplier nanoTime;
    private final long noteNanos;
    private final WorkerExecutor worker;

    /**
     * A handler.
     *
     * @param directory where files go, the same as of {@link FileExports}
     * @param connectOnly whether what was verified by a connect alone counts as alive at present
     */
    public ExportJob(Vertx vertx, ProxyStore store, Path directory, BooleanSupplier connectOnly, InstantSource clock) {
        this(vertx, store, directory, connectOnly, clock, System::nanoTime, NOTE_NANOS);
    }

    /** @param noteNanos 0 to note after every page */
    ExportJob(
            Vertx vertx,
            ProxyStore store,
            Path directory,
            BooleanSupplier connectOnly,
            InstantSource clock,
            LongSupplier nanoTime,
            long noteNanos) {
        this.vertx = vertx;
        this.store = store;
        this.files = new ExportFiles(directory);
        this.connectOnly = connectOnly;
        this.clock = clock;
        this.nanoTime = nanoTime;
        this.noteNanos = noteNanos;
        this.worker = ExportFiles.worker(vertx);
    }

    @Override
    public JobKind kind() {
        return JobKind.EXPORT;
    }

    @Override
    public String type() {
        return Exports.TYPE;
    }

    @Override
    public Future<String> run(JobRun run) {
        Order order;
        Cursor cursor;
        try {
            order = Notes.order(run.job().job().payload(), run.job().job().owner());
            String noted = run.job().cursor();
            cursor = noted != null && ExportPass.canResume(order) ? Cursor.of(noted) : null;
        } catch (IllegalArgumentException e) {
            return Future.failedFuture(new PermanentJobException(String.valueOf(e.getMessage()), e));
        }
        String name = Name.of(run.job().id(), run.token(), order.format().extension());
        return worker.executeBlocking(() -> open(run, name, cursor), false)
                .compose(begun -> write(run, order, name, begun).eventually(() -> close(begun.file)));
    }

    /** An export that can be written. */
    private record Begun(ExportFiles.Open file, @Nullable Cursor from) {}

    private Begun open(JobRun run, String name, @Nullable Cursor cursor) throws IOException {
        ExportFiles.Open resumed = cursor == null
                ? null
                : files.goOn(name, cursor.file(), cursor.progress().bytes());
        Begun begun = resumed == null ? new Begun(files.create(name), null) : new Begun(resumed, cursor);
        try {
            if (resumed == null) {
                files.deleteBefore(run.job().id(), run.token());
            }
        } catch (IOException | RuntimeException e) {
            begun.file.close();
            throw e;
        }
        return begun;
    }

    private Future<String> write(JobRun run, Order order, String name, Begun begun) {
        Noting noting = new Noting(run, ExportPass.canResume(order) ? name : null, begun.file);
        ExportPass pass;
        try {
            pass = new ExportPass(
                    vertx, worker, store, order, connectOnly.getAsBoolean(), clock.millis(), begun.file, noting);
        } catch (IllegalArgumentException e) {
            // Filters that were good when they were ordered, by an older release.
            return Future.failedFuture(new PermanentJobException(String.valueOf(e.getMessage()), e));
        }
        if (begun.from != null) {
            pass.resume(begun.from.afterId(), begun.from.progress());
        }
        return pass.run()
                .compose(done -> worker.executeBlocking(
                        () -> {
                            begun.file.force();
                            files.deleteBefore(run.job().id(), run.token());
                            return Notes.result(done, name);
                        },
                        false));
    }

    private Future<Void> close(ExportFiles.Open file) {
        return worker.executeBlocking(
                () -> {
                    file.close();
                    return null;
                },
                false);
    }

    /** Notes how far a pass is, now and then. What the lease before wrote is kept until the first note under this one. */
    private final class Noting implements ExportPass.Waypoint {
        private final JobRun run;
        private final @Nullable String name;
        private final ExportFiles.Open file;
        private long notedNanos = nanoTime.getAsLong();
        private boolean alone;

        Noting(JobRun run, @Nullable String name, ExportFiles.Open file) {
            this.run = run;
            this.name = name;
            this.file = file;
        }

        @Override
        public Future<Void> reached(long afterId, Progress progress) {
            long now = nanoTime.getAsLong();
            if (now - notedNanos < noteNanos) {
                return run.checkpoint();
            }
            notedNanos = now;
            return run.checkpoint()
                    .compose(going -> worker.executeBlocking(this::forced, true))
                    .compose(forced -> run.progress(
                            Notes.progress(progress), name == null ? null : new Cursor(name, afterId, progress).text()))
                    .compose(noted -> worker.executeBlocking(this::tidied, true));
        }

        private @Nullable Void forced() throws IOException {
            file.force();
            return null;
        }

        private @Nullable Void tidied() throws IOException {
            if (!alone) {
                files.deleteBefore(run.job().id(), run.token());
                alone = true;
            }
            return null;
        }
    }
}
