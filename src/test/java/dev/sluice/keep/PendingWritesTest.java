package dev.sluice.keep;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.cadence.HealthRules;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.Location;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import dev.sluice.store.HealthChange;
import dev.sluice.store.MemoryProxyStore;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class PendingWritesTest {
    private static final ProxyKey KEY = ProxyKey.of(Scheme.HTTP, "127.0.0.1", 3128);
    private static final ProxyKey UNKNOWN = KEY.withScheme(Scheme.UNKNOWN);

    private final PendingWrites writes = new PendingWrites();

    @Test
    void aSecondChangeOfAWaitingProxyIsMergedIntoTheFirst() {
        add(7, state(1, 10), 100);
        Health merged = add(7, state(2, 20), 200).change().after();

        assertThat(writes.size()).isEqualTo(1);
        HealthChange change = writes.begin(10).get(0);
        assertThat(change.expectedVersion()).isZero();
        assertThat(change.after()).isEqualTo(merged).isEqualTo(state(1, 20));
    }

    @Test
    void aChangeBehindOneInFlightExpectsTheVersionThatOneWrites() {
        add(7, state(1, 10), 100);
        writes.begin(10);
        add(7, state(2, 20), 200);
        add(7, state(3, 30), 300);

        assertThat(writes.size()).isEqualTo(2);
        writes.written();
        HealthChange change = writes.begin(10).get(0);
        assertThat(change.expectedVersion()).isEqualTo(1);
        assertThat(change.after()).isEqualTo(state(2, 30));
    }

    @Test
    void aBatchThatFailedIsTriedAgainAsItWas() {
        add(1, state(1, 10), 100);
        add(2, state(1, 10), 100);
        List<HealthChange> first = writes.begin(10);
        add(1, state(2, 20), 200);
        add(3, state(1, 10), 100);

        assertThat(writes.begin(10)).isEqualTo(first);
        writes.written();
        assertThat(writes.begin(10)).extracting(HealthChange::id).containsExactly(1L, 3L);
    }

    @Test
    void anAnswerThatWasLostLosesNoState() {
        MemoryProxyStore store = new MemoryProxyStore();
        long id = store.put(KEY, state(0, 0), Location.UNKNOWN).id();
        add(id, state(1, 10), 100);
        store.write(writes.begin(10));
        add(id, state(2, 20), 200);

        store.write(writes.begin(10));
        writes.written();
        store.write(writes.begin(10));
        writes.written();

        assertThat(store.byId(id).health()).isEqualTo(state(2, 20));
        assertThat(store.writeSizes()).containsExactly(1, 0, 1);
    }

    @Test
    void theOldestGoFirstAndABatchIsBounded() {
        for (long id = 1; id <= 5; id++) {
            add(id, state(1, id), 100);
        }
        add(1, state(2, 99), 200);

        assertThat(writes.begin(3)).extracting(HealthChange::id).containsExactly(1L, 2L, 3L);
        assertThat(writes.written()).hasSize(3);
        assertThat(writes.size()).isEqualTo(2);
        assertThat(writes.waiting()).isEqualTo(2);
        assertThat(writes.begin(3)).extracting(HealthChange::id).containsExactly(4L, 5L);
    }

    @Test
    void theLatestChangeIsKnownUntilItIsWritten() {
        assertThat(writes.latest(7)).isNull();
        add(7, state(1, 10), 100);
        writes.begin(10);
        assertThat(Objects.requireNonNull(writes.latest(7)).checkedAtMillis()).isEqualTo(100);
        add(7, state(2, 20), 200);
        assertThat(Objects.requireNonNull(writes.latest(7)).checkedAtMillis()).isEqualTo(200);
        writes.written();
        assertThat(Objects.requireNonNull(writes.latest(7)).checkedAtMillis()).isEqualTo(200);
        writes.begin(10);
        writes.written();
        assertThat(writes.latest(7)).isNull();
    }

    @Test
    void aMergedChangeKeepsTheSchemesThatWereFound() {
        writes.add(7, UNKNOWN, KEY, state(1, 10), List.of(Scheme.HTTP, Scheme.SOCKS5), 100);
        writes.add(7, KEY, KEY, state(2, 20), List.of(), 200);

        HealthChange change = writes.begin(10).get(0);
        assertThat(change.key()).isEqualTo(UNKNOWN);
        assertThat(change.spoken()).containsExactly(Scheme.HTTP, Scheme.SOCKS5);
    }

    private PendingWrites.Pending add(long id, Health after, long checkedAtMillis) {
        return writes.add(id, KEY, KEY, after, List.of(), checkedAtMillis);
    }

    private static Health state(int version, long uses) {
        return HealthRules.used(HealthRules.withVersion(Health.fresh(1), version), uses);
    }
}
