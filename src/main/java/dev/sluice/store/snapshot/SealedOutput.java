package dev.sluice.store.snapshot;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** Gathers small writes for a draft, and counts and checksums what passes. Not thread-safe. */
final class SealedOutput extends OutputStream {
    private final Disk.Draft draft;
    private final ByteBuffer buffer = ByteBuffer.allocate(SnapshotFile.BUFFER_BYTES);
    private final CRC32C checksum = new CRC32C();
    private long length;

    SealedOutput(Disk.Draft draft) {
        this.draft = draft;
    }

    @Override
    public void write(int value) throws IOException {
        if (!buffer.hasRemaining()) {
            drain();
        }
        buffer.put((byte) value);
    }

    @Override
    public void write(byte[] bytes, int offset, int count) throws IOException {
        int from = offset;
        int left = count;
        while (left > 0) {
            if (!buffer.hasRemaining()) {
                drain();
            }
            int some = Math.min(left, buffer.remaining());
            buffer.put(bytes, from, some);
            from += some;
            left -= some;
        }
    }

    /** Ends the file: what was written, its length, and the checksum over both. */
    void seal() throws IOException {
        drain();
        long written = length;
        buffer.putLong(written);
        drain();
        buffer.putInt((int) checksum.getValue());
        drain();
    }

    private void drain() throws IOException {
        buffer.flip();
        length += buffer.remaining();
        checksum.update(buffer.duplicate());
        draft.write(buffer);
        buffer.clear();
    }
}
