package dev.sluice.bulk.export;

import dev.sluice.bulk.export.ExportFiles.Name;
import dev.sluice.port.Download;
import dev.sluice.port.Exports;
import dev.sluice.port.JobFilter;
import dev.sluice.port.JobKind;
import dev.sluice.port.JobRecord;
import dev.sluice.port.JobState;
import dev.sluice.port.Jobs;
import dev.sluice.port.NewJob;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Exports as jobs and files. Files of jobs that are forgotten go, and so do those of all but the latest
 * {@value #MOST_KEPT} exports that are over; that is seen to whenever an export is ordered. Thread-safe.
 */
public final class FileExports implements Exports {
    /** Exports whose files are kept. */
    static final int MOST_KEPT = 100;

    private static final Logger LOG = LoggerFactory.getLogger(FileExports.class);

    private final Jobs jobs;
    private final ExportFiles files;
    private final @Nullable String node;
    private final int maxAttempts;
    private final WorkerExecutor worker;
    private final AtomicBoolean tidying = new AtomicBoolean();

    /**
     * The exports of this instance.
     *
     * @param directory where files are
     * @param node the name of this instance, which alone makes the exports that are ordered here; null where there is one
     *     instance only
     * @param maxAttempts attempts of an export before it is given up
     */
    public FileExports(Vertx vertx, Jobs jobs, Path directory, @Nullable String node, int maxAttempts) {
        this.jobs = jobs;
        this.files = new ExportFiles(directory);
        this.node = node;
        this.maxAttempts = maxAttempts;
        this.worker = ExportFiles.worker(vertx);
    }

    @Override
    public Future<Exported> order(Order order) {
        NewJob job = new NewJob(
                JobKind.EXPORT,
                TYPE,
                Notes.payload(order),
                NewJob.DEFAULT_PRIORITY,
                null,
                null,
                node,
                0,
                maxAttempts,
                order.owner());
        return jobs.submit(job)
                // In the background: the order does not depend on it, and a failure is logged there.
                .onSuccess(submitted -> tidy())
                .map(submitted -> new Exported(submitted.job(), order, null));
    }

    @Override
    public Future<Optional<Exported>> get(String id) {
        return jobs.get(id).map(job -> job.filter(FileExports::isExport).map(FileExports::exported));
    }

    @Override
    public Future<List<Exported>> list(int limit) {
        return jobs.list(new JobFilter(Set.of(JobKind.EXPORT), Set.of(), TYPE, null), limit)
                .map(found -> found.stream().map(FileExports::exported).toList());
    }

    private static boolean isExport(JobRecord job) {
        return job.job().kind() == JobKind.EXPORT && job.job().type().equals(TYPE);
    }

    private static Exported exported(JobRecord job) {
        String told = job.result() == null ? job.progress() : job.result();
        return new Exported(job, Notes.order(job.job().payload(), job.job().owner()), Notes.progress(told));
    }

    @Override
    public Future<Optional<Download>> content(String id) {
        return get(id).compose(found -> {
            String name = found.filter(export -> export.job().state() == JobState.COMPLETED)
                    .map(export -> Notes.file(export.job().result()))
                    .orElse(null);
            Path file = name == null ? null : files.path(name);
            return file == null
                    ? Future.succeededFuture(Optional.empty())
                    : worker.executeBlocking(() -> download(file, found.orElseThrow()), false);
        });
    }

    private static Optional<Download> download(Path file, Exported export) throws IOException {
        try {
            return Optional.of(new Download(
                    file,
                    export.order().format().fileName(),
                    export.order().format().contentType(),
                    Files.size(file),
                    true));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /**
     * Deletes the files of jobs that were forgotten.
     *
     * @param forgotten of any type
     */
    public Future<Void> forgotten(List<JobRecord> forgotten) {
        Set<String> ids = forgotten.stream()
                .filter(FileExports::isExport)
                .map(JobRecord::id)
                .collect(Collectors.toSet());
        if (ids.isEmpty()) {
            return Future.succeededFuture();
        }
        return worker.executeBlocking(
                () -> {
                    for (Name name : files.names()) {
                        if (ids.contains(name.id())) {
                            files.delete(name);
                        }
                    }
                    return null;
                },
                false);
    }

    /** Deletes files that nobody will ask for; at once where that is being done already. */
    Future<Void> tidy() {
        if (!tidying.compareAndSet(false, true)) {
            return Future.succeededFuture();
        }
        return worker.executeBlocking(files::names, false)
                .compose(this::tidy)
                .onFailure(failure -> LOG.atWarn().setCause(failure).log("files of old exports could not be tidied up"))
                .onComplete(done -> tidying.set(false));
    }

    private Future<Void> tidy(List<Name> names) {
        // Ids sort by the time of submission.
        List<String> ids = names.stream()
                .map(Name::id)
                .distinct()
                .sorted(Comparator.reverseOrder())
                .toList();
        Future<Void> before = Future.succeededFuture();
        for (int i = 0; i < ids.size(); i++) {
            String id = ids.get(i);
            boolean old = i >= MOST_KEPT;
            before = before.compose(done -> jobs.get(id)).compose(job -> {
                boolean kept = job.isPresent() && (!old || job.get().state().live());
                return kept ? Future.succeededFuture() : worker.executeBlocking(() -> deleted(id, names), false);
            });
        }
        return before;
    }

    private @Nullable Void deleted(String id, List<Name> names) throws IOException {
        for (Name name : names) {
            if (name.id().equals(id)) {
                files.delete(name);
            }
        }
        return null;
    }
}
