package dev.sluice.store.sqlite;

import dev.sluice.store.MigrationStatus;
import dev.sluice.store.schema.MigrationPlan;
import dev.sluice.store.schema.MigrationScript;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Runs the scripts on a file. Blocks; confined to the thread of its connection, which must commit by itself. */
final class SqliteMigrator {
    private final SqliteFile file;
    private final Connection connection;
    private final List<MigrationScript> scripts;
    private final InstantSource clock;

    SqliteMigrator(SqliteFile file, Connection connection, InstantSource clock) {
        this.file = file;
        this.connection = connection;
        this.clock = clock;
        this.scripts = MigrationScript.all("sqlite");
    }

    MigrationStatus status() throws SQLException {
        return plan().status(null);
    }

    /** Takes the steps that are missing. A database that holds something is copied first. */
    MigrationStatus up() throws SQLException {
        MigrationPlan before = plan();
        List<MigrationScript> steps = before.up();
        Path copy = steps.isEmpty() || before.version() == 0 ? null : copy(before.version());
        for (MigrationScript script : steps) {
            inTransaction(() -> {
                execute("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY, name TEXT NOT NULL,"
                        + " applied_at INTEGER NOT NULL, checksum TEXT NOT NULL) STRICT");
                for (String sql : script.up()) {
                    execute(sql);
                }
                try (PreparedStatement insert =
                        connection.prepareStatement("INSERT INTO schema_version VALUES (?, ?, ?, ?)")) {
                    insert.setInt(1, script.version());
                    insert.setString(2, script.name());
                    insert.setLong(3, clock.millis());
                    insert.setString(4, script.checksum());
                    insert.executeUpdate();
                }
            });
        }
        return plan().status(text(copy));
    }

    /** Undoes steps down to {@code target}, after a copy. */
    MigrationStatus down(int target) throws SQLException {
        MigrationPlan before = plan();
        List<MigrationScript> steps = before.down(target);
        for (MigrationScript script : steps) {
            if (script.needsEmpty() != null && exists("SELECT 1 FROM " + script.needsEmpty() + " LIMIT 1")) {
                throw before.refusal(script);
            }
        }
        Path copy = copy(before.version());
        for (MigrationScript script : steps) {
            inTransaction(() -> {
                for (String sql : script.down()) {
                    execute(sql);
                }
                execute("DELETE FROM schema_version WHERE version = " + script.version());
            });
        }
        return plan().status(text(copy));
    }

    private MigrationPlan plan() throws SQLException {
        List<MigrationPlan.Applied> applied = new ArrayList<>();
        if (exists("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'schema_version'")) {
            try (Statement statement = connection.createStatement();
                    ResultSet rows =
                            statement.executeQuery("SELECT version, name, applied_at, checksum FROM schema_version")) {
                while (rows.next()) {
                    applied.add(new MigrationPlan.Applied(
                            rows.getInt(1), rows.getString(2), rows.getLong(3), rows.getString(4)));
                }
            }
        }
        return new MigrationPlan(file.name(), scripts, applied);
    }

    /** A consistent copy beside the file, named after the version it holds. */
    private Path copy(int version) throws SQLException {
        Path path = file.path().resolveSibling(file.path().getFileName() + ".v" + version + ".copy");
        for (int i = 2; Files.exists(path); i++) {
            path = file.path().resolveSibling(file.path().getFileName() + ".v" + version + "-" + i + ".copy");
        }
        try (PreparedStatement vacuum = connection.prepareStatement("VACUUM INTO ?")) {
            vacuum.setString(1, path.toString());
            vacuum.execute();
        }
        return path;
    }

    private boolean exists(String query) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            return rows.next();
        }
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private void inTransaction(Step step) throws SQLException {
        connection.setAutoCommit(false);
        try {
            step.run();
            connection.commit();
        } catch (SQLException | RuntimeException e) {
            SqliteWriter.rollBack(connection, e);
            throw e;
        } finally {
            connection.setAutoCommit(true);
        }
    }

    private static @Nullable String text(@Nullable Path copy) {
        return copy == null ? null : copy.toString();
    }

    @FunctionalInterface
    private interface Step {
        void run() throws SQLException;
    }
}
