package dev.sluice.store.schema;

import dev.sluice.store.StoreException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Small numbers in few bytes: seven bits a byte, the lowest first, the eighth says that more follow. The first byte of all is
 * the form, so that a later version may write another one. A writer grows; a reader refuses what breaks off.
 */
final class PackedBytes {
    private static final int FORM = 1;
    private static final int LONGEST = 10;

    private byte[] bytes;
    private int at;

    private PackedBytes(byte[] bytes, int at) {
        this.bytes = bytes;
        this.at = at;
    }

    static PackedBytes writer(int capacity) {
        PackedBytes writer = new PackedBytes(new byte[Math.max(capacity, 2 * LONGEST)], 0);
        writer.write(FORM);
        return writer;
    }

    /** Goes on behind what another writer wrote. */
    static PackedBytes behind(byte[] written, int room) {
        return new PackedBytes(Arrays.copyOf(written, written.length + room), written.length);
    }

    /** Refuses other forms. */
    static PackedBytes reader(byte[] bytes) {
        PackedBytes reader = new PackedBytes(bytes, 0);
        int form = (int) reader.read();
        if (form != FORM) {
            throw broken("form " + form, "form " + FORM);
        }
        return reader;
    }

    /** 0 or more. */
    void write(long number) {
        if (bytes.length - at < LONGEST) {
            bytes = Arrays.copyOf(bytes, 2 * bytes.length + LONGEST);
        }
        long rest = number;
        while ((rest & ~0x7fL) != 0) {
            bytes[at++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        bytes[at++] = (byte) rest;
    }

    /** Of either sign; near 0 is short. */
    void writeSigned(long number) {
        write(number << 1 ^ number >> 63);
    }

    void write(String text) {
        byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
        write(encoded.length);
        bytes = Arrays.copyOf(bytes, Math.max(bytes.length, at + encoded.length + LONGEST));
        System.arraycopy(encoded, 0, bytes, at, encoded.length);
        at += encoded.length;
    }

    boolean more() {
        return at < bytes.length;
    }

    long read() {
        long number = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            if (at >= bytes.length) {
                throw broken("the end after " + at + " bytes", "more");
            }
            byte next = bytes[at++];
            number |= (next & 0x7fL) << shift;
            if (next >= 0) {
                return number;
            }
        }
        throw broken("a number of more than 64 bits", "a shorter one");
    }

    long readSigned() {
        long number = read();
        return number >>> 1 ^ -(number & 1);
    }

    String readText() {
        long length = read();
        if (length < 0 || length > bytes.length - at) {
            throw broken("a text of " + length + " bytes", "at most " + (bytes.length - at));
        }
        String text = new String(bytes, at, (int) length, StandardCharsets.UTF_8);
        at += (int) length;
        return text;
    }

    byte[] bytes() {
        return Arrays.copyOf(bytes, at);
    }

    private static StoreException broken(String found, String expected) {
        return new StoreException(
                StoreException.Kind.FAILED, "packed history: " + found + " (expected: " + expected + ')');
    }
}
