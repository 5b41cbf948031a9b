package dev.sluice.store.sqlite;

import dev.sluice.store.schema.CellSink;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import org.jspecify.annotations.Nullable;

/** Fills the parameters of a statement from the first to the last. */
final class SqliteParameters implements CellSink<SQLException> {
    private final PreparedStatement statement;
    private int next = 1;

    SqliteParameters(PreparedStatement statement) {
        this.statement = statement;
    }

    @Override
    public void number(long value) throws SQLException {
        statement.setLong(next++, value);
    }

    @Override
    public void flag(boolean value) throws SQLException {
        statement.setInt(next++, value ? 1 : 0);
    }

    @Override
    public void real(double value) throws SQLException {
        if (Double.isNaN(value)) {
            statement.setNull(next++, Types.REAL);
        } else {
            statement.setDouble(next++, value);
        }
    }

    @Override
    public void text(@Nullable String value) throws SQLException {
        statement.setString(next++, value);
    }

    @Override
    public void bytes(byte @Nullable [] value) throws SQLException {
        statement.setBytes(next++, value);
    }
}
