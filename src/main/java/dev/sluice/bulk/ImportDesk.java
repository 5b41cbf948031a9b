package dev.sluice.bulk;

import dev.sluice.net.GuardedHttp;
import dev.sluice.port.Download;
import dev.sluice.port.Imports;
import dev.sluice.port.JobFilter;
import dev.sluice.port.JobKind;
import dev.sluice.port.JobRecord;
import dev.sluice.port.Jobs;
import dev.sluice.port.NewJob;
import dev.sluice.port.UploadRefusedException;
import dev.sluice.port.UploadRefusedException.Reason;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes lists in and makes jobs of them, which {@link ImportJob} does. A list that was uploaded is on this node's disk
 * before its job is, so the job is for this node. Thread-safe.
 */
public final class ImportDesk implements Imports {
    private static final Logger LOG = LoggerFactory.getLogger(ImportDesk.class);
    private static final int PAGE = 1_000;
    private static final int LONGEST_NAME = 100;

    private final Vertx vertx;
    private final Jobs jobs;
    private final GuardedHttp http;
    private final ImportPlace place;
    private final ListAddresses addresses;
    private final int maxAttempts;
    private final ImportFiles files;
    private final DiskRoom room;

    /**
     * @param http tells which addresses may be fetched
     * @param place the same as of the {@link ImportJob}
     * @param addresses the same as of the {@link ImportJob}
     * @param maxAttempts of an import before it is given up, 1..100
     */
    public ImportDesk(
            Vertx vertx, Jobs jobs, GuardedHttp http, ImportPlace place, ListAddresses addresses, int maxAttempts) {
        this(vertx, jobs, http, place, addresses, maxAttempts, place.files()::roomBytes);
    }

    ImportDesk(
            Vertx vertx,
            Jobs jobs,
            GuardedHttp http,
            ImportPlace place,
            ListAddresses addresses,
            int maxAttempts,
            DiskRoom.Measure measure) {
        this.vertx = vertx;
        this.jobs = jobs;
        this.http = http;
        this.place = place;
        this.addresses = addresses;
        this.maxAttempts = maxAttempts;
        this.files = place.files();
        this.room = new DiskRoom(measure);
    }

    /**
     * Makes the directories and removes what a crash left over. To be called, and waited for, before anything is taken in
     * and before workers begin.
     *
     * @return fails when there is no directory; left-over files that could not be found or removed are a warning
     */
    public Future<Void> start() {
        return vertx.<Void>executeBlocking(
                        () -> {
                            files.create();
                            return null;
                        },
                        false)
                .compose(made -> collect(null, new HashSet<>(), new HashSet<>()))
                .recover(failure -> {
                    LOG.atWarn().setCause(failure).log("left-over files of imports not removed");
                    return Files.isDirectory(place.directory())
                            ? Future.succeededFuture()
                            : Future.failedFuture(failure);
                });
    }

    private Future<Void> collect(@Nullable String beforeId, Set<String> ids, Set<String> named) {
        return jobs.list(new JobFilter(Set.of(JobKind.IMPORT), Set.of(), TYPE, beforeId), PAGE)
                .compose(page -> {
                    for (JobRecord job : page) {
                        ids.add(job.id());
                        String file = Json.read(job.job().payload(), ImportPayload.class)
                                .file();
                        if (file != null) {
                            named.add(file);
                        }
                    }
                    return page.size() < PAGE
                            ? sweep(ids, named)
                            : collect(page.get(page.size() - 1).id(), ids, named);
                });
    }

    private Future<Void> sweep(Set<String> ids, Set<String> named) {
        return vertx.executeBlocking(() -> files.sweep(ids, named), false).map(swept -> {
            if (swept > 0) {
                LOG.atInfo().addKeyValue("files", swept).log("left-over files of imports removed");
            }
            return null;
        });
    }

    @Override
    public Future<Jobs.Submitted> upload(Order order, ReadStream<Buffer> body, long announcedBytes) {
        Future<Void> broken = Upload.hold(body);
        if (announcedBytes > place.maxBytes()) {
            return Future.failedFuture(Upload.tooLarge(announcedBytes + " bytes", place.maxBytes()));
        }
        String wrong = wrong(order);
        if (wrong != null) {
            return Future.failedFuture(new IllegalArgumentException(wrong));
        }
        String name = files.newUpload();
        Path file = files.upload(name);
        return vertx.<Void>executeBlocking(
                        () -> {
                            room.require(Math.max(0, announcedBytes));
                            return null;
                        },
                        false)
                .recover(failure -> Future.failedFuture(Upload.judged(failure)))
                .compose(there -> Upload.take(
                        vertx, body, broken, announcedBytes, ImportFiles.part(file), room, place.maxBytes()))
                .compose(bytes -> vertx.<Void>executeBlocking(
                        () -> {
                            ImportFiles.complete(file);
                            return null;
                        },
                        false))
                .compose(whole -> submit(order, ImportPayload.of(order, name, null), place.node())
                        .recover(failure -> delete(file).transform(d -> Future.failedFuture(failure))))
                // The job that was there already has a list of its own.
                .compose(submitted -> submitted.known()
                        ? delete(file).transform(deleted -> Future.succeededFuture(submitted))
                        : Future.succeededFuture(submitted));
    }

    @Override
    public Future<Jobs.Submitted> fetch(Order order, String url) {
        String wrong = wrong(order);
        if (wrong != null) {
            return Future.failedFuture(new IllegalArgumentException(wrong));
        }
        String refusal;
        try {
            refusal = http.refusal(new URI(url));
        } catch (URISyntaxException e) {
            // Without the text: it may hold a key.
            refusal = e.getReason() + " at character " + e.getIndex() + " (expected: an address)";
        }
        return refusal == null
                ? addresses
                        .seal(url, order.name())
                        .compose(stored -> submit(order, ImportPayload.of(order, null, stored), null))
                : Future.failedFuture(new UploadRefusedException(Reason.ADDRESS, "url: " + refusal));
    }

    private Future<Jobs.Submitted> submit(Order order, ImportPayload payload, @Nullable String node) {
        return jobs.submit(new NewJob(
                JobKind.IMPORT,
                TYPE,
                Json.write(payload),
                order.priority(),
                order.key(),
                null,
                node,
                0,
                maxAttempts,
                order.owner()));
    }

    private static @Nullable String wrong(Order order) {
        int length = order.name().length();
        return length < 1 || length > LONGEST_NAME
                ? "name: " + length + " characters (expected: 1.." + LONGEST_NAME + ")"
                : null;
    }

    @Override
    public Future<Optional<Download>> rejected(String job) {
        if (!ImportFiles.isJob(job)) {
            return Future.succeededFuture(Optional.empty());
        }
        return jobs.get(job).compose(found -> {
            if (found.isEmpty() || !found.get().job().type().equals(TYPE)) {
                return Future.succeededFuture(Optional.empty());
            }
            Path file = files.rejected(job);
            boolean complete = !found.get().state().live();
            return vertx.executeBlocking(
                    () -> Files.isRegularFile(file)
                            ? Optional.of(new Download(
                                    file,
                                    "rejected-" + job + ".ndjson",
                                    "application/x-ndjson",
                                    Files.size(file),
                                    complete))
                            : Optional.empty(),
                    false);
        });
    }

    /**
     * Removes the files of jobs that are forgotten: list and report. To be called with what the queue drops and purges;
     * jobs of other types are left alone.
     */
    public Future<Void> forget(List<JobRecord> forgotten) {
        return vertx.executeBlocking(
                () -> {
                    for (JobRecord job : forgotten) {
                        if (job.job().type().equals(TYPE)) {
                            files.drop(job);
                        }
                    }
                    return null;
                },
                false);
    }

    private Future<Boolean> delete(Path file) {
        return vertx.executeBlocking(() -> Files.deleteIfExists(file), false);
    }
}
