package dev.sluice.store.sqlite;

import dev.sluice.store.StoreException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/** A database file: how it is opened, and what its errors mean. */
record SqliteFile(Path path) {
    private static final int BUSY_TIMEOUT_MILLIS = 5_000;
    /** Of the connection that writes. */
    static final int WRITE_CACHE_KIBIBYTES = 32 * 1024;

    /** Of a scan of the whole file. */
    static final int SCAN_CACHE_KIBIBYTES = 1024;

    private static final int READ_CACHE_KIBIBYTES = 8 * 1024;
    /**
     * Pages in the log before they go into the file, 64 MiB. A batch of new entries touches thousands all over the
     * identity index; with the default of 1,000 each batch would write them twice.
     */
    private static final int CHECKPOINT_PAGES = 16_000;

    /** What is left of the write-ahead log after a burst. */
    private static final int LOG_LIMIT_BYTES = 64 * 1024 * 1024;

    /** Name in messages. */
    String name() {
        return "database " + path;
    }

    /** Opens a connection that commits by itself. WAL; a commit survives a crash of the process, not always of the machine. */
    Connection connect() throws SQLException {
        return connect(WRITE_CACHE_KIBIBYTES);
    }

    private Connection connect(int cacheKibibytes) throws SQLException {
        Connection connection = open(cacheKibibytes);
        try {
            execute(connection, "PRAGMA wal_autocheckpoint = " + CHECKPOINT_PAGES);
            return connection;
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private Connection open(int cacheKibibytes) throws SQLException {
        SQLiteConfig config = new SQLiteConfig();
        config.setJournalMode(SQLiteConfig.JournalMode.WAL);
        config.setSynchronous(SQLiteConfig.SynchronousMode.NORMAL);
        config.setBusyTimeout(BUSY_TIMEOUT_MILLIS);
        config.setCacheSize(-cacheKibibytes);
        config.setJournalSizeLimit(LOG_LIMIT_BYTES);
        config.setTempStore(SQLiteConfig.TempStore.MEMORY);
        // What held a password in the clear is zeroed; in FAST mode only where its page is written anyway.
        config.setPragma(SQLiteConfig.Pragma.SECURE_DELETE, "FAST");
        config.enforceForeignKeys(true);
        return DriverManager.getConnection("jdbc:sqlite:" + path, config.toProperties());
    }

    /** A connection that refuses to write. */
    Connection connectToRead() throws SQLException {
        Connection connection = connect(READ_CACHE_KIBIBYTES);
        try {
            execute(connection, "PRAGMA query_only = ON");
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
        return connection;
    }

    /** What {@code cause} means, where {@code action} was tried. */
    StoreException failure(String action, Throwable cause) {
        if (cause instanceof StoreException known) {
            return known;
        }
        return new StoreException(kind(cause), name() + ": " + action + " failed: " + cause.getMessage(), cause);
    }

    private static StoreException.Kind kind(Throwable cause) {
        if (!(cause instanceof SQLiteException sqlite)) {
            return StoreException.Kind.FAILED;
        }
        SQLiteErrorCode code = sqlite.getResultCode();
        return switch (code.code & 0xff) {
            case 13, // full
                    8, // read-only
                    14 // cannot open: the directory does not let us
            -> StoreException.Kind.FULL;
            case 10 -> isWrite(code) ? StoreException.Kind.FULL : StoreException.Kind.FAILED;
            case 5, 6 -> StoreException.Kind.UNAVAILABLE; // busy, locked
            default -> StoreException.Kind.FAILED;
        };
    }

    /** Errors of the disk where something was to be written; quotas show up as these. */
    private static boolean isWrite(SQLiteErrorCode code) {
        return switch (code) {
            case SQLITE_IOERR_WRITE, SQLITE_IOERR_FSYNC, SQLITE_IOERR_TRUNCATE, SQLITE_IOERR_SHMSIZE -> true;
            default -> false;
        };
    }
}
