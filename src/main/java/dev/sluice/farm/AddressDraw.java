package dev.sluice.farm;

import java.util.BitSet;
import java.util.Random;

/** Draws addresses of 127.0.0.0/8 outside 127.0.0.0/24, none twice, none that looks like a network's or a broadcast's. */
final class AddressDraw {
    private final Random random;
    private final BitSet taken = new BitSet(1 << 24);

    AddressDraw(Random random) {
        this.random = random;
    }

    /** Four bytes in network order. */
    int next() {
        while (true) {
            int low = random.nextInt(1 << 24);
            int last = low & 0xff;
            if (low >>> 8 != 0 && last != 0 && last != 255 && !taken.get(low)) {
                taken.set(low);
                return 127 << 24 | low;
            }
        }
    }
}
