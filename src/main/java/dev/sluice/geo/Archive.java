package dev.sluice.geo;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/**
 * Takes the database out of what was downloaded: a .mmdb file, alone, packed by gzip, or in a tar archive. Which it is is
 * told from the content. Names in archives choose the entry and nothing else. Blocks.
 */
final class Archive {
    private static final int BLOCK = 512;
    private static final int MAGIC_AT = 257;
    private static final byte[] MAGIC = "ustar".getBytes(StandardCharsets.US_ASCII);
    private static final int SIZE_AT = 124;
    private static final int SIZE_LENGTH = 12;
    private static final int TYPE_AT = 156;
    private static final int NAME_LENGTH = 100;
    /** For the licence texts beside the database. */
    private static final long BESIDE_BYTES = 4L << 20;

    private Archive() {}

    /**
     * The content of the database in {@code file}.
     *
     * @param maxBytes most bytes of it
     * @throws IOException saying what is wrong: nothing in it, too much, cut off
     */
    static byte[] database(Path file, long maxBytes) throws IOException {
        try (InputStream raw = new BufferedInputStream(Files.newInputStream(file), 1 << 16);
                InputStream in = new Bounded(unpacked(raw), maxBytes + BESIDE_BYTES, maxBytes)) {
            byte[] head = in.readNBytes(BLOCK);
            return isTar(head) ? entry(in, head, maxBytes) : rest(in, head, maxBytes);
        } catch (ZipException e) {
            throw new IOException("the download can't be unpacked: " + e.getMessage(), e);
        } catch (EOFException e) {
            throw new IOException("the download ends early", e);
        }
    }

    private static InputStream unpacked(InputStream raw) throws IOException {
        raw.mark(2);
        boolean gzip = raw.read() == 0x1f && raw.read() == 0x8b;
        raw.reset();
        return gzip ? new GZIPInputStream(raw, 1 << 16) : raw;
    }

    private static boolean isTar(byte[] head) {
        if (head.length < BLOCK) {
            return false;
        }
        for (int i = 0; i < MAGIC.length; i++) {
            if (head[MAGIC_AT + i] != MAGIC[i]) {
                return false;
            }
        }
        return true;
    }

    private static byte[] rest(InputStream in, byte[] head, long maxBytes) throws IOException {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        content.write(head);
        in.transferTo(content);
        if (content.size() > maxBytes) {
            throw tooLarge(maxBytes);
        }
        return content.toByteArray();
    }

    /** The first regular entry that is a database (POSIX.1-1988, ustar). */
    private static byte[] entry(InputStream in, byte[] first, long maxBytes) throws IOException {
        byte @Nullable [] head = first;
        while (head != null && head[0] != 0) {
            long bytes = size(head);
            boolean regular = head[TYPE_AT] == '0' || head[TYPE_AT] == 0;
            if (regular && name(head).endsWith(".mmdb")) {
                if (bytes > maxBytes) {
                    throw tooLarge(maxBytes);
                }
                byte[] content = in.readNBytes((int) bytes);
                if (content.length < bytes) {
                    throw new EOFException();
                }
                return content;
            }
            in.skipNBytes((bytes + BLOCK - 1) / BLOCK * BLOCK);
            byte[] next = in.readNBytes(BLOCK);
            head = next.length < BLOCK ? null : next;
        }
        throw new IOException("the archive holds no file whose name ends in .mmdb");
    }

    private static String name(byte[] head) {
        int length = 0;
        while (length < NAME_LENGTH && head[length] != 0) {
            length++;
        }
        return new String(head, 0, length, StandardCharsets.UTF_8);
    }

    /** Octal digits between blanks and zeros; beyond 8 GiB there are other forms, which are refused. */
    private static long size(byte[] head) throws IOException {
        String digits = new String(head, SIZE_AT, SIZE_LENGTH, StandardCharsets.ISO_8859_1)
                .replace('\0', ' ')
                .strip();
        if (!digits.matches("[0-7]{1,12}")) {
            throw new IOException("the archive is broken: an entry without a size");
        }
        return Long.parseLong(digits, 8);
    }

    private static IOException tooLarge(long maxBytes) {
        return new IOException("the database is larger than geo.max-database, " + maxBytes + " bytes");
    }

    /** Fails beyond a number of bytes: what unpacks without end must end. */
    private static final class Bounded extends FilterInputStream {
        private final long maxBytes;
        private long left;

        /** @param maxBytes what the message names */
        Bounded(InputStream in, long limit, long maxBytes) {
            super(in);
            this.left = limit;
            this.maxBytes = maxBytes;
        }

        @Override
        public int read() throws IOException {
            int read = super.read();
            count(read < 0 ? 0 : 1);
            return read;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int read = super.read(bytes, offset, length);
            count(Math.max(0, read));
            return read;
        }

        @Override
        public long skip(long bytes) throws IOException {
            long skipped = super.skip(bytes);
            count(skipped);
            return skipped;
        }

        private void count(long bytes) throws IOException {
            left -= bytes;
            if (left < 0) {
                throw tooLarge(maxBytes);
            }
        }
    }
}
