package dev.sluice.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.port.JobKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class QueuePartsTest {
    @Test
    void pausesAreSpreadUpToABoundThatDoubles() {
        BackOff backOff = new BackOff(2_000, 900_000);
        Random random = new Random(3);

        for (int failures = 1; failures <= 100; failures++) {
            long bound = failures >= 10 ? 900_000 : 2_000L << (failures - 1);
            long longest = 0;
            for (int i = 0; i < 200; i++) {
                long pause = backOff.pauseMillis(failures, random);
                assertThat(pause).isBetween(0L, bound);
                longest = Math.max(longest, pause);
            }
            assertThat(longest).isGreaterThan(bound / 2);
        }
    }

    @Test
    void idsSortByTheTimeTheyWereMade() {
        AtomicLong now = new AtomicLong(1_800_000_000_000L);
        Random random = new Random(5);
        JobIds ids = new JobIds(now::get, random);
        List<String> made = new ArrayList<>();

        for (int i = 0; i < 20_000; i++) {
            made.add(ids.next());
            // Sometimes the clock goes on, sometimes back.
            now.addAndGet(random.nextInt(20) == 0 ? random.nextInt(-3, 10) : 0);
        }

        assertThat(made).isSorted().doesNotHaveDuplicates();
        assertThat(made).allSatisfy(id -> {
            assertThat(UUID.fromString(id).version()).isEqualTo(7);
            assertThat(UUID.fromString(id).variant()).isEqualTo(2);
        });
        assertThat(UUID.fromString(made.get(0)).getMostSignificantBits() >>> 16).isEqualTo(1_800_000_000_000L);
    }

    @Test
    void poolsAreSizedFromCoresAndHeapUnlessConfigured() {
        long gibi = 1L << 30;
        assertThat(PoolSizes.of(JobKind.VALIDATION, Settings.queue(), 4, gibi)).isEqualTo(8);
        assertThat(PoolSizes.of(JobKind.ANALYSIS, Settings.queue(), 2, gibi)).isEqualTo(1);
        assertThat(PoolSizes.of(JobKind.IMPORT, Settings.queue(), 16, gibi)).isEqualTo(5);
        assertThat(PoolSizes.of(JobKind.IMPORT, Settings.queue(), 1, 64 << 20)).isEqualTo(1);
        assertThat(PoolSizes.of(JobKind.EXPORT, Settings.queue("queue.workers-export=7"), 1, gibi))
                .isEqualTo(7);
        assertThat(PoolSizes.of(JobKind.VALIDATION, Settings.queue(), 200, gibi)).isEqualTo(64);
    }
}
