package dev.sluice.parse;

/** Receives what a {@link ListParser} finds, on the thread that feeds it. */
public interface EntrySink {
    /**
     * An admitted entry, not seen before in this list.
     *
     * @param line its line, from 1; for formats without lines its ordinal
     */
    void accept(long line, Entry entry);

    /**
     * Something that did not become an entry.
     *
     * @param line as for {@link #accept}
     * @param detail for {@link Rejection#NON_PUBLIC} the kind of address, otherwise a few words or empty
     * @param sample the beginning of the text, at most 120 characters, without control characters
     */
    void reject(long line, Rejection reason, String detail, String sample);
}
