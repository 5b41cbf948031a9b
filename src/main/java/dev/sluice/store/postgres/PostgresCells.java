package dev.sluice.store.postgres;

import dev.sluice.store.schema.Cells;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import org.jspecify.annotations.Nullable;

/** A row of a result. */
record PostgresCells(Row row) implements Cells<RuntimeException> {
    @Override
    public long number(int column) {
        Long value = row.getLong(column);
        return value == null ? 0 : value;
    }

    @Override
    public boolean flag(int column) {
        return Boolean.TRUE.equals(row.getBoolean(column));
    }

    @Override
    public double real(int column) {
        Double value = row.getDouble(column);
        return value == null ? Double.NaN : value;
    }

    @Override
    public @Nullable String text(int column) {
        return PostgresText.read(row.getString(column));
    }

    @Override
    public byte @Nullable [] bytes(int column) {
        Buffer value = row.getBuffer(column);
        return value == null ? null : value.getBytes();
    }
}
