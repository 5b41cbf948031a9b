package dev.sluice.bulk;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/** UTF-16 as UTF-8; what is no character becomes a replacement character. Confined to one thread. */
final class Utf16Content extends InputStream {
    private static final int PIECE = 16 << 10;

    private final InputStream in;
    private final CharsetEncoder encoder = StandardCharsets.UTF_8
            .newEncoder()
            .onMalformedInput(CodingErrorAction.REPLACE)
            .onUnmappableCharacter(CodingErrorAction.REPLACE);
    private final ByteBuffer source = ByteBuffer.allocate(PIECE);
    private final CharBuffer characters = CharBuffer.allocate(PIECE);
    private final ByteBuffer target = ByteBuffer.allocate(4 * PIECE);
    private boolean ended;

    Utf16Content(InputStream in, ByteOrder order) {
        this.in = in;
        source.order(order);
        target.flip();
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        while (!target.hasRemaining()) {
            if (ended) {
                return -1;
            }
            fill();
        }
        int count = Math.min(length, target.remaining());
        target.get(bytes, offset, count);
        return count;
    }

    private void fill() throws IOException {
        int count = in.read(source.array(), source.position(), source.remaining());
        ended = count < 0;
        source.position(source.position() + Math.max(0, count));
        source.flip();
        // Not by Java's decoder, which takes the end of a line along with half a pair before it.
        while (source.remaining() >= 2) {
            characters.put(source.getChar());
        }
        if (ended && source.hasRemaining()) {
            source.get();
            characters.put('\ufffd');
        }
        source.compact();
        characters.flip();
        target.clear();
        // A lone first half of a pair waits for the second.
        encoder.encode(characters, target, ended);
        if (ended) {
            encoder.flush(target);
        }
        characters.compact();
        target.flip();
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
