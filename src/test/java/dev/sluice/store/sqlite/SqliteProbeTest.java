package dev.sluice.store.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.store.StoreException;
import dev.sluice.store.StoreReading;
import dev.sluice.store.schema.MigrationScript;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteProbeTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    private Path folder;

    private Path file = Path.of("");

    @BeforeEach
    void aDatabase() throws Exception {
        file = folder.resolve("sluice.db");
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE schema_version (version INTEGER PRIMARY KEY)");
            statement.execute("INSERT INTO schema_version VALUES (3)");
            statement.execute("CREATE TABLE filler (n INTEGER PRIMARY KEY, text TEXT)");
            statement.execute("WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 2000)"
                    + " INSERT INTO filler SELECT n, hex(randomblob(50)) FROM c");
        }
    }

    @Test
    void aSoundFileTellsItsSchemaWhileAnotherIsAtWorkOnIt() throws Exception {
        try (Connection other = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = other.createStatement()) {
            statement.execute("PRAGMA journal_mode = WAL");
            statement.execute("INSERT INTO schema_version VALUES (4)");

            StoreReading read = SqliteProbe.look(file, PATIENCE);

            assertThat(read.schema()).isEqualTo(4);
            assertThat(read.newest()).isEqualTo(MigrationScript.all("sqlite").size());
            assertThat(read.damage()).isEmpty();
            assertThat(read.whole()).isTrue();
            assertThat(read.version()).startsWith("SQLite 3.");
        }
    }

    @Test
    void damageIsFound() throws Exception {
        try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "rw")) {
            raw.seek(3 * 4_096);
            raw.write(new byte[8 * 4_096]);
        }
        assertThat(SqliteProbe.look(file, PATIENCE).damage()).isNotEmpty();
    }

    @Test
    void aFileThatIsMissingOrNoDatabaseIsTold() throws Exception {
        assertThatThrownBy(() -> SqliteProbe.look(folder.resolve("none.db"), PATIENCE))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("no such file");
        Path text = Files.writeString(folder.resolve("text.db"), "this is a text and no database ".repeat(100));
        assertThatThrownBy(() -> SqliteProbe.look(text, PATIENCE)).isInstanceOf(StoreException.class);
    }
}
