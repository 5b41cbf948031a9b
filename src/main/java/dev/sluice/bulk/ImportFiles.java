package dev.sluice.bulk;

import dev.sluice.port.JobRecord;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * Files of imports. Names begin with a mark of the node, so that nodes may share a directory, and each looks after its
 * own. Every method blocks.
 *
 * <ul>
 *   <li>{@code uploads/MARK-UUID.list}: a list that was uploaded
 *   <li>{@code uploads/MARK-JOB.fetched}: a list that was fetched
 *   <li>{@code uploads/….part}: one of either that is not all there yet
 *   <li>{@code rejected/MARK-JOB.ndjson}: lines that became no entry
 * </ul>
 */
final class ImportFiles {
    private static final String PART = ".part";
    private static final Pattern JOB = Pattern.compile("[0-9a-fA-F-]{1,64}");
    private static final int MARK_BYTES = 6;

    private final Path uploads;
    private final Path rejected;
    private final String mark;

    /** @param node name of this node */
    ImportFiles(Path directory, String node) {
        this.uploads = directory.resolve("uploads");
        this.rejected = directory.resolve("rejected");
        this.mark = mark(node);
    }

    /** Makes the directories. */
    void create() throws IOException {
        for (Path folder : new Path[] {uploads, rejected}) {
            Files.createDirectories(folder);
            // Lists hold passwords, and their rejected lines may.
            PosixFileAttributeView view = Files.getFileAttributeView(folder, PosixFileAttributeView.class);
            if (view != null) {
                view.setPermissions(PosixFilePermissions.fromString("rwx------"));
            }
        }
    }

    /** Name for a list about to be uploaded, as it stands in the job. */
    String newUpload() {
        return mark + '-' + UUID.randomUUID() + ".list";
    }

    /** A list by the name that stands in a job. */
    Path upload(String name) {
        Path file = uploads.resolve(name);
        if (!uploads.equals(file.getParent())) {
            throw new IllegalArgumentException("file: " + name + " (expected: a name without directories)");
        }
        return file;
    }

    Path fetched(String job) {
        return uploads.resolve(mark + '-' + requireJob(job) + ".fetched");
    }

    Path rejected(String job) {
        return rejected.resolve(mark + '-' + requireJob(job) + ".ndjson");
    }

    /** Under which name {@code file} is written until it is all there. */
    static Path part(Path file) {
        return file.resolveSibling(file.getFileName() + PART);
    }

    /** Gives a file that is all there, and on disk, its name; when this returns the name is on disk as well. */
    static void complete(Path file) throws IOException {
        Files.move(part(file), file, StandardCopyOption.ATOMIC_MOVE);
        Path folder = file.getParent();
        if (folder != null) {
            try (FileChannel directory = FileChannel.open(folder, StandardOpenOption.READ)) {
                directory.force(true);
            }
        }
    }

    /** Bytes that could still be written. */
    long roomBytes() throws IOException {
        return Files.getFileStore(uploads).getUsableSpace();
    }

    /** Whether an id could be that of a job. */
    static boolean isJob(String id) {
        return JOB.matcher(id).matches();
    }

    /** Removes the list of a job that needs it no more. */
    void dropList(String job, ImportPayload payload) throws IOException {
        if (payload.file() != null) {
            Files.deleteIfExists(upload(payload.file()));
        }
        Files.deleteIfExists(fetched(job));
        Files.deleteIfExists(part(fetched(job)));
    }

    /** Removes whatever a job has here. */
    void drop(JobRecord job) throws IOException {
        dropList(job.id(), Json.read(job.job().payload(), ImportPayload.class));
        Files.deleteIfExists(rejected(job.id()));
    }

    /**
     * Removes what this node left over: lists that were never complete, and files no job names.
     *
     * @param jobs ids of all imports
     * @param named files they name
     * @return how many files
     */
    int sweep(Set<String> jobs, Set<String> named) throws IOException {
        int swept = 0;
        for (Path folder : new Path[] {uploads, rejected}) {
            try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, mark + "-*")) {
                for (Path file : files) {
                    String name = String.valueOf(file.getFileName());
                    int dot = name.indexOf('.');
                    boolean wanted = dot > mark.length()
                            && !name.endsWith(PART)
                            && (named.contains(name) || jobs.contains(name.substring(mark.length() + 1, dot)));
                    if (!wanted && Files.deleteIfExists(file)) {
                        swept++;
                    }
                }
            }
        }
        return swept;
    }

    private static String requireJob(String job) {
        if (!isJob(job)) {
            throw new IllegalArgumentException("job: " + job + " (expected: an id)");
        }
        return job;
    }

    private static String mark(String node) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(node.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, MARK_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
