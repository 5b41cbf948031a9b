package dev.sluice.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.sluice.parse.Cidr;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** Sizes, durations and networks as anybody may write them: read, or refused in one way. */
class ScalarsFuzzTest {
    @FuzzTest(maxDuration = "90s")
    void size(byte[] data) {
        String text = text(data);
        ByteSize size;
        try {
            size = ByteSize.parse(text);
        } catch (IllegalArgumentException e) {
            assertThat(e.getMessage()).startsWith(text);
            return;
        }
        assertThat(ByteSize.parse(size.toString())).isEqualTo(size);
        String plain = text.trim();
        if (plain.matches("[0-9]+")) {
            assertThat(BigInteger.valueOf(size.bytes())).isEqualTo(new BigInteger(plain));
        }
    }

    @FuzzTest(maxDuration = "90s")
    void duration(byte[] data) {
        String text = text(data);
        Duration duration;
        try {
            duration = DurationFormat.parse(text);
        } catch (IllegalArgumentException e) {
            assertThat(e.getMessage()).startsWith(text);
            return;
        }
        assertThat(duration).isGreaterThanOrEqualTo(Duration.ZERO);
        String written = DurationFormat.format(duration);
        // Numbers of more than 15 digits, 30,000 years in milliseconds, are not read.
        if (written.length() <= 16) {
            assertThat(DurationFormat.parse(written)).as(written).isEqualTo(Duration.ofMillis(duration.toMillis()));
        }
    }

    @FuzzTest(maxDuration = "90s")
    void network(byte[] data) {
        Cidr network;
        try {
            network = Cidr.parse(text(data));
        } catch (IllegalArgumentException e) {
            return;
        }
        assertThat(Cidr.parse(network.toString())).isEqualTo(network);
        assertThat(network.contains(network.network())).isTrue();
    }

    private static String text(byte[] data) {
        return new String(data, StandardCharsets.UTF_8);
    }
}
