package dev.sluice.api;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The part of a file that a request asks for (RFC 9110, 14.2).
 *
 * @param from first byte
 * @param length how many; 0 where the file has no such part
 */
record ByteRange(long from, long length) {
    private static final Pattern ONE = Pattern.compile("bytes=([0-9]{0,18})-([0-9]{0,18})");

    /** The part of a file of {@code bytes}; null where the whole is to be sent: several parts at once are not given. */
    static @Nullable ByteRange of(@Nullable String header, long bytes) {
        Matcher range = ONE.matcher(header == null ? "" : header.replace(" ", ""));
        if (!range.matches()) {
            return null;
        }
        String first = range.group(1);
        String last = range.group(2);
        if (first.isEmpty()) {
            return last.isEmpty() ? null : suffix(Long.parseLong(last), bytes);
        }
        long from = Long.parseLong(first);
        long to = last.isEmpty() ? Long.MAX_VALUE : Long.parseLong(last);
        if (to < from) {
            return null;
        }
        return from >= bytes ? new ByteRange(0, 0) : new ByteRange(from, Math.min(to, bytes - 1) - from + 1);
    }

    private static ByteRange suffix(long wanted, long bytes) {
        long length = Math.min(wanted, bytes);
        return new ByteRange(bytes - length, length);
    }

    boolean isEmpty() {
        return length == 0;
    }
}
