package dev.sluice.geo;

import dev.sluice.geo.mmdb.Mmdb;
import dev.sluice.geo.mmdb.MmdbException;
import dev.sluice.net.BodySink;
import dev.sluice.net.GuardedHttp;
import dev.sluice.net.HttpFetch;
import dev.sluice.net.HttpFetchException;
import dev.sluice.net.HttpFetched;
import dev.sluice.net.Validators;
import dev.sluice.proxy.Secret;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Fetches databases into a directory. A database takes its place, in one step, only when it came whole, has the checksum it
 * should have and can be opened; whatever goes wrong, the file that was there stays. One update a file at a time.
 */
public final class DatabaseUpdate {
    private static final Duration LONGEST = Duration.ofMinutes(30);
    private static final Duration LONGEST_CHECKSUM = Duration.ofSeconds(30);
    private static final int MAX_CHECKSUM_BYTES = 4_096;
    /** Pages that a server shows instead of a file are smaller than this; a bound below it would hide what they are. */
    private static final long LEAST_BOUND = 1L << 20;

    private static final Pattern CHECKSUM = Pattern.compile("([0-9a-fA-F]{64})(?:\\s.*)?", Pattern.DOTALL);
    private static final DateTimeFormatter HTTP_DATE =
            DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US);

    private final GuardedHttp http;
    private final WorkerExecutor worker;
    private final Path directory;
    private final long maxBytes;

    /**
     * @param http stays the caller's
     * @param directory made when it is not there
     * @param maxBytes largest database, packed or not
     */
    public DatabaseUpdate(Vertx vertx, GuardedHttp http, Path directory, long maxBytes) {
        this.http = http;
        this.worker = vertx.createSharedWorkerExecutor("sluice-geo-update", 1);
        this.directory = directory;
        this.maxBytes = maxBytes;
    }

    /**
     * What came of an update.
     *
     * @param file where the database is
     * @param changed false when the server has nothing newer than what is there
     * @param type as the file names it
     * @param builtAtMillis when it was made
     */
    public record Outcome(Path file, boolean changed, String type, long builtAtMillis) {}

    /**
     * Fetches a database of MaxMind's.
     *
     * @param base scheme and host of the service, https or on loopback; a path may follow
     * @param account its number
     * @param edition such as {@code GeoLite2-City}; the file is named after it
     * @return fails with an {@link IOException} that says what went wrong, and holds no secret
     */
    public Future<Outcome> edition(String base, String account, Secret key, String edition) {
        String from = base + (base.endsWith("/") ? "" : "/") + "geoip/databases/" + edition + "/download?suffix=tar.gz";
        String credentials =
                Base64.getEncoder().encodeToString((account + ':' + key.reveal()).getBytes(StandardCharsets.UTF_8));
        Map<String, String> headers = Map.of("Authorization", "Basic " + credentials);
        return update(
                        URI.create(from),
                        headers,
                        edition + ".mmdb",
                        () -> checksum(URI.create(from + ".sha256"), headers))
                .recover(failure -> Future.failedFuture(explained(edition, failure)));
    }

    /**
     * Fetches a database from anywhere.
     *
     * @param url of a .mmdb file, plain, packed by gzip, or in a tar archive
     * @param sha256 of what is fetched, in hexadecimal; null: not compared
     * @param name of the file, without a directory
     * @return fails with an {@link IOException} that says what went wrong
     */
    public Future<Outcome> fetch(URI url, @Nullable String sha256, String name) {
        return update(url, Map.of(), name, () -> Future.succeededFuture(sha256));
    }

    /** Ends the worker. */
    public Future<Void> close() {
        return worker.close();
    }

    /** Tells the checksum that a download should have. */
    @FunctionalInterface
    private interface Expected {
        Future<@Nullable String> ask();
    }

    private Future<Outcome> update(URI url, Map<String, String> headers, String name, Expected expected) {
        Path target = directory.resolve(name);
        Path part = directory.resolve('.' + name + ".part");
        return worker.executeBlocking(() -> begin(target, part), false).compose(begun -> {
            HttpFetch fetch =
                    new HttpFetch(url, headers, begun.validators, LONGEST, Math.max(LEAST_BOUND, maxBytes), false);
            return http.get(fetch, begun.download)
                    .compose(fetched -> fetched.notModified()
                            ? Future.succeededFuture(begun.unchanged(target))
                            : expected.ask()
                                    .compose(sha256 -> worker.executeBlocking(
                                            () -> install(begun.download, sha256, fetched, target), false)))
                    .eventually(() -> worker.executeBlocking(() -> begun.download.drop(), false));
        });
    }

    /**
     * What an update begins with.
     *
     * @param present the database that is there; null when there is none that can be opened
     */
    private record Begun(
            Download download,
            Validators validators,
            @Nullable Mmdb present) {
        Outcome unchanged(Path target) {
            Mmdb there = present;
            return there == null
                    ? new Outcome(target, false, "", 0)
                    : new Outcome(target, false, there.type(), there.builtAtMillis());
        }
    }

    private Begun begin(Path target, Path part) throws IOException {
        Files.createDirectories(directory);
        Mmdb present = present(target);
        return new Begun(Download.into(part, worker), present == null ? Validators.NONE : validators(target), present);
    }

    private @Nullable Mmdb present(Path target) throws IOException {
        if (!Files.isRegularFile(target) || Files.size(target) > maxBytes) {
            return null;
        }
        try {
            return Mmdb.open(target.getFileName().toString(), Files.readAllBytes(target));
        } catch (MmdbException e) {
            return null;
        }
    }

    /**
     * When the server changed what is there. A database put in place by an update has that time; one that somebody copied
     * has a time with a fraction of a second, which says nothing of the server's.
     */
    private static Validators validators(Path target) throws IOException {
        Instant modified = Files.getLastModifiedTime(target).toInstant();
        return modified.getNano() == 0
                ? new Validators(null, HTTP_DATE.format(modified.atOffset(ZoneOffset.UTC)))
                : Validators.NONE;
    }

    private Outcome install(Download download, @Nullable String expected, HttpFetched fetched, Path target)
            throws IOException {
        String actual = download.finish();
        if (expected != null && !actual.equalsIgnoreCase(expected)) {
            throw new IOException(target.getFileName() + ": the download has SHA-256 " + actual + " (expected: "
                    + expected.toLowerCase(Locale.ROOT) + ")");
        }
        byte[] content;
        try {
            content = Archive.database(download.part, maxBytes);
        } catch (IOException e) {
            throw new IOException(target.getFileName() + ": " + e.getMessage(), e);
        }
        Mmdb database = Mmdb.open(target.getFileName().toString(), content);
        Path fresh = directory.resolve('.' + target.getFileName().toString() + ".new");
        try {
            write(fresh, content);
            Instant modified = lastModified(fetched.validators());
            if (modified != null) {
                Files.setLastModifiedTime(fresh, FileTime.from(modified));
            }
            Files.move(fresh, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(fresh);
        }
        return new Outcome(target, true, database.type(), database.builtAtMillis());
    }

    private static void write(Path file, byte[] content) throws IOException {
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            ByteBuffer bytes = ByteBuffer.wrap(content);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
    }

    private static @Nullable Instant lastModified(Validators validators) {
        String text = validators.lastModified();
        try {
            return text == null
                    ? null
                    : ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME)
                            .toInstant();
        } catch (DateTimeException e) {
            return null;
        }
    }

    private Future<@Nullable String> checksum(URI url, Map<String, String> headers) {
        StringBuilder text = new StringBuilder();
        BodySink sink = (bytes, offset, length) -> {
            text.append(new String(bytes, offset, length, StandardCharsets.ISO_8859_1));
            return Future.succeededFuture();
        };
        HttpFetch fetch = new HttpFetch(url, headers, Validators.NONE, LONGEST_CHECKSUM, MAX_CHECKSUM_BYTES, false);
        return http.get(fetch, sink).compose(fetched -> {
            Matcher matcher = CHECKSUM.matcher(text.toString().strip());
            return matcher.matches()
                    ? Future.succeededFuture(matcher.group(1))
                    : Future.failedFuture(
                            new IOException("the checksum file is none (expected: 64 digits of SHA-256)"));
        });
    }

    /** What the statuses of MaxMind's service mean. */
    private static Throwable explained(String edition, Throwable failure) {
        if (!(failure instanceof HttpFetchException http)) {
            return failure;
        }
        String meaning = switch (http.status()) {
            case 401 -> "account id or licence key is wrong (geo.account-id, geo.license-key)";
            case 403 -> "the account may not fetch this edition";
            case 404 -> "there is no such edition (geo.editions)";
            case 429 -> "too many downloads today";
            default -> null;
        };
        return meaning == null ? failure : new IOException(edition + ": " + meaning + "; " + http.getMessage(), http);
    }

    /** Writes a body into a file beside the one it shall become, and sums it up. The disk is touched on the worker. */
    private static final class Download implements BodySink {
        private final Path part;
        private final FileChannel channel;
        private final WorkerExecutor worker;
        private final MessageDigest digest;

        private Download(Path part, FileChannel channel, WorkerExecutor worker, MessageDigest digest) {
            this.part = part;
            this.channel = channel;
            this.worker = worker;
            this.digest = digest;
        }

        static Download into(Path part, WorkerExecutor worker) throws IOException {
            MessageDigest digest;
            try {
                digest = MessageDigest.getInstance("SHA-256");
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every Java has SHA-256", e);
            }
            FileChannel channel = FileChannel.open(
                    part, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE);
            return new Download(part, channel, worker, digest);
        }

        @Override
        public Future<Void> accept(byte[] bytes, int offset, int length) {
            return worker.executeBlocking(() -> write(bytes, offset, length), false);
        }

        private @Nullable Void write(byte[] bytes, int offset, int length) throws IOException {
            digest.update(bytes, offset, length);
            ByteBuffer piece = ByteBuffer.wrap(bytes, offset, length);
            while (piece.hasRemaining()) {
                channel.write(piece);
            }
            return null;
        }

        /** Completes the file; its SHA-256 in hexadecimal. */
        String finish() throws IOException {
            channel.close();
            return HexFormat.of().formatHex(digest.digest());
        }

        @Nullable
        Void drop() throws IOException {
            channel.close();
            Files.deleteIfExists(part);
            return null;
        }
    }
}
