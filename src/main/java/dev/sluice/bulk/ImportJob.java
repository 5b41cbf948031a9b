package dev.sluice.bulk;

import dev.sluice.net.GuardedHttp;
import dev.sluice.parse.AddressPolicy;
import dev.sluice.port.Imports;
import dev.sluice.port.Imports.Progress;
import dev.sluice.port.JobKind;
import dev.sluice.queue.JobHandler;
import dev.sluice.queue.JobRun;
import dev.sluice.queue.LeaseLostException;
import dev.sluice.queue.PermanentJobException;
import dev.sluice.store.ImportTotals;
import dev.sluice.store.ProxyStore;
import dev.sluice.store.StoreException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Does the jobs {@link ImportDesk} takes in: reads the list on a worker while the store writes, chunk by chunk, each in
 * one transaction with the place behind it. After a crash it goes on from there, in plain text at once; compressed lists
 * are unpacked up to there, and lists whose form needs what came before are read from their beginning, and what is
 * covered left out.
 *
 * <p>Entries are not remembered across chunks, so memory does not depend on the list. What it names twice is accepted
 * twice and known the second time. Counters come from what is stored: they are those of an undisturbed import, however
 * often it was disturbed.
 */
public final class ImportJob implements JobHandler {
    private static final long MAX_HOURS = 24;
    private static final long LAST_WORD_MILLIS = 500;

    private final ProxyStore store;
    private final GuardedHttp http;
    private final AddressPolicy policy;
    private final ImportPlace place;
    private final ListAddresses addresses;
    private final ImportFiles files;
    private final DiskRoom room;
    private final InstantSource clock;
    private final long maxReportBytes;
    private final Supplier<ChunkSize> sizes;
    private final WorkerExecutor worker;

    /**
     * @param http for lists that are fetched
     * @param policy which addresses are admitted
     * @param place the same as of the {@link ImportDesk}
     * @param addresses the same as of the {@link ImportDesk}
     * @param workers imports at a time, 1 and up; each has a thread
     */
    public ImportJob(
            Vertx vertx,
            ProxyStore store,
            GuardedHttp http,
            AddressPolicy policy,
            ImportPlace place,
            ListAddresses addresses,
            int workers) {
        this(
                vertx,
                store,
                http,
                policy,
                place,
                addresses,
                workers,
                InstantSource.system(),
                RejectedLines.MAX_BYTES,
                () -> ChunkSize.within(Runtime.getRuntime().maxMemory()));
    }

    ImportJob(
            Vertx vertx,
            ProxyStore store,
            GuardedHttp http,
            AddressPolicy policy,
            ImportPlace place,
            ListAddresses addresses,
            int workers,
            InstantSource clock,
            long maxReportBytes,
            Supplier<ChunkSize> sizes) {
        this.store = store;
        this.http = http;
        this.policy = policy;
        this.place = place;
        this.addresses = addresses;
        this.files = place.files();
        this.room = new DiskRoom(files::roomBytes);
        this.clock = clock;
        this.maxReportBytes = maxReportBytes;
        this.sizes = sizes;
        this.worker = vertx.createSharedWorkerExecutor("sluice-import-job", workers, MAX_HOURS, TimeUnit.HOURS);
    }

    @Override
    public JobKind kind() {
        return JobKind.IMPORT;
    }

    @Override
    public String type() {
        return Imports.TYPE;
    }

    @Override
    public Future<String> run(JobRun run) {
        ImportPayload payload;
        ImportCursor noted;
        try {
            payload = Json.read(run.job().job().payload(), ImportPayload.class);
            noted = cursor(run.job().cursor());
        } catch (IllegalArgumentException e) {
            return Future.failedFuture(new PermanentJobException(String.valueOf(e.getMessage()), e));
        }
        Future<ImportTotals> totals = payload.dryRun()
                ? Future.succeededFuture(new ImportTotals(0, 0, 0, 0, 0, null))
                : store.imported(run.job().id());
        return totals.compose(stored -> goOn(run, payload, noted, stored))
                .recover(failure -> Future.failedFuture(judged(run, payload, failure)));
    }

    private static @Nullable ImportCursor cursor(@Nullable String json) {
        return json == null ? null : Json.read(json, ImportCursor.class);
    }

    private Future<String> goOn(JobRun run, ImportPayload payload, @Nullable ImportCursor noted, ImportTotals totals) {
        ImportCursor stored = cursor(totals.cursor());
        ImportCursor from = ImportCursor.later(stored == null ? ImportCursor.beginning(clock.millis()) : stored, noted);
        ProgressNotes notes = new ProgressNotes(run, payload.dryRun());
        if (from.done()) {
            return finish(run, payload, notes, from, totals.added());
        }
        return list(run, payload, notes, from, totals.added())
                .compose(list -> read(run, payload, notes, list, totals.added()));
    }

    /** A list that is on this node's disk, and where to go on in it. */
    private record OnDisk(Path file, ImportCursor from) {}

    private Future<OnDisk> list(JobRun run, ImportPayload payload, ProgressNotes notes, ImportCursor from, long added) {
        String url = payload.url();
        if (url == null) {
            Path file = files.upload(String.valueOf(payload.file()));
            return worker.executeBlocking(
                    () -> {
                        if (!Files.exists(file)) {
                            throw new PermanentJobException(payload.name()
                                    + ": what was uploaded is gone (expected: a file of this node, " + place.node()
                                    + ")");
                        }
                        return new OnDisk(file, from);
                    },
                    false);
        }
        Path file = files.fetched(run.job().id());
        String sha256 = from.sha256();
        return worker.executeBlocking(() -> sha256 != null && Files.exists(file), false)
                .compose(there -> there
                        ? Future.succeededFuture(new OnDisk(file, from))
                        : fetch(run, payload.name(), url, notes, file, from, added));
    }

    private Future<OnDisk> fetch(
            JobRun run, String name, String url, ProgressNotes notes, Path file, ImportCursor from, long added) {
        return worker.executeBlocking(() -> address(name, url), false)
                .compose(address ->
                        ListDownload.fetch(run, http, address, worker, file, room, place.maxBytes(), bytes -> {
                            notes.at(bytes, -1);
                            notes.offer("fetching", from, added, null);
                        }))
                .compose(sha256 -> worker.executeBlocking(() -> joined(run.job().id(), from, sha256), false))
                // Noted before a chunk refers to it: the next attempt has to know what this one read.
                .compose(joined -> notes.tell(notes.last("reading", joined, added), joined)
                        .map(noted -> new OnDisk(file, joined)));
    }

    /** Another attempt may find the key, so that a missing one ends this attempt alone. */
    private URI address(String name, String stored) {
        String url = addresses.openOrNull(stored, name);
        if (url == null) {
            throw new IllegalStateException(
                    name + ": url: cannot be decrypted (expected: the encryption key it was ordered under)");
        }
        try {
            return new URI(url);
        } catch (URISyntaxException e) {
            // without the cause, which quotes it
            throw new PermanentJobException(name + ": url: no address");
        }
    }

    /** Where to go on in a list that was just fetched: at its beginning, unless it is the one of before. */
    private ImportCursor joined(String job, ImportCursor from, String sha256) throws IOException {
        if (from.lines() == 0 || sha256.equals(from.sha256())) {
            return from.fetched(sha256);
        }
        try (RejectedLines report = RejectedLines.open(files.rejected(job), from.report(), maxReportBytes)) {
            report.restarted();
            return from.restarted(sha256, report.mark());
        }
    }

    private Future<String> read(JobRun run, ImportPayload payload, ProgressNotes notes, OnDisk list, long added) {
        ChunkSize size = sizes.get();
        ChunkFeed feed = new ChunkFeed(store, payload.merge(), size, new ChunkFeed.Stored(list.from(), added));
        return worker.executeBlocking(() -> read(run, payload, notes, list, feed, size), false)
                .transform(end -> end.succeeded()
                        ? finish(
                                run, payload, notes, end.result(), feed.stored().added())
                        : fail(payload, notes, list.file(), feed.stored(), end.cause()));
    }

    private Future<String> fail(
            ImportPayload payload, ProgressNotes notes, Path file, ChunkFeed.Stored stored, Throwable cause) {
        // The last word of this attempt: its counters are those of what it stored.
        Future<Void> told = payload.dryRun()
                ? Future.succeededFuture()
                : notes.tell(notes.last("reading", stored.cursor(), stored.added()), null)
                        .timeout(LAST_WORD_MILLIS, TimeUnit.MILLISECONDS);
        // What a source sent broken once it may send whole the next time.
        boolean again = payload.url() != null && cause instanceof BrokenListException;
        return told.transform(done -> worker.executeBlocking(() -> again && Files.deleteIfExists(file), false))
                .transform(done -> Future.failedFuture(cause));
    }

    private ImportCursor read(
            JobRun run, ImportPayload payload, ProgressNotes notes, OnDisk list, ChunkFeed feed, ChunkSize size)
            throws IOException, InterruptedException {
        Path reportFile = files.rejected(run.job().id());
        try (RejectedLines report = RejectedLines.open(reportFile, list.from().report(), maxReportBytes);
                ListPass pass = new ListPass(list.file(), payload.name(), ContentLimits.of(place.maxBytes()))) {
            notes.begin(list.from());
            return new JobImport(run, payload, pass, report, feed, size, notes, policy).run();
        }
    }

    private Future<String> finish(
            JobRun run, ImportPayload payload, ProgressNotes notes, ImportCursor end, long added) {
        String job = run.job().id();
        return worker.executeBlocking(() -> closed(job, payload, end), false).compose(bytes -> {
            notes.at(bytes, bytes);
            Progress progress = notes.last("done", end, added);
            // Once this is noted, nothing but the result is missing, and the list can go.
            return notes.tell(progress, end)
                    .compose(noted -> worker.executeBlocking(
                            () -> {
                                files.dropList(job, payload);
                                return Json.write(progress);
                            },
                            false));
        });
    }

    /** Ends the report. @return size of the list, 0 when it is gone */
    private long closed(String job, ImportPayload payload, ImportCursor end) throws IOException {
        try (RejectedLines report = RejectedLines.open(files.rejected(job), end.report(), maxReportBytes)) {
            report.finish();
        }
        Path list = payload.file() == null ? files.fetched(job) : files.upload(payload.file());
        return Files.exists(list) ? Files.size(list) : 0;
    }

    private static Throwable judged(JobRun run, ImportPayload payload, Throwable failure) {
        boolean permanent = failure instanceof OversizedContentException
                || (failure instanceof BrokenListException && payload.url() == null);
        if (permanent) {
            return new PermanentJobException(String.valueOf(failure.getMessage()), failure);
        }
        return failure instanceof StoreException store && store.kind() == StoreException.Kind.LEASE_LOST
                ? new LeaseLostException(run.job().id(), run.token())
                : failure;
    }

    /** Lets go of its threads. No job may be under way. */
    public Future<Void> close() {
        return worker.close();
    }
}
