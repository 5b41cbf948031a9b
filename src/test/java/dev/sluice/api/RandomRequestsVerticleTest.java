package dev.sluice.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** Many requests without sense against a whole API. */
final class RandomRequestsVerticleTest {
    private static final int REQUESTS = 20_000;

    private static long openDescriptors() {
        return ((UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getOpenFileDescriptorCount();
    }

    @Test
    void nothingThatIsSentBreaksItOrLeavesAConnectionOpen() throws Exception {
        long seed = ThreadLocalRandom.current().nextLong();
        System.out.println("seed " + seed);
        try (ApiUnderTest api = ApiUnderTest.start(300)) {
            // Everything that is opened once is open after the first few.
            new RandomRequestsClient(api.port(), new Random(seed + 1)).run(1_000);
            long before = settled(openDescriptors());
            RandomRequestsClient client = new RandomRequestsClient(api.port(), new Random(seed));
            client.run(REQUESTS);

            Map<Integer, Long> statuses = new TreeMap<>(client.statuses());
            assertThat(statuses)
                    .as("seed " + seed)
                    .containsKeys(200, 400, 401, 404, 405)
                    .doesNotContainKey(500);
            assertThat(statuses.values().stream().mapToLong(Long::longValue).sum())
                    .as("seed " + seed)
                    .isEqualTo(REQUESTS);
            assertThat(settled(before)).as("descriptors, seed " + seed).isLessThanOrEqualTo(before);
            assertThat(api.feedbackPairs()).isLessThanOrEqualTo(10_000);
        }
    }

    /** Descriptors once they are no more than {@code wanted}, or after ten seconds. */
    private static long settled(long wanted) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        long open = openDescriptors();
        while (open > wanted && System.nanoTime() < deadline) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
            open = openDescriptors();
        }
        return open;
    }
}
