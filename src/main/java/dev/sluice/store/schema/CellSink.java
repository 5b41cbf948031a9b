package dev.sluice.store.schema;

import org.jspecify.annotations.Nullable;

/**
 * Takes the cells of a row, from left to right.
 *
 * @param <E> what writing may throw
 */
public interface CellSink<E extends Exception> {
    /** An integer. */
    void number(long value) throws E;

    /** A truth value. */
    void flag(boolean value) throws E;

    /** A real number; {@code Double.NaN} becomes a null cell. */
    void real(double value) throws E;

    /** A text, or null. */
    void text(@Nullable String value) throws E;

    /** Bytes, or null. */
    void bytes(byte @Nullable [] value) throws E;
}
