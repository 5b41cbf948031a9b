package dev.sluice.fuzz;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** An input cut as a network cuts it. */
public final class Pieces {
    private Pieces() {}

    /**
     * Cuts {@code bytes}.
     *
     * @param pattern of it each bit pair is the length of a piece, least significant first and then from the beginning: 0
     *     for one byte, 1 for two, 2 for seven, 3 for sixty-four
     */
    public static List<byte[]> of(byte[] bytes, int pattern) {
        int[] lengths = {1, 2, 7, 64};
        List<byte[]> pieces = new ArrayList<>();
        int at = 0;
        for (int i = 0; at < bytes.length; i++) {
            int length = lengths[pattern >>> 2 * (i % 4) & 3];
            int end = Math.min(bytes.length, at + length);
            pieces.add(Arrays.copyOfRange(bytes, at, end));
            at = end;
        }
        return pieces;
    }
}
