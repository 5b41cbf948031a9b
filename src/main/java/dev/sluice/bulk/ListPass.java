package dev.sluice.bulk;

import dev.sluice.parse.ListParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;

/** One reading of a list's file, piece by piece, whatever becomes of what is found. Confined to one thread. */
final class ListPass implements AutoCloseable {
    private static final int PIECE = 64 << 10;

    private final String name;
    private final long totalBytes;
    private final ListContent content;
    private final byte[] piece = new byte[PIECE];

    /**
     * @param name what failures name
     * @throws IOException when the file can't be read
     */
    ListPass(Path file, String name, ContentLimits limits) throws IOException {
        this.name = name;
        this.totalBytes = Files.size(file);
        this.content = ListContent.of(Files.newInputStream(file), name, limits);
    }

    /** Size of the file. */
    long totalBytes() {
        return totalBytes;
    }

    /** Bytes of the file that were read. */
    long rawBytes() {
        return content.rawBytes();
    }

    /**
     * Leaves out the beginning of the content: at once in a plain file, by unpacking in a compressed one.
     *
     * @param stop asked between pieces
     * @return false when asked to stop
     * @throws IOException when there is less
     */
    boolean skip(long bytes, BooleanSupplier stop) throws IOException {
        if (content.asItIs()) {
            if (bytes > totalBytes) {
                throw shorter(totalBytes, bytes);
            }
            content.skipNBytes(bytes);
            return true;
        }
        long left = bytes;
        while (left > 0) {
            if (stop.getAsBoolean()) {
                return false;
            }
            int length = content.readNBytes(piece, 0, (int) Math.min(left, PIECE));
            if (length == 0) {
                throw shorter(bytes - left, bytes);
            }
            left -= length;
        }
        return true;
    }

    /**
     * Reads to the end.
     *
     * @param stop asked before each piece
     * @param after called after each piece
     * @return false when asked to stop
     */
    boolean read(ListParser parser, BooleanSupplier stop, Runnable after) throws IOException {
        while (!stop.getAsBoolean()) {
            int length = content.readNBytes(piece, 0, PIECE);
            if (length == 0) {
                parser.end();
                return true;
            }
            parser.feed(piece, 0, length);
            after.run();
        }
        return false;
    }

    private BrokenListException shorter(long bytes, long expected) {
        return new BrokenListException(
                name + ": " + bytes + " bytes (expected: the list of before, with at least " + expected + ")");
    }

    @Override
    public void close() throws IOException {
        content.close();
    }
}
