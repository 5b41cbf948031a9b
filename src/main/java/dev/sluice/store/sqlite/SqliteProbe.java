package dev.sluice.store.sqlite;

import dev.sluice.store.StoreException;
import dev.sluice.store.StoreReading;
import dev.sluice.store.schema.MigrationScript;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteErrorCode;

/** Looks at a file without owning it. */
public final class SqliteProbe {
    private static final int BUSY_MILLIS = 2_000;
    /** Stands for a search that took too long. */
    private static final String UNFINISHED = "unfinished";

    private SqliteProbe() {}

    /**
     * Looks at {@code file}. Blocks.
     *
     * @param patience for the search for damage, which reads the whole file
     * @throws StoreException when there is no such file, or it is no database
     */
    public static StoreReading look(Path file, Duration patience) {
        if (!Files.exists(file)) {
            throw new StoreException(StoreException.Kind.UNAVAILABLE, "database " + file + ": no such file");
        }
        SQLiteConfig config = new SQLiteConfig();
        config.setReadOnly(true);
        config.setBusyTimeout(BUSY_MILLIS);
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file, config.toProperties());
                Statement statement = connection.createStatement()) {
            String version = text(statement, "SELECT sqlite_version()");
            long started = System.nanoTime();
            boolean made = !text(
                            statement,
                            "SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'schema_version'")
                    .isEmpty();
            long micros = (System.nanoTime() - started) / 1_000;
            int schema = made
                    ? Integer.parseInt(text(statement, "SELECT COALESCE(MAX(version), 0) FROM schema_version"))
                    : 0;
            statement.setQueryTimeout((int) Math.max(1, patience.toSeconds()));
            String found = damage(statement);
            return new StoreReading(
                    "SQLite " + version,
                    schema,
                    MigrationScript.all("sqlite").size(),
                    micros,
                    0,
                    0,
                    found.equals(UNFINISHED) ? "" : found,
                    !found.equals(UNFINISHED));
        } catch (SQLException e) {
            throw new StoreException(
                    StoreException.Kind.FAILED, "database " + file + ": cannot be read: " + e.getMessage(), e);
        }
    }

    private static String damage(Statement statement) throws SQLException {
        try {
            String first = text(statement, "PRAGMA quick_check(1)");
            return first.equals("ok") ? "" : first;
        } catch (SQLException e) {
            if (e.getErrorCode() == SQLiteErrorCode.SQLITE_INTERRUPT.code) {
                return UNFINISHED;
            }
            if (e.getErrorCode() == SQLiteErrorCode.SQLITE_CORRUPT.code) {
                return String.valueOf(e.getMessage());
            }
            throw e;
        }
    }

    private static String text(Statement statement, String query) throws SQLException {
        try (ResultSet rows = statement.executeQuery(query)) {
            String found = rows.next() ? rows.getString(1) : null;
            return found == null ? "" : found;
        }
    }
}
