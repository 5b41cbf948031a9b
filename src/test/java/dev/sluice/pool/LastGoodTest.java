package dev.sluice.pool;

import static dev.sluice.pool.Entries.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.proxy.Tampering;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LastGoodTest {
    private static final long NOW = Entries.NOW;

    private final LastGood lastGood = new LastGood(100);

    @ParameterizedTest
    @CsvSource({
        // new, old, age in minutes, replaced
        "0, 0, 0, false",
        "0, 10, 600, false",
        "1, 0, 0, true",
        "5, 10, 0, true",
        "4, 10, 0, false",
        "5, 11, 0, false",
        "6, 11, 0, true",
        "4, 10, 60, false",
        "4, 10, 61, true",
        "1, 1000000, 61, true",
        "4, 10, -60, false",
        "4, 10, -61, true",
        "2000000000, 2000000000, 0, true",
    })
    void aSetIsReplacedByOneHalfAsLargeOrWhenItIsOld(int next, int old, long ageMinutes, boolean replaced) {
        assertThat(LastGood.worthReplacing(next, old, ageMinutes * 60_000)).isEqualTo(replaced);
    }

    @Test
    void theBestAreRememberedBestFirst() {
        LastGood three = new LastGood(3);
        List<PooledProxy> served = List.of(
                entry(1).latency(1_900).pooled(),
                entry(2).latency(100).pooled(),
                entry(3).latency(100).failures(1).pooled(),
                entry(4).latency(100).uses(50).pooled(),
                entry(5).latency(1_000).pooled());

        assertThat(three.offer(served, NOW)).extracting(PooledProxy::id).containsExactly(4L, 2L, 3L);
        assertThat(three.ids()).containsExactly(4L, 2L, 3L);
        assertThat(three.atMillis()).isEqualTo(NOW);
    }

    @Test
    void thePickAgreesWithSortingEverything() {
        long seed = new SplittableRandom().nextLong();
        Random random = new Random(seed);
        for (int round = 0; round < 50; round++) {
            List<PooledProxy> all = new ArrayList<>();
            int size = random.nextInt(200);
            for (int i = 1; i <= size; i++) {
                all.add(entry(i).failures(random.nextInt(4))
                        .uses(random.nextInt(3) * 10L)
                        .pooled());
            }
            Collections.shuffle(all, random);
            int limit = random.nextInt(60);
            List<PooledProxy> expected = all.stream()
                    .sorted((a, b) -> {
                        int byScore = Double.compare(Reputation.of(b.health()), Reputation.of(a.health()));
                        return byScore == 0 ? Long.compare(a.id(), b.id()) : byScore;
                    })
                    .limit(limit)
                    .toList();

            assertThat(Best.of(all, proxy -> true, limit)).as("seed %d", seed).isEqualTo(expected);
        }
    }

    @Test
    void anEmptyPoolLeavesTheSetThatWasThere() {
        lastGood.offer(served(1, 10), NOW);

        assertThat(lastGood.offer(List.of(), NOW + 100 * LastGood.OLD_MILLIS)).isEmpty();

        assertThat(lastGood.ids()).hasSize(10);
        assertThat(lastGood.atMillis()).isEqualTo(NOW);
    }

    @Test
    void aPoolThatDiesSlowlyIsRememberedAsItWas() {
        lastGood.offer(served(1, 100), NOW);

        assertThat(lastGood.offer(served(1, 49), NOW + 60_000)).isEmpty();
        assertThat(lastGood.offer(served(1, 20), NOW + LastGood.OLD_MILLIS)).isEmpty();
        assertThat(lastGood.ids()).hasSize(100);
        assertThat(lastGood.offer(served(1, 20), NOW + LastGood.OLD_MILLIS + 1)).hasSize(20);
        assertThat(lastGood.ids()).hasSize(20);
    }

    @Test
    void whatWasCaughtTamperingIsNeverInIt() {
        List<PooledProxy> served = List.of(
                entry(1).pooled(),
                entry(2).tampering(Tampering.CONTENT).pooled(),
                entry(3).alive(false).pooled());

        assertThat(lastGood.offer(served, NOW)).extracting(PooledProxy::id).containsExactly(1L);
    }

    @Test
    void whatIsCaughtLaterLeaves() {
        lastGood.offer(served(1, 3), NOW);

        lastGood.remove(2);
        lastGood.remove(77);

        assertThat(lastGood.ids()).containsExactly(1L, 3L);
        assertThat(lastGood.contains(2)).isFalse();
        assertThat(lastGood.contains(3)).isTrue();
    }

    @Test
    void whatIsCaughtWhileAnOfferIsMadeDoesNotComeBack() {
        List<PooledProxy> pool = served(1, 3);
        Iterable<PooledProxy> caughtMeanwhile = () -> {
            Iterator<PooledProxy> all = List.copyOf(pool).iterator();
            return new Iterator<>() {
                @Override
                public boolean hasNext() {
                    return all.hasNext();
                }

                @Override
                public PooledProxy next() {
                    PooledProxy next = all.next();
                    if (next.id() == 3) {
                        lastGood.remove(2);
                    }
                    return next;
                }
            };
        };

        assertThat(lastGood.offer(caughtMeanwhile, NOW))
                .extracting(PooledProxy::id)
                .containsExactly(1L, 3L);
        assertThat(lastGood.ids()).containsExactly(1L, 3L);
        assertThat(lastGood.offer(pool, NOW + 1)).as("served again later").hasSize(3);
    }

    @Test
    void whatIsWrittenIsRestored() throws IOException {
        lastGood.offer(served(5, 20), NOW);
        byte[] written = written(lastGood);

        LastGood restored = new LastGood(100);
        restored.offer(served(90, 95), NOW + 1);
        restored.restore(new DataInputStream(new ByteArrayInputStream(written)));

        assertThat(restored.ids()).isEqualTo(lastGood.ids());
        assertThat(restored.atMillis()).isEqualTo(NOW);
        assertThat(written).as("numbers and a time").hasSize(8 + 4 + 16 * 8);
    }

    @Test
    void ofMoreThanFitsTheBestAreRestored() throws IOException {
        lastGood.offer(served(1, 20), NOW);
        LastGood small = new LastGood(3);
        small.restore(new DataInputStream(new ByteArrayInputStream(written(lastGood))));

        assertThat(small.ids()).containsExactly(1L, 2L, 3L);

        LastGood none = new LastGood(0);
        none.restore(new DataInputStream(new ByteArrayInputStream(written(lastGood))));
        assertThat(none.ids()).isEmpty();
        assertThat(none.offer(served(1, 3), NOW)).isEmpty();
    }

    @Test
    void whatCannotBeReadChangesNothing() throws IOException {
        lastGood.offer(served(1, 3), NOW);
        byte[] written = written(lastGood);
        for (int length = 0; length < written.length; length++) {
            int bytes = length;
            assertThatThrownBy(() -> lastGood.restore(new DataInputStream(new ByteArrayInputStream(written, 0, bytes))))
                    .isInstanceOf(IOException.class);
        }
        assertThatThrownBy(() -> lastGood.restore(numbers(NOW, -1))).hasMessage("count: -1 (expected: >= 0)");
        assertThatThrownBy(() -> lastGood.restore(numbers(NOW, 2, 7, 0))).hasMessage("id: 0 (expected: > 0)");
        assertThatThrownBy(() -> lastGood.restore(numbers(NOW, Integer.MAX_VALUE, 7)))
                .isInstanceOf(IOException.class);
        assertThat(lastGood.ids()).containsExactly(1L, 2L, 3L);
    }

    private static DataInputStream numbers(long at, int count, long... ids) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeLong(at);
        out.writeInt(count);
        for (long id : ids) {
            out.writeLong(id);
        }
        return new DataInputStream(new ByteArrayInputStream(bytes.toByteArray()));
    }

    private static byte[] written(LastGood lastGood) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        lastGood.writeTo(new DataOutputStream(bytes));
        return bytes.toByteArray();
    }

    private static List<PooledProxy> served(long from, long to) {
        return LongStream.rangeClosed(from, to)
                .mapToObj(id -> entry(id).pooled())
                .toList();
    }
}
