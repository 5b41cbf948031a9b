package dev.sluice.store.postgres;

import dev.sluice.store.schema.CellSink;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Rows turned into columns: each becomes an array parameter for {@code unnest}. */
final class PostgresArrays implements CellSink<RuntimeException> {
    private final List<Object[]> columns = new ArrayList<>();
    private final int rows;
    private int row;
    private int column;

    /** For exactly {@code rows} rows, which all have the same cells. */
    PostgresArrays(int rows) {
        this.rows = rows;
    }

    /** Ends a row. */
    void next() {
        row++;
        column = 0;
    }

    @Override
    public void number(long value) {
        if (row == 0) {
            columns.add(new Long[rows]);
        }
        columns.get(column++)[row] = value;
    }

    @Override
    public void flag(boolean value) {
        if (row == 0) {
            columns.add(new Boolean[rows]);
        }
        columns.get(column++)[row] = value;
    }

    @Override
    @SuppressWarnings("NullAway") // a null cell
    public void real(double value) {
        if (row == 0) {
            columns.add(new Double[rows]);
        }
        columns.get(column++)[row] = Double.isNaN(value) ? null : (Double) value;
    }

    @Override
    @SuppressWarnings("NullAway") // a null cell
    public void text(@Nullable String value) {
        if (row == 0) {
            columns.add(new String[rows]);
        }
        columns.get(column++)[row] = PostgresText.write(value);
    }

    @Override
    @SuppressWarnings("NullAway") // a null cell
    public void bytes(byte @Nullable [] value) {
        if (row == 0) {
            columns.add(new Buffer[rows]);
        }
        columns.get(column++)[row] = value == null ? null : Buffer.buffer(value);
    }

    /** The columns, in order. */
    Tuple tuple() {
        Tuple tuple = Tuple.tuple();
        for (Object[] values : columns) {
            tuple.addValue(values);
        }
        return tuple;
    }
}
