package dev.sluice.store.sqlite;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;

/** Prepared statements of a connection, each prepared once. Confined to the thread of the connection. */
final class SqliteStatements {
    private final Connection connection;
    private final Map<String, PreparedStatement> prepared = new HashMap<>();

    SqliteStatements(Connection connection) {
        this.connection = connection;
    }

    /** The statement for one of the few texts its owner has. */
    PreparedStatement get(String sql) throws SQLException {
        PreparedStatement statement = prepared.get(sql);
        if (statement == null) {
            statement = connection.prepareStatement(sql);
            prepared.put(sql, statement);
        }
        return statement;
    }

    /**
     * Prepares all of them anew when they are next wanted. To be called after every failure: the driver finalises a
     * statement that failed and refuses to run it again. What goes wrong is added to {@code reason}.
     */
    void forget(Throwable reason) {
        for (PreparedStatement statement : prepared.values()) {
            try {
                statement.close();
            } catch (SQLException e) {
                reason.addSuppressed(e);
            }
        }
        prepared.clear();
    }
}
