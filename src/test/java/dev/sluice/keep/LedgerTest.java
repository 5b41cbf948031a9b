package dev.sluice.keep;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.cadence.CheckPolicy;
import dev.sluice.cadence.Demand;
import dev.sluice.cadence.HealthRules;
import dev.sluice.keep.Ledger.Applied;
import dev.sluice.message.CheckOutcome;
import dev.sluice.message.DueProxy;
import dev.sluice.message.FeedbackReceived;
import dev.sluice.pool.PooledProxy;
import dev.sluice.proxy.CredentialUnavailableException;
import dev.sluice.proxy.Credentials;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.Location;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.Seal;
import dev.sluice.proxy.Secret;
import dev.sluice.proxy.StoredProxy;
import dev.sluice.proxy.Tampering;
import dev.sluice.store.HealthChange;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LedgerTest {
    private static final CheckPolicy POLICY = CheckPolicy.fixed(
            Duration.ofMinutes(20),
            Duration.ofMinutes(30),
            Duration.ofHours(24),
            Duration.ofSeconds(60),
            Duration.ofDays(7),
            Duration.ofDays(90),
            10,
            Duration.ofDays(14),
            false);
    private static final ProxyKey KEY = ProxyKey.of(Scheme.HTTP, "127.0.0.1", 3128);
    private static final Location BERN = new Location("EU", "CH", "Bern", 0, null, "table");
    private static final long T0 = 1_000_000;

    private final RecordingPool pool = new RecordingPool();
    private final PendingWrites writes = new PendingWrites();
    private final Ledger ledger = new Ledger(POLICY, new Demand(POLICY), new Random(1), pool, writes);
    private final DueProxy fresh = Outcomes.due(7, KEY, Health.fresh(T0));

    @Test
    void whatWorksEntersThePoolAtOnce() {
        Applied applied = apply(Outcomes.good(fresh, T0 + 1));

        assertThat(applied.verdict()).isTrue();
        assertThat(pooled(7).health().alive()).isTrue();
        assertThat(Objects.requireNonNull(applied.changed()).after())
                .isEqualTo(pooled(7).health());
        assertThat(ledger.wantsDetails(7)).isTrue();
    }

    @Test
    void aRefusedProxyLeavesThePool() {
        apply(Outcomes.good(fresh, T0 + 1));
        DueProxy alive = Outcomes.due(7, KEY, pooled(7).health());
        apply(Outcomes.bad(alive, T0 + 2, FailureReason.REFUSED));
        assertThat(pool.held).as("not confirmed yet").containsKey(7L);

        DueProxy doubtful = Outcomes.due(7, KEY, pooled(7).health());
        apply(Outcomes.bad(doubtful, T0 + 3, FailureReason.REFUSED));

        assertThat(pool.held).isEmpty();
        assertThat(pool.held).isEmpty();
    }

    @Test
    void whatCannotBeSpokenToForWantOfItsPasswordIsNotServedAndNotJudged() {
        Seal lost = new Seal() {
            @Override
            public @Nullable String openOrNull() {
                return null;
            }

            @Override
            public String open() {
                throw new CredentialUnavailableException("127.0.0.1:3128", "00000001");
            }
        };
        ProxyKey locked =
                new ProxyKey(Scheme.HTTP, "127.0.0.1", 3128, new Credentials("ann", Secret.sealed(lost)));
        apply(Outcomes.good(fresh, T0 + 1));
        Health alive = pooled(7).health();

        ledger.load(stored(8, locked, alive));
        assertThat(pool.held).containsOnlyKeys(7L);

        Applied applied = apply(Outcomes.bad(Outcomes.due(7, locked, alive), T0 + 2, FailureReason.LOCAL));
        assertThat(applied.verdict()).isFalse();
        assertThat(applied.changed()).as("neither dead nor in another tier").isNull();
        assertThat(pool.held).isEmpty();
    }

    @Test
    void whatTampersLeavesAtOnce() {
        apply(Outcomes.good(fresh, T0 + 1));

        Applied applied = apply(Outcomes.bad(Outcomes.due(7, KEY, pooled(7).health()), T0 + 2, FailureReason.TAMPERED));

        assertThat(pool.held).isEmpty();
        assertThat(Objects.requireNonNull(applied.changed()).after().tampering())
                .isEqualTo(Tampering.CONTENT);
    }

    @Test
    void aFailureOfOurOwnLeavesThePoolAlone() {
        apply(Outcomes.good(fresh, T0 + 1));
        PooledProxy before = pooled(7);

        Applied applied = apply(Outcomes.bad(Outcomes.due(7, KEY, before.health()), T0 + 2, FailureReason.LOCAL));

        assertThat(applied.verdict()).isFalse();
        assertThat(applied.changed()).isNull();
        assertThat(pooled(7).health().alive()).isTrue();
        assertThat(pooled(7).health().checks()).isEqualTo(before.health().checks());
    }

    @Test
    void anOutcomeThatComesTwiceCountsOnce() {
        apply(Outcomes.good(fresh, T0 + 1));

        assertThat(ledger.apply(Outcomes.good(fresh, T0 + 1))).isNull();
        write();
        assertThat(ledger.apply(Outcomes.good(fresh, T0 + 1))).isNull();
        assertThat(pooled(7).health().checks()).isEqualTo(1);
    }

    @Test
    void aNewCheckOfAnOldStateBuildsOnWhatIsPending() {
        apply(Outcomes.good(fresh, T0 + 1));
        apply(Outcomes.good(fresh, T0 + 2));

        assertThat(pooled(7).health().checks()).isEqualTo(2);
        HealthChange change = writes.begin(10).get(0);
        assertThat(change.expectedVersion()).isZero();
        assertThat(change.after().checks()).isEqualTo(2);
    }

    @Test
    void anEntryOfUnknownSchemeIsServedUnderTheFirstItSpeaks() {
        DueProxy unknown = Outcomes.due(7, KEY.withScheme(Scheme.UNKNOWN), Health.fresh(T0));

        apply(Outcomes.good(unknown, T0 + 1, Scheme.SOCKS5, Scheme.HTTP));

        assertThat(pooled(7).key()).isEqualTo(KEY.withScheme(Scheme.SOCKS5));
        HealthChange change = write().get(0);
        assertThat(change.key().scheme()).isEqualTo(Scheme.UNKNOWN);
        assertThat(change.spoken()).containsExactly(Scheme.SOCKS5, Scheme.HTTP);
    }

    @Test
    void anEntryThatNobodyKnowsHowToTalkToIsNotServed() {
        apply(Outcomes.good(Outcomes.due(7, KEY.withScheme(Scheme.UNKNOWN), Health.fresh(T0)), T0 + 1));

        assertThat(pool.held).isEmpty();
    }

    @Test
    void locationAndListsComeFromTheStoreAndStay() {
        apply(Outcomes.good(fresh, T0 + 1));
        Health health = pooled(7).health();
        write();
        ledger.learnt(7, Optional.of(stored(7, KEY, health)));
        assertThat(ledger.wantsDetails(7)).isFalse();

        apply(Outcomes.good(Outcomes.due(7, KEY, health), T0 + 2));

        assertThat(pooled(7).location()).isEqualTo(BERN);
        assertThat(pooled(7).lists()).containsExactly("a", "b");
        assertThat(pooled(7).health().checks()).isEqualTo(2);
    }

    @Test
    void whatTheStoreSaysDoesNotOverwriteWhatIsPending() {
        apply(Outcomes.good(fresh, T0 + 1));
        Health health = pooled(7).health();

        ledger.learnt(7, Optional.of(stored(7, KEY, Health.fresh(T0))));

        assertThat(pooled(7).health()).isEqualTo(health);
        assertThat(pooled(7).location()).isEqualTo(BERN);
    }

    @Test
    void aDuplicateOfAnotherEntryLeavesThePool() {
        DueProxy unknown = Outcomes.due(7, KEY.withScheme(Scheme.UNKNOWN), Health.fresh(T0));
        apply(Outcomes.good(unknown, T0 + 1, Scheme.HTTP));
        write();

        ledger.learnt(7, Optional.of(stored(3, KEY, Health.fresh(T0))));

        assertThat(pool.held).isEmpty();
    }

    @Test
    void aLateOutcomeThatReachedThePoolIsPutRightByTheStore() {
        apply(Outcomes.good(fresh, T0 + 1));
        write();
        Health dead = HealthRules.withVersion(Health.fresh(T0), 5);

        ledger.learnt(7, Optional.of(stored(7, KEY, dead)));

        assertThat(pool.held).isEmpty();
    }

    @Test
    void usesAreWrittenWithTheNextChange() {
        apply(Outcomes.good(fresh, T0 + 1));
        Health health = pooled(7).health();
        write();

        assertThat(ledger.used(report(7))).isTrue();
        assertThat(ledger.used(report(7))).isTrue();
        assertThat(ledger.used(report(8))).as("not in the pool").isFalse();

        apply(Outcomes.good(Outcomes.due(7, KEY, health), T0 + 2));
        assertThat(pooled(7).health().uses()).isEqualTo(2);
        assertThat(write().get(0).after().uses()).isEqualTo(2);
    }

    @Test
    void aLateGoodOutcomeOfADeadProxyIsTakenBackWhenTheStoreLeftItOut() {
        apply(Outcomes.bad(fresh, T0 + 2, FailureReason.REFUSED));
        Health dead = write().get(0).after();
        apply(Outcomes.good(fresh, T0 + 1));
        assertThat(write().get(0).expectedVersion()).isLessThan(dead.version());

        ledger.learnt(7, Optional.of(stored(7, KEY, dead)));

        assertThat(pool.held).isEmpty();
    }

    @Test
    void onlyWhatMayBeServedIsLoaded() {
        apply(Outcomes.good(fresh, T0 + 1));
        Health alive = pooled(7).health();
        RecordingPool other = new RecordingPool();
        Ledger loading = new Ledger(POLICY, new Demand(POLICY), new Random(1), other, new PendingWrites());

        loading.load(stored(1, KEY, alive));
        loading.load(stored(2, KEY.withScheme(Scheme.UNKNOWN), alive));
        loading.load(stored(3, KEY.withScheme(Scheme.SOCKS4), Health.fresh(T0)));

        assertThat(other.held).containsOnlyKeys(1L);
        assertThat(loading.loaded()).isEqualTo(1);
    }

    private static FeedbackReceived.Report report(long id) {
        return new FeedbackReceived.Report("app", id, true, Double.NaN, null, null, T0, true);
    }

    private static StoredProxy stored(long id, ProxyKey key, Health health) {
        return new StoredProxy(id, key, 0, health, BERN, List.of("a", "b"), T0, false);
    }

    private Applied apply(CheckOutcome outcome) {
        return Objects.requireNonNull(ledger.apply(outcome));
    }

    private PooledProxy pooled(long id) {
        return Objects.requireNonNull(pool.get(id));
    }

    private List<HealthChange> write() {
        List<HealthChange> batch = writes.begin(100);
        writes.written();
        return batch;
    }
}
