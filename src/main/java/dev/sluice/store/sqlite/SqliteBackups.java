package dev.sluice.store.sqlite;

import dev.sluice.store.Backup;
import dev.sluice.store.Backups;
import dev.sluice.store.StoreException;
import dev.sluice.store.schema.MigrationPlan;
import dev.sluice.store.schema.MigrationScript;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConfig;

/** Copies of SQLite files: databases themselves, without a log beside them. Blocks. */
public final class SqliteBackups {
    private static final String KIND = "sqlite";
    private static final byte[] MAGIC = "SQLite format 3\0".getBytes(java.nio.charset.StandardCharsets.US_ASCII);

    private SqliteBackups() {}

    /** What a copy holds. */
    private record Contents(int version, long proxies) {}

    /** Copies the database at {@code database}, which another process may own and write to. */
    public static Backup make(Path database, Path target) {
        if (!Files.isRegularFile(database)) {
            throw Backups.refusal("backup: database " + database + " does not exist (expected: one that does)");
        }
        SqliteFile file = new SqliteFile(database);
        Path part = null;
        try {
            part = Backups.begin(target);
            // SQLite takes an empty file, and leaves its mode as it is.
            try (Connection connection = file.connect();
                    PreparedStatement vacuum = connection.prepareStatement("VACUUM INTO ?")) {
                vacuum.setString(1, part.toString());
                vacuum.execute();
            }
            Contents contents = inspect(part);
            Backups.place(part, target);
            return new Backup(target, KIND, Files.size(target), contents.version(), contents.proxies(), null);
        } catch (SQLException | RuntimeException e) {
            remove(part, e);
            throw file.failure("backup", e);
        } catch (IOException e) {
            remove(part, e);
            throw new StoreException(
                    StoreException.Kind.FULL, "backup: " + target + " cannot be written: " + e.getMessage(), e);
        }
    }

    /** Puts a copy in the place of {@code database}, which nobody may own. */
    public static Backup restore(Path database, Path source, boolean replace, InstantSource clock) {
        Contents contents = looked(source);
        FileOwnership.makeDirectory(database);
        SqliteFile file = new SqliteFile(database);
        try (FileOwnership ownership = FileOwnership.take(database)) {
            Path aside = null;
            if (Files.exists(database)) {
                long held = held(file);
                if (held > 0 && !replace) {
                    throw Backups.refusal("restore: database " + database + " holds " + held
                            + " proxies (expected: none, or --replace, which puts it aside)");
                }
                aside = database.resolveSibling(database.getFileName() + ".before-restore-" + clock.millis());
            }
            Path part = Backups.begin(database);
            try {
                Files.copy(source, part, StandardCopyOption.REPLACE_EXISTING);
                if (aside != null) {
                    Files.move(database, aside, StandardCopyOption.ATOMIC_MOVE);
                }
                // Of the file that was put aside, and empty: it would be taken for that of the new one.
                Files.deleteIfExists(database.resolveSibling(database.getFileName() + "-wal"));
                Files.deleteIfExists(database.resolveSibling(database.getFileName() + "-shm"));
                Backups.place(part, database);
            } catch (IOException | RuntimeException e) {
                remove(part, e);
                throw e;
            }
            return new Backup(source, KIND, Files.size(source), contents.version(), contents.proxies(), aside);
        } catch (SQLException | RuntimeException e) {
            throw file.failure("restore", e);
        } catch (IOException e) {
            throw new StoreException(
                    StoreException.Kind.FULL,
                    "restore: database " + database + " cannot be written: " + e.getMessage(),
                    e);
        }
    }

    private static Contents looked(Path source) {
        try {
            byte[] start = new byte[MAGIC.length];
            try (var in = Files.newInputStream(source)) {
                if (in.readNBytes(start, 0, start.length) < start.length || !java.util.Arrays.equals(start, MAGIC)) {
                    throw Backups.refusal(
                            "restore: " + source + " is no SQLite database (expected: a copy of one that backup made)");
                }
            }
            return inspect(source);
        } catch (SQLException | IOException e) {
            throw new StoreException(
                    StoreException.Kind.FAILED, "restore: " + source + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** Sees that a copy is sound, and of a schema that this program knows. */
    private static Contents inspect(Path copy) throws SQLException {
        SQLiteConfig config = new SQLiteConfig();
        config.setReadOnly(true);
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + copy, config.toProperties())) {
            String check = text(connection, "PRAGMA quick_check(1)");
            if (!"ok".equals(check)) {
                throw Backups.refusal(copy + " is damaged: " + check + " (expected: ok)");
            }
            List<MigrationPlan.Applied> applied = new ArrayList<>();
            try (Statement statement = connection.createStatement();
                    ResultSet rows =
                            statement.executeQuery("SELECT version, name, applied_at, checksum FROM schema_version")) {
                while (rows.next()) {
                    applied.add(new MigrationPlan.Applied(
                            rows.getInt(1), rows.getString(2), rows.getLong(3), rows.getString(4)));
                }
            }
            MigrationPlan plan = new MigrationPlan("copy " + copy, MigrationScript.all(KIND), applied);
            plan.up();
            return new Contents(plan.version(), Long.parseLong(text(connection, "SELECT count(*) FROM proxy")));
        }
    }

    /** How many proxies the present file holds; what is in its log goes into it. */
    private static long held(SqliteFile file) throws SQLException {
        try (Connection connection = file.connect()) {
            boolean made = !text(connection, "SELECT count(*) FROM sqlite_master WHERE name = 'proxy'")
                    .equals("0");
            long held = made ? Long.parseLong(text(connection, "SELECT count(*) FROM proxy")) : 0;
            text(connection, "PRAGMA wal_checkpoint(TRUNCATE)");
            return held;
        }
    }

    private static String text(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            return rows.next() ? String.valueOf(rows.getString(1)) : "";
        }
    }

    private static void remove(@Nullable Path part, Exception failure) {
        if (part != null) {
            try {
                Files.deleteIfExists(part);
            } catch (IOException e) {
                failure.addSuppressed(e);
            }
        }
    }
}
