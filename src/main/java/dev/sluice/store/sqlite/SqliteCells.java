package dev.sluice.store.sqlite;

import dev.sluice.store.schema.Cells;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** The row a result stands at. */
record SqliteCells(ResultSet rows) implements Cells<SQLException> {
    @Override
    public long number(int column) throws SQLException {
        return rows.getLong(column + 1);
    }

    @Override
    public boolean flag(int column) throws SQLException {
        return rows.getInt(column + 1) != 0;
    }

    @Override
    public double real(int column) throws SQLException {
        double value = rows.getDouble(column + 1);
        return rows.wasNull() ? Double.NaN : value;
    }

    @Override
    public @Nullable String text(int column) throws SQLException {
        return rows.getString(column + 1);
    }

    @Override
    public byte @Nullable [] bytes(int column) throws SQLException {
        return rows.getBytes(column + 1);
    }
}
