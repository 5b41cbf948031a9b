package dev.sluice.bulk;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;

/** A list's content, decompressed where it begins like gzip. What fails names the list. Confined to one thread. */
public final class ListContent extends FilterInputStream {
    private static final int PIECE = 64 << 10;

    private final String name;

    private ListContent(String name, InputStream content) {
        super(content);
        this.name = name;
    }

    /**
     * Looks at the first two bytes of {@code raw}, which is closed with the result.
     *
     * @param name what failures name
     * @throws IOException naming the list when it can't be read or only looks like gzip
     */
    public static InputStream of(InputStream raw, String name) throws IOException {
        try {
            BufferedInputStream buffered = new Joined(raw);
            buffered.mark(2);
            int first = buffered.read();
            int second = buffered.read();
            buffered.reset();
            boolean compressed = first == 0x1f && second == 0x8b;
            return new ListContent(name, compressed ? new GZIPInputStream(buffered, PIECE) : buffered);
        } catch (IOException e) {
            throw named(name, e);
        }
    }

    @Override
    public int read() throws IOException {
        try {
            return super.read();
        } catch (IOException e) {
            throw named(name, e);
        }
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        try {
            return super.read(target, offset, length);
        } catch (IOException e) {
            throw named(name, e);
        }
    }

    private static IOException named(String name, IOException cause) {
        return cause instanceof EOFException
                ? new IOException(name + ": ends within compressed data (expected: a whole gzip file)", cause)
                : new IOException(name + ": " + cause.getMessage(), cause);
    }

    /**
     * Tells by {@link #available} whether more comes, even if it must wait for it: {@link GZIPInputStream} takes a pipe
     * that has nothing ready for its end, and would drop the later members of joined files.
     */
    private static final class Joined extends BufferedInputStream {
        Joined(InputStream raw) {
            super(raw, PIECE);
        }

        @Override
        public synchronized int available() throws IOException {
            if (pos < count) {
                return count - pos;
            }
            mark(1);
            boolean more = read() >= 0;
            reset();
            return more ? Math.max(1, count - pos) : 0;
        }
    }
}
