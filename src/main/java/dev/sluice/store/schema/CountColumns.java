package dev.sluice.store.schema;

import dev.sluice.port.SourceFigures;

/** The sums over the entries of a source, in the order of {@link SourceFigures.Of}. */
public final class CountColumns {
    private CountColumns() {}

    /** Reads the sums from column {@code first} on. */
    public static <E extends Exception> SourceFigures.Of figures(Cells<E> row, int first) throws E {
        return new SourceFigures.Of(
                row.number(first),
                row.number(first + 1),
                row.number(first + 2),
                row.number(first + 3),
                row.number(first + 4),
                row.number(first + 5),
                row.number(first + 6),
                row.number(first + 7),
                row.number(first + 8));
    }
}
