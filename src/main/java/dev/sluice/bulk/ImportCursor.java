package dev.sluice.bulk;

import org.jspecify.annotations.Nullable;

/**
 * A place in a list between two lines, and what was counted up to it. It is stored with the chunk before it, so both are
 * there or neither: whoever goes on from here does what an undisturbed import would have done.
 *
 * @param begunMillis when the import began; entries are listed since then
 * @param sha256 of the list as it was fetched; null for an upload, and before it was fetched
 * @param chunks chunks before this place, and the number of the next
 * @param offset bytes of content before this place; -1 where the list has to be read from its beginning, and what
 *     {@code line} covers be left out
 * @param line lines before this place; for formats without lines their entries
 * @param linesBefore lines of what the source gave before it changed
 * @param accepted entries admitted, whether or not they stood before
 * @param rejected lines that became no entry, but for blanks, comments and headings
 * @param report how much of the report on rejected lines belongs to them
 * @param done whether nothing comes behind this place
 */
record ImportCursor(
        long begunMillis,
        @Nullable String sha256,
        int chunks,
        long offset,
        long line,
        long linesBefore,
        long accepted,
        long rejected,
        RejectedLines.Mark report,
        boolean done) {
    static ImportCursor beginning(long nowMillis) {
        return new ImportCursor(nowMillis, null, 0, 0, 0, 0, 0, 0, RejectedLines.Mark.BEGINNING, false);
    }

    /** Lines read in all. */
    long lines() {
        return linesBefore + line;
    }

    /**
     * The beginning of another list in place of the one before: what was counted stays, and what both name the store
     * knows.
     */
    ImportCursor restarted(String otherSha256, RejectedLines.Mark otherReport) {
        return new ImportCursor(
                begunMillis, otherSha256, chunks, 0, 0, lines(), accepted, rejected, otherReport, false);
    }

    ImportCursor fetched(String fetchedSha256) {
        return new ImportCursor(
                begunMillis, fetchedSha256, chunks, offset, line, linesBefore, accepted, rejected, report, done);
    }

    /**
     * Where to go on: what was noted with the job, unless a chunk was stored since. A note is made when everything before
     * it is stored, so with as many chunks it is the later one.
     */
    static ImportCursor later(ImportCursor stored, @Nullable ImportCursor noted) {
        return noted != null && noted.chunks == stored.chunks ? noted : stored;
    }
}
