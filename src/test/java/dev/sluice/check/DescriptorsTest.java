package dev.sluice.check;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DescriptorsTest {
    private static final long PLENTY = 8L << 30;

    @Test
    void anEighthOfTheDescriptorsIsLeftToOthers() {
        assertThat(new Descriptors(20_000, PLENTY).checksAtOnce()).isEqualTo(17_600);
    }

    @Test
    void aSmallLimitLeavesTwoHundred() {
        assertThat(new Descriptors(1_024, PLENTY).checksAtOnce()).isEqualTo(824);
        assertThat(new Descriptors(100, PLENTY).checksAtOnce()).isEqualTo(1);
    }

    @Test
    void theHeapBoundsWhatDescriptorsWouldAllow() {
        assertThat(new Descriptors(1_048_576, 256L << 20).checksAtOnce()).isEqualTo(16_384);
    }

    @Test
    void anUnknownLimitIsTakenForASmallOne() {
        assertThat(new Descriptors(0, PLENTY).checksAtOnce()).isEqualTo(1_000);
    }

    @Test
    void thisProcessHasALimit() {
        assertThat(Descriptors.ofThisProcess().checksAtOnce()).isPositive();
    }
}
