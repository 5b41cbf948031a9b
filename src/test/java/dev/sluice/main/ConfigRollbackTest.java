package dev.sluice.main;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.config.ConfigException;
import dev.sluice.config.ConfigFile;
import dev.sluice.config.Inputs;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigRollbackTest {
    private static final String SECRET = "key-that-nobody-may-see";

    @TempDir
    private Path folder;

    private final StringWriter printed = new StringWriter();
    private Path file = Path.of("");
    private Instant now = Instant.parse("2026-01-01T00:00:00.123Z");
    private KeptConfigs kept = new KeptConfigs(Path.of(""), () -> now);

    @BeforeEach
    void nothingKept() {
        file = folder.resolve("sluice.yaml");
        kept = new KeptConfigs(folder.resolve("data"), () -> now);
    }

    private Inputs inputs() {
        return Inputs.of(Map.of())
                .withFile(file)
                .withSettings(List.of("store.url=sqlite:" + folder.resolve("data/sluice.db")));
    }

    /** A server has put this into force. */
    private void inForce(String text) throws IOException {
        Files.writeString(file, text);
        now = now.plusSeconds(1);
        kept.keep(new ConfigFile(file, text));
    }

    private void rollBack(@Nullable Integer number) throws IOException {
        now = now.plusSeconds(1);
        ConfigRollback.rollBack(inputs(), number, new PrintWriter(printed, true));
    }

    private List<String> hashes() throws IOException {
        return kept.list().stream().map(KeptConfigs.Kept::hash).toList();
    }

    private static String hash(String text) {
        return new ConfigFile(Path.of("x"), text).hash();
    }

    @Test
    void theOneBeforeComesBackAndTheReplacedOneIsKept() throws IOException {
        inForce("check: {rate: 1}\n");
        inForce("check: {rate: 2}\n");
        Files.writeString(file, "check: {rate: 3}\nstore: {connections: 3}\n");

        rollBack(null);

        assertThat(file).hasContent("check: {rate: 2}");
        assertThat(printed.toString()).contains("changes: check.rate", "changes with a restart: store.connections");
        assertThat(hashes()).contains(hash("check: {rate: 3}\nstore: {connections: 3}\n"));

        rollBack(null);
        assertThat(file).as("the newest that was in force and is not there").hasContent("check: {rate: 1}");
    }

    @Test
    void aBrokenFileIsReplacedAndTold() throws IOException {
        inForce("check: {rate: 1}\n");
        Files.writeString(file, "check: [broken\n");

        assertThat(ConfigRollback.wayBack(inputs())).contains("sluice config rollback");
        rollBack(null);

        assertThat(file).hasContent("check: {rate: 1}");
        assertThat(printed.toString()).contains("broken");
    }

    @Test
    void aKeptOneThatIsRefusedTodayChangesNothing() throws IOException {
        inForce("check: {rate: 0}\n");
        Files.writeString(file, "check: {rate: 5}\n");

        assertThatThrownBy(() -> rollBack(1))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("check.rate")
                .hasMessageContaining("nothing was changed");
        assertThat(file).hasContent("check: {rate: 5}");
    }

    @Test
    void aNumberBeyondTheHistoryIsRefused() throws IOException {
        inForce("check: {rate: 1}\n");
        assertThatThrownBy(() -> rollBack(2)).isInstanceOf(UsageException.class).hasMessageContaining("1..1");
        assertThatThrownBy(() -> rollBack(null)).isInstanceOf(UsageException.class);
    }

    @Test
    void theFileKeepsItsPermissionsAndItsLink() throws IOException {
        Path real = folder.resolve("real.yaml");
        Files.writeString(real, "");
        Files.createSymbolicLink(file, real);
        inForce("check: {rate: 1}\n");
        inForce("check: {rate: 2}\n");
        Files.setPosixFilePermissions(real, PosixFilePermissions.fromString("rw-r-----"));

        rollBack(2);

        assertThat(file).isSymbolicLink();
        assertThat(real).hasContent("check: {rate: 1}");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(real)))
                .isEqualTo("rw-r-----");
    }

    @Test
    void atMostTenAreKeptForTheirOwnerAlone() throws IOException {
        for (int i = 1; i <= 15; i++) {
            inForce("check: {rate: " + i + "}\n");
        }

        assertThat(hashes()).hasSize(KeptConfigs.MOST).startsWith(hash("check: {rate: 15}\n"));
        try (Stream<Path> files = Files.list(folder.resolve("data/config"))) {
            for (Path one : files.toList()) {
                assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(one)))
                        .isEqualTo("rw-------");
            }
        }
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("data/config"))))
                .isEqualTo("rwx------");
    }

    @Test
    void replacedOnesDoNotPushOutWhatWasInForce() throws IOException {
        for (int i = 1; i <= 8; i++) {
            inForce("check: {rate: " + i + "}\n");
        }
        for (int i = 1; i <= 9; i++) {
            now = now.plusSeconds(1);
            kept.keepReplaced(new ConfigFile(file, "broken " + i));
        }

        assertThat(kept.list().stream().filter(KeptConfigs.Kept::replaced)).hasSize(KeptConfigs.MOST_REPLACED);
        assertThat(hashes()).contains(hash("check: {rate: 1}\n"));
    }

    @Test
    void whatComesBackIntoForceStandsInTheListOnce() throws IOException {
        inForce("check: {rate: 1}\n");
        inForce("check: {rate: 2}\n");
        inForce("check: {rate: 1}\n");
        inForce("check: {rate: 1}\n");

        assertThat(hashes()).containsExactly(hash("check: {rate: 1}\n"), hash("check: {rate: 2}\n"));
    }

    @Test
    void nothingThatIsPrintedOrShownHoldsASecret() throws IOException {
        inForce("security: {admin-key: " + SECRET + "}\n");
        Files.writeString(file, "security: {admin-key: another-" + SECRET + "}\n");

        rollBack(null);

        assertThat(printed.toString()).contains("security.admin-key").doesNotContain(SECRET);
        assertThat(kept.list().toString()).doesNotContain(SECRET);
        assertThat(new ConfigFile(file, SECRET).toString()).doesNotContain(SECRET);
    }
}
