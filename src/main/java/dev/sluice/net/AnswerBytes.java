package dev.sluice.net;

import io.netty.handler.codec.http.HttpResponseStatus;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** An answer as it goes over the wire, built byte by byte; grows as needed and is used again. Not thread-safe. */
public final class AnswerBytes {
    private static final byte[] OK = "HTTP/1.1 200 OK\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final int USUAL = 512;
    private static final int LARGEST_KEPT = 65_536;

    private byte[] bytes = new byte[USUAL];
    private int length;

    /** Empties it. */
    public void clear() {
        length = 0;
        if (bytes.length > LARGEST_KEPT) {
            bytes = new byte[USUAL];
        }
    }

    /** Bytes so far. */
    public int length() {
        return length;
    }

    /** Bytes up to the end of the head, the empty line included; all of them when no head ends. */
    int headLength() {
        for (int i = 3; i < length; i++) {
            if (bytes[i] == '\n' && bytes[i - 1] == '\r' && bytes[i - 2] == '\n' && bytes[i - 3] == '\r') {
                return i + 1;
            }
        }
        return length;
    }

    /** The bytes; only the first {@link #length} count, and only until the next change. */
    byte[] array() {
        return bytes;
    }

    /** Appends the status line. */
    public AnswerBytes addStatus(int status) {
        return status == 200 ? add(OK) : add("HTTP/1.1 " + HttpResponseStatus.valueOf(status) + "\r\n");
    }

    /** Appends all bytes of {@code other}. */
    public AnswerBytes add(AnswerBytes other) {
        return add(other.bytes, 0, other.length);
    }

    /** Appends one byte. */
    public AnswerBytes addByte(int single) {
        room(1);
        bytes[length++] = (byte) single;
        return this;
    }

    /** Appends bytes. */
    public AnswerBytes add(byte[] more) {
        return add(more, 0, more.length);
    }

    /** Appends a part of {@code more}. */
    public AnswerBytes add(byte[] more, int from, int count) {
        room(count);
        System.arraycopy(more, from, bytes, length, count);
        length += count;
        return this;
    }

    /** Appends a text of ASCII characters; others become question marks. */
    public AnswerBytes add(String ascii) {
        int count = ascii.length();
        room(count);
        for (int i = 0; i < count; i++) {
            char c = ascii.charAt(i);
            bytes[length++] = c < 128 ? (byte) c : (byte) '?';
        }
        return this;
    }

    /** Appends a number in decimal digits. */
    public AnswerBytes addNumber(long number) {
        if (number < 0) {
            return add(Long.toString(number));
        }
        int digits = 1;
        for (long rest = number; rest >= 10; rest /= 10) {
            digits++;
        }
        room(digits);
        long rest = number;
        for (int i = length + digits - 1; i >= length; i--) {
            bytes[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        length += digits;
        return this;
    }

    private void room(int more) {
        if (bytes.length - length < more) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
        }
    }
}
