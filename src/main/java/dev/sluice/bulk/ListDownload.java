package dev.sluice.bulk;

import dev.sluice.net.BodySink;
import dev.sluice.net.GuardedHttp;
import dev.sluice.net.HttpFetch;
import dev.sluice.net.HttpFetchException;
import dev.sluice.net.Validators;
import dev.sluice.queue.JobRun;
import dev.sluice.queue.JobStoppedException;
import dev.sluice.queue.PermanentJobException;
import dev.sluice.queue.RetryLaterException;
import io.vertx.core.Future;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** Fetches a list into a file, for one attempt of one job. Confined to its event loop; the disk is touched on a worker. */
final class ListDownload implements BodySink {
    private static final Duration LONGEST = Duration.ofMinutes(30);

    private final JobRun run;
    private final WorkerExecutor worker;
    private final Path file;
    private final FileChannel channel;
    private final DiskRoom room;
    private final LongConsumer progress;
    private final MessageDigest digest;
    private long bytes;
    private long checkedBytes;

    private ListDownload(
            JobRun run, WorkerExecutor worker, Path file, FileChannel channel, DiskRoom room, LongConsumer progress) {
        this.run = run;
        this.worker = worker;
        this.file = file;
        this.channel = channel;
        this.room = room;
        this.progress = progress;
        try {
            this.digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /**
     * Fetches.
     *
     * @param file to write; it is there only when the list is there as a whole, and on disk
     * @param maxBytes most bytes
     * @param progress told of the bytes that are there, often
     * @return SHA-256 of the list in hexadecimal; fails as {@link dev.sluice.queue.JobHandler#run} does
     */
    static Future<String> fetch(
            JobRun run,
            GuardedHttp http,
            URI url,
            WorkerExecutor worker,
            Path file,
            DiskRoom room,
            long maxBytes,
            LongConsumer progress) {
        Path part = ImportFiles.part(file);
        return worker.executeBlocking(
                        () -> FileChannel.open(
                                part,
                                StandardOpenOption.CREATE,
                                StandardOpenOption.TRUNCATE_EXISTING,
                                StandardOpenOption.WRITE),
                        false)
                .compose(channel -> {
                    ListDownload download = new ListDownload(run, worker, file, channel, room, progress);
                    HttpFetch fetch = new HttpFetch(url, Map.of(), Validators.NONE, LONGEST, maxBytes);
                    return http.get(fetch, download, run.whenCancelled())
                            .compose(fetched -> download.complete(), failure -> download.drop(part, failure));
                });
    }

    @Override
    public Future<Void> accept(byte[] piece, int offset, int length) {
        if (run.cancelled()) {
            return Future.failedFuture(new JobStoppedException());
        }
        bytes += length;
        progress.accept(bytes);
        return worker.executeBlocking(() -> write(piece, offset, length), false);
    }

    private @Nullable Void write(byte[] piece, int offset, int length) throws IOException {
        if (bytes - checkedBytes >= DiskRoom.LOOK_BYTES) {
            checkedBytes = bytes;
            room.require(0);
        }
        digest.update(piece, offset, length);
        ByteBuffer out = ByteBuffer.wrap(piece, offset, length);
        while (out.hasRemaining()) {
            channel.write(out);
        }
        return null;
    }

    private Future<String> complete() {
        return worker.executeBlocking(
                () -> {
                    channel.force(true);
                    channel.close();
                    ImportFiles.complete(file);
                    return HexFormat.of().formatHex(digest.digest());
                },
                false);
    }

    private Future<String> drop(Path part, Throwable failure) {
        return worker.executeBlocking(
                        () -> {
                            channel.close();
                            return Files.deleteIfExists(part);
                        },
                        false)
                .transform(dropped -> Future.failedFuture(judged(failure)));
    }

    /** What a failure means for the job. */
    static Throwable judged(Throwable failure) {
        if (!(failure instanceof HttpFetchException http)) {
            return failure;
        }
        String message = String.valueOf(http.getMessage());
        Duration retryAfter = http.retryAfter();
        return switch (http.kind()) {
            case REFUSED, TOO_LARGE -> new PermanentJobException(message, http);
            case ABANDONED -> new JobStoppedException();
            case STATUS -> {
                int status = http.status();
                boolean passing = status == 408 || status == 425 || status == 429 || status >= 500 || status == 0;
                if (retryAfter != null) {
                    yield new RetryLaterException(message, retryAfter);
                }
                yield passing ? http : new PermanentJobException(message, http);
            }
            case UNREACHABLE, TIMEOUT, BROKEN -> http;
        };
    }
}
