package dev.sluice.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

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

    @Test
    void aShareIsOfTwoNumbersThatCanBeRead(@TempDir Path folder) throws Exception {
        Path count = Files.writeString(folder.resolve("count"), "65536\n");
        Path most = Files.writeString(folder.resolve("max"), "262144\n");

        assertThat(Descriptors.share(count, most)).isEqualTo(0.25);
        assertThat(Descriptors.share(folder.resolve("missing"), most)).isZero();
        assertThat(Descriptors.share(count, Files.writeString(folder.resolve("none"), "0\n")))
                .isZero();
        assertThat(Descriptors.share(Files.writeString(folder.resolve("text"), "many\n"), most))
                .isZero();
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aFileOfTheKernelIsReadThoughItSaysThatItIsEmpty(@TempDir Path folder) throws Exception {
        Path pids = Path.of("/proc/sys/kernel/pid_max");
        assertThat(Files.size(pids)).isZero();
        Path one = Files.writeString(folder.resolve("one"), "1");

        assertThat(Descriptors.share(pids, one)).isGreaterThanOrEqualTo(301);
    }
}
