package dev.sluice.bulk;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import dev.sluice.parse.MaskedSample;
import dev.sluice.parse.Rejection;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Lines that became no entry, as NDJSON {@code {line, verdict, reason, detail?, sample?}}, up to a number of bytes; beyond
 * it they are counted only, and told at the end. The file holds whole lines whenever somebody looks. Confined to one
 * thread. Fails with {@link IOException}.
 */
final class RejectedLines implements AutoCloseable {
    /** Most bytes of a report: 256 MiB. */
    static final long MAX_BYTES = 256L << 20;

    private static final int BUFFER = 64 << 10;
    private static final JsonStringEncoder ENCODER = JsonStringEncoder.getInstance();

    private final FileChannel channel;
    private final long maxBytes;
    private final StringBuilder text = new StringBuilder(BUFFER + 1_024);
    private long bytes;
    private long lines;
    private long leftOut;

    /**
     * A place in a report.
     *
     * @param bytes before it
     * @param lines before it
     * @param leftOut lines before it that are not in the file
     */
    record Mark(long bytes, long lines, long leftOut) {
        static final Mark BEGINNING = new Mark(0, 0, 0);
    }

    private RejectedLines(FileChannel channel, long maxBytes, Mark mark) {
        this.channel = channel;
        this.maxBytes = maxBytes;
        this.bytes = mark.bytes;
        this.lines = mark.lines;
        this.leftOut = mark.leftOut;
    }

    /**
     * Goes on behind {@code mark}; what stands there is cut off, because it comes again. Where the file is shorter, after
     * a loss of power or on another machine, what is missing counts as left out.
     */
    static RejectedLines open(Path file, Mark mark, long maxBytes) throws IOException {
        FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            Mark there = channel.size() >= mark.bytes ? mark : remains(channel, mark);
            channel.truncate(there.bytes);
            channel.position(there.bytes);
            return new RejectedLines(channel, maxBytes, there);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    /** What is left of a file that lost its end: its whole lines. */
    private static Mark remains(FileChannel channel, Mark mark) throws IOException {
        ByteBuffer piece = ByteBuffer.allocate(BUFFER);
        long whole = 0;
        long found = 0;
        for (long at = 0; channel.read(piece, at) > 0; piece.clear()) {
            piece.flip();
            while (piece.hasRemaining()) {
                at++;
                if (piece.get() == '\n') {
                    whole = at;
                    found++;
                }
            }
        }
        return new Mark(whole, found, mark.leftOut + Math.max(0, mark.lines - found));
    }

    void add(long line, Rejection reason, String detail, String sample) throws IOException {
        if (bytes + text.length() >= maxBytes) {
            leftOut++;
            return;
        }
        text.append("{\"line\":").append(line).append(",\"verdict\":\"rejected\",\"reason\":\"");
        text.append(reason.text()).append('"');
        field("detail", detail);
        field("sample", MaskedSample.of(sample));
        text.append("}\n");
        lines++;
        if (text.length() >= BUFFER) {
            flush();
        }
    }

    /** Says that the source gave another list from here on, whose lines are numbered anew. */
    void restarted() throws IOException {
        text.append("{\"line\":0,\"verdict\":\"restarted\",\"reason\":\"the source gave another list than before\"}\n");
        lines++;
        flush();
    }

    /** Says how many lines are not in the file, if any. */
    void finish() throws IOException {
        if (leftOut > 0) {
            text.append("{\"line\":0,\"verdict\":\"left-out\",\"reason\":\"no room for more\",\"lines\":")
                    .append(leftOut)
                    .append("}\n");
        }
        flush();
    }

    /** Where the report is now, with everything before it in the file. */
    Mark mark() throws IOException {
        flush();
        return new Mark(bytes, lines, leftOut);
    }

    private void field(String name, String value) {
        if (!value.isEmpty()) {
            text.append(",\"").append(name).append("\":\"");
            ENCODER.quoteAsString(value, text);
            text.append('"');
        }
    }

    private void flush() throws IOException {
        if (text.isEmpty()) {
            return;
        }
        ByteBuffer out = ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.UTF_8));
        bytes += out.remaining();
        text.setLength(0);
        while (out.hasRemaining()) {
            channel.write(out);
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
