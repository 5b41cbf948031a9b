package dev.sluice.store.sqlite;

import io.vertx.core.Future;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** A connection on its thread, for the small tables: each call is a transaction. Thread-safe. */
final class SqliteSession {
    private final SqliteThread thread;
    private final Connection connection;
    private final SqliteStatements statements;

    /** Shares {@code connection} with whoever else uses it on {@code thread}. */
    SqliteSession(SqliteThread thread, Connection connection) {
        this.thread = thread;
        this.connection = connection;
        this.statements = new SqliteStatements(connection);
    }

    /** Something that blocks, in a transaction. */
    @FunctionalInterface
    interface Work<T> {
        T run(SqliteStatements statements) throws SQLException;
    }

    /** What a row says. */
    @FunctionalInterface
    interface Reading<T> {
        T read(SqliteCells row) throws SQLException;
    }

    /** Runs {@code work}; what it wrote is committed, or nothing of it where it fails. */
    <T> Future<T> call(String action, Work<T> work) {
        return thread.call(action, () -> {
            try {
                T result = work.run(statements);
                if (!connection.getAutoCommit()) {
                    connection.commit();
                }
                return result;
            } catch (SQLException | RuntimeException e) {
                statements.forget(e);
                if (!connection.getAutoCommit()) {
                    SqliteWriter.rollBack(connection, e);
                }
                throw e;
            }
        });
    }

    /** All rows of a query. */
    <T> Future<List<T>> rows(String action, String sql, Reading<T> reading) {
        return call(action, statements -> rows(statements.get(sql), reading));
    }

    static <T> List<T> rows(PreparedStatement query, Reading<T> reading) throws SQLException {
        List<T> found = new ArrayList<>();
        try (ResultSet rows = query.executeQuery()) {
            SqliteCells cells = new SqliteCells(rows);
            while (rows.next()) {
                found.add(reading.read(cells));
            }
        }
        return found;
    }
}
