package dev.sluice.net;

import java.util.Locale;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/**
 * Unpacks a body that arrives in pieces: as it is, gzip (RFC 1952, several members too) or deflate (RFC 1950, and the bare
 * RFC 1951 stream some servers send instead). Gives out no more than it is asked for, so a small piece that unpacks to
 * gigabytes costs nothing until it is read. Confined to one thread; {@link #close()} frees native memory.
 */
final class ContentDecoder implements AutoCloseable {
    private static final byte[] NOTHING = {};
    private static final int FLAG_HEADER_CRC = 2;
    private static final int FLAG_EXTRA = 4;
    private static final int FLAG_NAME = 8;
    private static final int FLAG_COMMENT = 16;
    private static final int RESERVED_FLAGS = 0xe0;

    private final Coding coding;
    private @Nullable Inflater inflater;
    private final CRC32 crc = new CRC32();
    private long memberBytes;
    private byte[] input = NOTHING;
    private int position;
    private State state;
    private int have;
    private int flags;
    private int left;
    private long trailer;
    private boolean any;

    private ContentDecoder(Coding coding) {
        this.coding = coding;
        this.state = coding == Coding.IDENTITY ? State.PLAIN : State.HEADER;
    }

    /**
     * For a {@code Content-Encoding}.
     *
     * @param contentEncoding null or empty for none
     * @throws ZipException when it is none of gzip, deflate, identity
     */
    static ContentDecoder of(@Nullable String contentEncoding) throws ZipException {
        String name = contentEncoding == null ? "" : contentEncoding.trim().toLowerCase(Locale.ROOT);
        return switch (name) {
            case "", "identity" -> new ContentDecoder(Coding.IDENTITY);
            case "gzip", "x-gzip" -> new ContentDecoder(Coding.GZIP);
            case "deflate" -> new ContentDecoder(Coding.DEFLATE);
            default ->
                throw new ZipException("content-encoding: " + printable(name) + " (expected: gzip, deflate or none)");
        };
    }

    private static String printable(String text) {
        return text.substring(0, Math.min(40, text.length())).replaceAll("[^ -~]", "?");
    }

    /** The next piece; only after {@link #read} has returned 0. The array is kept until then. */
    void input(byte[] bytes) {
        if (bytes.length == 0) {
            return;
        }
        any = true;
        input = bytes;
        position = 0;
        if (state == State.BODY && inflater != null) {
            inflater.setInput(bytes);
            position = bytes.length;
        }
    }

    /**
     * Unpacked bytes.
     *
     * @return how many were written to {@code out}; 0 when more input is needed
     * @throws ZipException when the input is not what it says it is
     */
    int read(byte[] out) throws ZipException {
        while (true) {
            switch (state) {
                case PLAIN -> {
                    int length = Math.min(out.length, input.length - position);
                    System.arraycopy(input, position, out, 0, length);
                    position += length;
                    return length;
                }
                case BODY -> {
                    int length = inflate(out);
                    if (length > 0) {
                        return length;
                    }
                    if (state == State.BODY) {
                        return 0;
                    }
                }
                case DONE -> {
                    if (position < input.length) {
                        throw new ZipException("bytes behind the end of the compressed body");
                    }
                    return 0;
                }
                default -> {
                    if (position == input.length) {
                        return 0;
                    }
                    if (coding == Coding.DEFLATE) {
                        startBody((input[position] & 0x0f) != 8);
                    } else {
                        frame(input[position++] & 0xff);
                    }
                }
            }
        }
    }

    /**
     * No more input.
     *
     * @throws ZipException when the compressed body is not complete
     */
    void end() throws ZipException {
        boolean complete = coding == Coding.IDENTITY
                || !any
                || state == State.DONE
                || (coding == Coding.GZIP && state == State.HEADER && have == 0);
        if (!complete) {
            throw new ZipException("the compressed body ends early");
        }
    }

    @Override
    public void close() {
        if (inflater != null) {
            inflater.end();
            inflater = null;
        }
        input = NOTHING;
        position = 0;
        state = State.DONE;
    }

    private void startBody(boolean raw) {
        if (inflater == null) {
            inflater = new Inflater(raw);
        } else {
            inflater.reset();
        }
        crc.reset();
        memberBytes = 0;
        inflater.setInput(input, position, input.length - position);
        position = input.length;
        state = State.BODY;
    }

    private int inflate(byte[] out) throws ZipException {
        Inflater current = inflater;
        if (current == null) {
            return 0;
        }
        int length;
        try {
            length = current.inflate(out);
        } catch (DataFormatException e) {
            throw (ZipException) new ZipException("not a compressed body: " + e.getMessage()).initCause(e);
        }
        if (current.needsDictionary()) {
            throw new ZipException("not a compressed body: it asks for a dictionary");
        }
        crc.update(out, 0, length);
        memberBytes += length;
        if (length == 0 && current.finished()) {
            position = input.length - current.getRemaining();
            if (coding == Coding.DEFLATE) {
                state = State.DONE;
            } else {
                state = State.TRAILER;
                have = 0;
                trailer = 0;
            }
        }
        return length;
    }

    /** One byte of a gzip header or trailer. */
    private void frame(int octet) throws ZipException {
        switch (state) {
            case HEADER -> header(octet);
            case EXTRA_LENGTH -> {
                left |= octet << (8 * have++);
                if (have == 2) {
                    have = 0;
                    after(left == 0 ? FLAG_EXTRA : 0, left == 0 ? State.HEADER : State.EXTRA);
                }
            }
            case EXTRA -> {
                if (--left == 0) {
                    after(FLAG_EXTRA, State.HEADER);
                }
            }
            case NAME -> {
                if (octet == 0) {
                    after(FLAG_NAME, State.HEADER);
                }
            }
            case COMMENT -> {
                if (octet == 0) {
                    after(FLAG_COMMENT, State.HEADER);
                }
            }
            case HEADER_CRC -> {
                if (++have == 2) {
                    have = 0;
                    after(FLAG_HEADER_CRC, State.HEADER);
                }
            }
            case TRAILER -> trailer(octet);
            default -> throw new IllegalStateException(state.toString());
        }
    }

    private void header(int octet) throws ZipException {
        int index = have++;
        if ((index == 0 && octet != 0x1f) || (index == 1 && octet != 0x8b) || (index == 2 && octet != 8)) {
            throw new ZipException("not a gzip body");
        }
        if (index == 3) {
            if ((octet & RESERVED_FLAGS) != 0) {
                throw new ZipException("not a gzip body: reserved flags");
            }
            flags = octet;
        }
        if (index == 9) {
            have = 0;
            after(0, State.HEADER);
        }
    }

    /** Goes to {@code next}, or with HEADER to the next part that the flags name. */
    private void after(int flag, State next) {
        flags &= ~flag;
        if (next != State.HEADER) {
            state = next;
        } else if ((flags & FLAG_EXTRA) != 0) {
            left = 0;
            state = State.EXTRA_LENGTH;
        } else if ((flags & FLAG_NAME) != 0) {
            state = State.NAME;
        } else if ((flags & FLAG_COMMENT) != 0) {
            state = State.COMMENT;
        } else if ((flags & FLAG_HEADER_CRC) != 0) {
            state = State.HEADER_CRC;
        } else {
            startBody(true);
        }
    }

    private void trailer(int octet) throws ZipException {
        trailer |= (long) octet << (8 * have++);
        if (have == 8) {
            if ((trailer & 0xffffffffL) != crc.getValue() || trailer >>> 32 != (memberBytes & 0xffffffffL)) {
                throw new ZipException("the gzip checksum does not match");
            }
            have = 0;
            flags = 0;
            state = State.HEADER;
        }
    }

    private enum Coding {
        IDENTITY,
        GZIP,
        DEFLATE
    }

    private enum State {
        PLAIN,
        HEADER,
        EXTRA_LENGTH,
        EXTRA,
        NAME,
        COMMENT,
        HEADER_CRC,
        BODY,
        TRAILER,
        DONE
    }
}
