package dev.sluice.store.schema;

import org.jspecify.annotations.Nullable;

/**
 * A row of a result, read by position from 0.
 *
 * @param <E> what reading may throw
 */
public interface Cells<E extends Exception> {
    /** An integer; 0 where the cell is null. */
    long number(int column) throws E;

    /** A truth value; false where the cell is null. */
    boolean flag(int column) throws E;

    /** A real number; {@code Double.NaN} where the cell is null. */
    double real(int column) throws E;

    /** A text, or null. */
    @Nullable
    String text(int column) throws E;

    /** Bytes, or null. */
    byte @Nullable [] bytes(int column) throws E;
}
