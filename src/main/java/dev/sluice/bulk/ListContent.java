package dev.sluice.bulk;

import com.github.luben.zstd.ZstdIOException;
import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteOrder;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/**
 * A list's content: decompressed where it begins like gzip or zstd, as UTF-8 where it begins with a byte order mark of
 * UTF-16. What fails names the list. Confined to one thread.
 *
 * <p>Joined gzip members and zstd frames are read as one list. A zstd frame may ask for a window of 128 MiB at most, which
 * is held outside the heap: what {@code zstd} itself accepts without being told otherwise.
 */
public final class ListContent extends FilterInputStream {
    private static final int PIECE = 64 << 10;
    private static final int MAX_WINDOW_LOG = 27;

    private final String name;
    private final Counted raw;
    private final ContentLimits limits;
    private final boolean asItIs;
    private long bytes;

    private ListContent(String name, Counted raw, InputStream content, boolean asItIs, ContentLimits limits) {
        super(content);
        this.name = name;
        this.raw = raw;
        this.asItIs = asItIs;
        this.limits = limits;
    }

    /**
     * Looks at the first bytes of {@code raw}, which is closed with the result.
     *
     * @param name what failures name
     * @throws IOException naming the list when it can't be read or only looks compressed
     */
    public static InputStream of(InputStream raw, String name) throws IOException {
        return of(raw, name, ContentLimits.NONE);
    }

    /** The same within limits; beyond them reading fails with {@link OversizedContentException}. */
    static ListContent of(InputStream raw, String name, ContentLimits limits) throws IOException {
        Counted counted = new Counted(raw);
        try {
            BufferedInputStream buffered = new Joined(counted);
            InputStream unpacked = unpacked(buffered);
            BufferedInputStream text = unpacked == buffered ? buffered : new BufferedInputStream(unpacked, PIECE);
            ByteOrder wide = utf16(text);
            InputStream content = wide == null ? text : new Utf16Content(text, wide);
            return new ListContent(name, counted, content, content == buffered, limits);
        } catch (IOException e) {
            IOException failure = named(name, e);
            try {
                raw.close();
            } catch (IOException unclosed) {
                failure.addSuppressed(unclosed);
            }
            throw failure;
        }
    }

    /** Bytes of the list itself that were taken, before decompression. */
    long rawBytes() {
        return raw.bytes;
    }

    /** Whether content is the list itself, so that skipping costs nothing where the list is a file. */
    boolean asItIs() {
        return asItIs;
    }

    private static InputStream unpacked(BufferedInputStream buffered) throws IOException {
        byte[] head = head(buffered, 4);
        if (head.length >= 2 && head[0] == 0x1f && head[1] == (byte) 0x8b) {
            return new GZIPInputStream(buffered, PIECE);
        }
        if (head.length < 4) {
            return buffered;
        }
        int magic = (head[0] & 0xff) | (head[1] & 0xff) << 8 | (head[2] & 0xff) << 16 | (head[3] & 0xff) << 24;
        // RFC 8878, sections 3.1.1 and 3.1.2: a frame, or one to be skipped.
        boolean zstd = magic == 0xfd2fb528 || (magic & 0xfffffff0) == 0x184d2a50;
        return zstd ? new ZstdInputStreamNoFinalizer(buffered).setLongMax(MAX_WINDOW_LOG) : buffered;
    }

    private static @Nullable ByteOrder utf16(BufferedInputStream text) throws IOException {
        byte[] head = head(text, 2);
        if (head.length < 2) {
            return null;
        }
        if (head[0] == (byte) 0xfe && head[1] == (byte) 0xff) {
            return ByteOrder.BIG_ENDIAN;
        }
        return head[0] == (byte) 0xff && head[1] == (byte) 0xfe ? ByteOrder.LITTLE_ENDIAN : null;
    }

    private static byte[] head(BufferedInputStream in, int length) throws IOException {
        in.mark(length);
        byte[] head = in.readNBytes(length);
        in.reset();
        return head;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        int count;
        try {
            count = super.read(target, offset, length);
        } catch (IOException e) {
            throw named(name, e);
        }
        taken(Math.max(0, count));
        return count;
    }

    @Override
    public long skip(long length) throws IOException {
        long skipped = super.skip(length);
        taken(skipped);
        return skipped;
    }

    private void taken(long count) throws IOException {
        bytes += count;
        if (bytes > limits.maxBytes()) {
            throw new OversizedContentException(
                    name + ": more than " + limits.maxBytes() + " bytes of content (expected: at most)");
        }
        if (bytes > ContentLimits.RATIO_FREE_BYTES && bytes / limits.maxRatio() > raw.bytes) {
            throw new OversizedContentException(name + ": unpacks to more than " + limits.maxRatio()
                    + " times its size (expected: a list, not a bomb)");
        }
    }

    private static IOException named(String name, IOException cause) {
        if (cause instanceof EOFException) {
            return new BrokenListException(name + ": ends within compressed data (expected: a whole gzip file)", cause);
        }
        if (cause instanceof ZstdIOException) {
            return new BrokenListException(
                    name + ": zstd: " + cause.getMessage() + " (expected: a whole zstd file)", cause);
        }
        String message = name + ": " + cause.getMessage();
        return cause instanceof ZipException
                ? new BrokenListException(message, cause)
                : new IOException(message, cause);
    }

    /** Tells how much was taken of a stream. */
    private static final class Counted extends FilterInputStream {
        private long bytes;

        Counted(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            int value = super.read();
            bytes += value < 0 ? 0 : 1;
            return value;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            int count = super.read(target, offset, length);
            bytes += Math.max(0, count);
            return count;
        }

        @Override
        public long skip(long length) throws IOException {
            long skipped = super.skip(length);
            bytes += skipped;
            return skipped;
        }
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
