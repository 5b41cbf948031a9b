package dev.sluice.keep;

import dev.sluice.store.Stores;
import dev.sluice.store.snapshot.Snapshot;
import dev.sluice.store.snapshot.SnapshotFile;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.DataInput;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is in memory only, and the files it outlives a restart in. A file that fails keeps no other from being written;
 * an outage is logged once and counted all along. Thread-safe; blocks, so for worker threads only.
 */
public final class Snapshots {
    private static final Logger LOG = LoggerFactory.getLogger(Snapshots.class);

    private final InstantSource clock;
    private final List<Kept> kept;

    /**
     * Reads and writes nothing yet.
     *
     * @param directory where the files lie, see {@link #directory}; made when first written to
     * @param owner the name of the database; snapshots made beside another one are refused
     * @param parts what is kept, in the order in which it is restored
     * @param clock tells how old a snapshot is
     */
    public Snapshots(Path directory, String owner, List<Part> parts, InstantSource clock, MeterRegistry meters) {
        this.clock = clock;
        this.kept = parts.stream()
                .map(part -> new Kept(
                        part,
                        new SnapshotFile(
                                directory.resolve(part.name() + ".snapshot"),
                                part.name(),
                                part.version(),
                                owner,
                                clock),
                        meters))
                .toList();
    }

    /** Where snapshots lie: beside the file of a store, else in {@code data} of the working directory. */
    public static Path directory(String storeUrl) {
        return Stores.directory(storeUrl);
    }

    /** Takes over what the files hold. What is refused is logged, and so is what is restored. */
    public synchronized void restore() {
        kept.forEach(Kept::restore);
    }

    /**
     * Writes all files.
     *
     * @return whether all of them were written
     */
    public synchronized boolean write() {
        boolean all = true;
        for (Kept each : kept) {
            all &= each.write();
        }
        return all;
    }

    /**
     * Something that is kept in a file of its own.
     *
     * @param name of the file, without {@code .snapshot}
     * @param version of the content's layout; others are refused
     * @param body writes it, on a worker thread, while it is used
     * @param restore replaces it by what is read; called a second time, for the previous file, when it fails
     */
    public record Part(String name, int version, SnapshotFile.Body body, Restore restore) {}

    /** Takes over what a file holds. */
    @FunctionalInterface
    public interface Restore {
        /** @throws IOException when this is not what the body wrote */
        void readFrom(DataInput in) throws IOException;
    }

    private final class Kept {
        private final Part part;
        private final SnapshotFile file;
        private final Counter failures;
        /** When what is in the file was made; 0 while there is none. */
        private volatile long writtenAtMillis;

        private boolean failing;
        /** Before it was restored, it would be overwritten by what is empty. */
        private boolean restored;

        Kept(Part part, SnapshotFile file, MeterRegistry meters) {
            this.part = part;
            this.file = file;
            this.failures = Counter.builder("sluice.snapshot.failures")
                    .description("Snapshots that could not be written")
                    .tag("file", part.name())
                    .register(meters);
            Gauge.builder("sluice.snapshot.age", this, Kept::ageSeconds)
                    .description("Since the snapshot that a restart would find was made")
                    .baseUnit("seconds")
                    .tag("file", part.name())
                    .register(meters);
        }

        private double ageSeconds() {
            long at = writtenAtMillis;
            return at == 0 ? Double.NaN : Math.max(0, clock.millis() - at) / 1e3;
        }

        void restore() {
            restored = true;
            Optional<Snapshot<Boolean>> read = file.read(
                    in -> {
                        part.restore().readFrom(in);
                        return true;
                    },
                    refusal -> LOG.atWarn().log(refusal));
            read.ifPresent(snapshot -> {
                writtenAtMillis = snapshot.createdAtMillis();
                LOG.atInfo()
                        .addKeyValue("file", snapshot.file())
                        .addKeyValue("age_s", TimeUnit.MILLISECONDS.toSeconds(clock.millis() - writtenAtMillis))
                        .log("a snapshot is restored");
            });
        }

        boolean write() {
            if (!restored) {
                throw new IllegalStateException(
                        "snapshot " + file.file() + " was not read yet (expected: restore first)");
            }
            long now = clock.millis();
            try {
                file.write(part.body());
            } catch (IOException | RuntimeException e) {
                failed(e);
                return false;
            }
            writtenAtMillis = now;
            if (failing) {
                failing = false;
                LOG.atInfo().addKeyValue("file", file.file()).log("snapshots are written again");
            }
            return true;
        }

        private void failed(Exception failure) {
            failures.increment();
            if (!failing) {
                failing = true;
                LOG.atWarn()
                        .addKeyValue("file", file.file())
                        .addKeyValue("error", failure)
                        .setCause(failure instanceof IOException ? null : failure)
                        .log("a snapshot cannot be written; the one from before stays, and it is tried again");
            }
        }
    }
}
