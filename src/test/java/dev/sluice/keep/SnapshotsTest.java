package dev.sluice.keep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class SnapshotsTest {
    private final Logger logger = (Logger) LoggerFactory.getLogger(Snapshots.class);
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private long now = 1_750_000_000_000L;
    private String first = "";
    private String second = "";
    private boolean diskFull;

    @TempDir
    private Path directory;

    @BeforeEach
    void listen() {
        log.start();
        logger.addAppender(log);
        logger.setLevel(Level.INFO);
    }

    @AfterEach
    void stopListening() {
        logger.detachAppender(log);
        logger.setLevel(null);
    }

    @Test
    void whatIsWrittenIsRestoredByTheNextProcess() {
        Snapshots before = snapshots("db");
        before.restore();
        first = "a";
        second = "b";
        assertThat(before.write()).isTrue();

        first = "";
        second = "";
        now += 5_000;
        meters = new SimpleMeterRegistry();
        snapshots("db").restore();

        assertThat(first).isEqualTo("a");
        assertThat(second).isEqualTo("b");
        assertThat(directory.resolve("data/first.snapshot")).exists();
        assertThat(directory.resolve("data/second.snapshot")).exists();
        assertThat(age("first")).as("seconds").isEqualTo(5);
    }

    @Test
    void theAgeIsKnownOnceThereIsASnapshot() {
        Snapshots snapshots = snapshots("db");
        snapshots.restore();
        assertThat(age("first")).isNaN();
        snapshots.write();
        assertThat(age("first")).isZero();
        now += 90_000;
        assertThat(age("first")).isEqualTo(90);
        now -= 200_000;
        assertThat(age("first")).as("with a clock that was set back").isZero();
    }

    @Test
    void nothingIsWrittenBeforeWhatIsThereWasRead() {
        assertThatThrownBy(() -> snapshots("db").write()).hasMessageContaining("first.snapshot was not read yet");
        assertThat(directory.resolve("data")).doesNotExist();
    }

    @Test
    void aSnapshotOfAnotherDatabaseIsRefusedAndSaidSo() {
        Snapshots theirs = snapshots("theirs");
        theirs.restore();
        first = "a";
        theirs.write();
        first = "";
        log.list.clear();

        meters = new SimpleMeterRegistry();
        snapshots("ours").restore();

        assertThat(first).isEmpty();
        assertThat(age("first")).isNaN();
        assertThat(log.list)
                .hasSize(2)
                .allMatch(event -> event.getFormattedMessage().contains("is refused: owner theirs (expected: ours)"));
    }

    @Test
    void anOutageIsLoggedOnceAndCountedAndKeepsNoOtherFileFromBeingWritten() {
        Snapshots snapshots = snapshots("db");
        snapshots.restore();
        first = "old";
        snapshots.write();
        log.list.clear();
        diskFull = true;
        first = "new";
        second = "new";
        now += 60_000;
        for (int i = 0; i < 5; i++) {
            assertThat(snapshots.write()).isFalse();
        }

        assertThat(failures("first")).isEqualTo(5);
        assertThat(failures("second")).isZero();
        assertThat(age("first")).isEqualTo(60);
        assertThat(age("second")).isZero();
        assertThat(log.list)
                .singleElement()
                .satisfies(event -> assertThat(event.getKeyValuePairs())
                        .anyMatch(pair -> pair.toString().contains("No space left on device")));

        diskFull = false;
        log.list.clear();
        assertThat(snapshots.write()).isTrue();
        assertThat(age("first")).isZero();
        assertThat(log.list)
                .singleElement()
                .satisfies(event -> assertThat(event.getMessage()).isEqualTo("snapshots are written again"));
    }

    @Test
    void aDirectoryThatCannotBeMadeIsAFailureLikeAnother() throws IOException {
        Files.writeString(directory.resolve("data"), "a file where the directory should be");
        Snapshots snapshots = snapshots("db");
        snapshots.restore();

        assertThat(snapshots.write()).isFalse();
        assertThat(failures("first")).isEqualTo(1);
        assertThat(failures("second")).isEqualTo(1);
    }

    @Test
    void snapshotsLieBesideTheDatabase() {
        Path here = Path.of("").toAbsolutePath();
        assertThat(Snapshots.directory("sqlite:data/sluice.db")).isEqualTo(here.resolve("data"));
        assertThat(Snapshots.directory("sqlite:sluice.db")).isEqualTo(here);
        assertThat(Snapshots.directory("sqlite:/var/lib/sluice/a.db")).isEqualTo(Path.of("/var/lib/sluice"));
        assertThat(Snapshots.directory("postgresql://u:p@127.0.0.1/db")).isEqualTo(here.resolve("data"));
    }

    private Snapshots snapshots(String owner) {
        return new Snapshots(
                directory.resolve("data"),
                owner,
                List.of(
                        new Snapshots.Part(
                                "first",
                                1,
                                out -> {
                                    out.writeUTF(first);
                                    if (diskFull) {
                                        throw new IOException("No space left on device");
                                    }
                                },
                                in -> first = in.readUTF()),
                        new Snapshots.Part("second", 1, out -> out.writeUTF(second), in -> second = in.readUTF())),
                () -> Instant.ofEpochMilli(now),
                meters);
    }

    private double age(String file) {
        return meters.get("sluice.snapshot.age").tag("file", file).gauge().value();
    }

    private double failures(String file) {
        return meters.get("sluice.snapshot.failures")
                .tag("file", file)
                .counter()
                .count();
    }
}
