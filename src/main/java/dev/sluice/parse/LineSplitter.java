package dev.sluice.parse;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Cuts bytes into lines at LF, CR LF and lone CR, however the pieces are cut. Holds at most one line, and of a line that
 * is too long only its beginning.
 */
final class LineSplitter {
    /** Receives lines in order. */
    interface Lines {
        /** A line without its end; the array belongs to the caller. */
        void line(long number, byte[] bytes, int from, int to);

        /** A line of too many bytes. */
        void tooLong(long number, String beginning);
    }

    private final Lines lines;
    private final int limit;
    private final byte[] held;
    private final CharBuffer decoded;
    private final CharsetDecoder utf8 = StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    private int heldLength;
    private boolean dropping;
    private boolean afterReturn;
    private long number;
    private long fed;
    private long lineStart;

    /** @param linesBefore the first line is numbered behind these */
    LineSplitter(int limit, long linesBefore, Lines lines) {
        this.limit = limit;
        this.number = linesBefore;
        this.lines = lines;
        this.held = new byte[limit];
        this.decoded = CharBuffer.allocate(limit);
    }

    /** Bytes fed before the line that is given at present. */
    long lineStart() {
        return lineStart;
    }

    void feed(byte[] bytes, int offset, int length) {
        if (length == 0) {
            return;
        }
        long before = fed - offset;
        fed += length;
        int end = offset + length;
        int i = offset;
        if (afterReturn && bytes[i] == '\n') {
            i++;
        }
        afterReturn = false;
        int start = i;
        while (i < end) {
            byte b = bytes[i];
            if (b > '\r' || (b != '\n' && b != '\r')) {
                i++;
                continue;
            }
            if (heldLength == 0 && !dropping) {
                lineStart = before + start;
            }
            lineEnded(bytes, start, i);
            i++;
            if (b == '\r') {
                if (i == end) {
                    afterReturn = true;
                } else if (bytes[i] == '\n') {
                    i++;
                }
            }
            start = i;
        }
        if (heldLength == 0 && !dropping) {
            lineStart = before + start;
        }
        hold(bytes, start, end);
    }

    void end() {
        if (heldLength > 0 || dropping) {
            lineEnded(held, 0, 0);
        }
    }

    private void lineEnded(byte[] bytes, int from, int to) {
        number++;
        if (heldLength == 0 && !dropping) {
            if (to - from >= limit) {
                lines.tooLong(number, decode(bytes, from, from + Sample.MAX_LENGTH / 2));
            } else {
                lines.line(number, bytes, from, to);
            }
            return;
        }
        hold(bytes, from, to);
        int length = heldLength;
        heldLength = 0;
        if (dropping) {
            dropping = false;
            lines.tooLong(number, decode(held, 0, Math.min(length, Sample.MAX_LENGTH / 2)));
        } else {
            lines.line(number, held, 0, length);
        }
    }

    private void hold(byte[] bytes, int from, int to) {
        if (dropping || from == to) {
            return;
        }
        int length = to - from;
        if (heldLength + length >= limit) {
            dropping = true;
            length = Math.min(length, limit - heldLength);
        }
        System.arraycopy(bytes, from, held, heldLength, length);
        heldLength += length;
    }

    /** As UTF-8, or where it is not, as ISO 8859-1. */
    String decode(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            if (bytes[i] < 0) {
                // Not by exceptions: a list of random bytes would throw one a line.
                decoded.clear();
                CoderResult result = utf8.reset().decode(ByteBuffer.wrap(bytes, from, to - from), decoded, true);
                return result.isError()
                        ? new String(bytes, from, to - from, StandardCharsets.ISO_8859_1)
                        : decoded.flip().toString();
            }
        }
        return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
    }
}
