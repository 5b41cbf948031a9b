package dev.sluice.port;

import dev.sluice.parse.ListFormat;
import dev.sluice.proxy.Scheme;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Takes lists in. {@code bulk} implements it, {@code api} uses it. Thread-safe. An import is a job of the type
 * {@value #TYPE}; its progress is {@link Progress} as JSON, its result the same.
 */
public interface Imports {
    /** Type of the jobs. */
    String TYPE = "import";

    /**
     * Takes a list as a stream, to a file first; memory does not depend on its size. Compression (gzip, zstd) is told
     * from the content.
     *
     * @param body paused or not begun; it is read to its end, or left where it is refused
     * @param announcedBytes length that was announced, -1 when none was
     * @return the job, once everything is on disk. Fails with {@link UploadRefusedException}, at once where the announced
     *     length is too large, and with {@link JobsFullException}.
     */
    Future<Jobs.Submitted> upload(Order order, ReadStream<Buffer> body, long announcedBytes);

    /**
     * Has a list fetched by a worker, under the rules for sources.
     *
     * @return the job. Fails with {@link UploadRefusedException} where the address may not be fetched.
     */
    Future<Jobs.Submitted> fetch(Order order, String url);

    /**
     * Lines that became no entry, and why, as NDJSON {@code {line, verdict, reason, sample?}}; never a password.
     *
     * @return empty when there is no such import, or its file is gone or on another node
     */
    Future<Optional<Download>> rejected(String job);

    /**
     * An import to make.
     *
     * @param name what the list is called; its entries are listed by the source {@code import:NAME}. 1..100 characters
     * @param merge what becomes of entries that are stored already
     * @param format of the list
     * @param protocol of entries that name none; null for unknown
     * @param httpsIsTls whether {@code https} means TLS to the proxy
     * @param dryRun only count
     * @param priority 1..10
     * @param key as {@link NewJob#key}
     * @param owner as {@link NewJob#owner}
     */
    record Order(
            String name,
            Merge merge,
            ListFormat format,
            @Nullable Scheme protocol,
            boolean httpsIsTls,
            boolean dryRun,
            int priority,
            @Nullable String key,
            @Nullable String owner) {}

    /**
     * How far an import is; also its result. Counters are of what is stored, told from the checkpoints.
     *
     * @param phase fetching, reading or done
     * @param lines lines read
     * @param bytes bytes of the list read, before decompression
     * @param totalBytes its size, -1 while unknown
     * @param accepted entries admitted
     * @param added of those, entries the store did not know
     * @param known of those, entries the store knew, or the list named twice
     * @param rejected lines that became no entry
     * @param linesPerSecond lately
     * @param secondsLeft estimated, -1 while unknown
     */
    record Progress(
            String phase,
            long lines,
            long bytes,
            long totalBytes,
            long accepted,
            long added,
            long known,
            long rejected,
            double linesPerSecond,
            double secondsLeft) {}
}
