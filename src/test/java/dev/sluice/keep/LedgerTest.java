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
import dev.sluice.proxy.CheckKind;
import dev.sluice.proxy.CredentialUnavailableException;
import dev.sluice.proxy.Credentials;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.Location;
import dev.sluice.proxy.ManualOverride;
import dev.sluice.proxy.NetworkType;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.Seal;
import dev.sluice.proxy.Secret;
import dev.sluice.proxy.StoredProxy;
import dev.sluice.proxy.Tampering;
import dev.sluice.store.HealthChange;
import dev.sluice.store.Located;
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
    private final KnownPlaces known = new KnownPlaces();
    private final PendingPlaces places = new PendingPlaces();
    private final Ledger ledger =
            new Ledger(POLICY, new Demand(POLICY), new Random(1), pool, writes, new Whereabouts(known), places);
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
        ProxyKey locked = new ProxyKey(Scheme.HTTP, "127.0.0.1", 3128, new Credentials("ann", Secret.sealed(lost)));
        apply(Outcomes.good(fresh, T0 + 1));
        Health alive = pooled(7).health();

        ledger.load(stored(8, locked, alive), T0);
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
        ledger.learnt(7, Optional.of(stored(7, KEY, health)), T0);
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

        ledger.learnt(7, Optional.of(stored(7, KEY, Health.fresh(T0))), T0);

        assertThat(pooled(7).health()).isEqualTo(health);
        assertThat(pooled(7).location()).isEqualTo(BERN);
    }

    @Test
    void aDuplicateOfAnotherEntryLeavesThePool() {
        DueProxy unknown = Outcomes.due(7, KEY.withScheme(Scheme.UNKNOWN), Health.fresh(T0));
        apply(Outcomes.good(unknown, T0 + 1, Scheme.HTTP));
        write();

        ledger.learnt(7, Optional.of(stored(3, KEY, Health.fresh(T0))), T0);

        assertThat(pool.held).isEmpty();
    }

    @Test
    void aLateOutcomeThatReachedThePoolIsPutRightByTheStore() {
        apply(Outcomes.good(fresh, T0 + 1));
        write();
        Health dead = HealthRules.withVersion(Health.fresh(T0), 5);

        ledger.learnt(7, Optional.of(stored(7, KEY, dead)), T0);

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

        ledger.learnt(7, Optional.of(stored(7, KEY, dead)), T0);

        assertThat(pool.held).isEmpty();
    }

    // places

    private static final Location TOKYO = new Location("AS", "JP", null, 0, null, NetworkType.MOBILE, "country");
    private static final String EXIT = "127.0.0.9";

    @Test
    void whatEntersThePoolIsLocatedAtOnceAndTheStoreToldBehindItsState() {
        known.places.put(KEY.host(), BERN);

        apply(Outcomes.good(fresh, T0 + 1));

        assertThat(pooled(7).location()).isEqualTo(BERN);
        assertThat(places.ready()).as("its state is not written").isZero();
        places.written(7);
        assertThat(places.begin(10)).containsExactly(new Located(7, BERN, EXIT, null));
    }

    @Test
    void whereTheExitIsCountsBeforeWhereTheAddressIs() {
        known.places.put(KEY.host(), BERN);
        known.places.put(EXIT, TOKYO);

        apply(Outcomes.good(fresh, T0 + 1));

        assertThat(pooled(7).location()).isEqualTo(TOKYO);
    }

    @Test
    void anExitThatMovedIsLocatedAnew() {
        known.places.put(EXIT, BERN);
        apply(Outcomes.good(fresh, T0 + 1));
        known.places.put("127.0.0.10", TOKYO);

        apply(from(Outcomes.good(Outcomes.due(7, KEY, pooled(7).health()), T0 + 2), "127.0.0.10"));
        assertThat(pooled(7).location()).isEqualTo(TOKYO);

        apply(from(Outcomes.good(Outcomes.due(7, KEY, pooled(7).health()), T0 + 3), "127.0.0.11"));
        assertThat(pooled(7).location()).as("of an exit nobody knows").isEqualTo(Location.UNKNOWN);
        assertThat(ledger.wantsDetails(7)).as("the store may know a claim").isTrue();
    }

    @Test
    void whatIsLocatedIsNotLookedUpAgain() {
        known.places.put(EXIT, BERN);
        apply(Outcomes.good(fresh, T0 + 1));
        places.written(7);
        places.begin(10);
        known.places.put(EXIT, TOKYO);

        apply(Outcomes.good(Outcomes.due(7, KEY, pooled(7).health()), T0 + 2));

        assertThat(pooled(7).location()).isEqualTo(BERN);
        assertThat(places.size()).isZero();
    }

    @Test
    void whatIsNotLocatedIsLookedUpWithEveryCheck() {
        apply(Outcomes.good(fresh, T0 + 1));
        assertThat(places.size()).isZero();
        known.places.put(EXIT, TOKYO);

        apply(Outcomes.good(Outcomes.due(7, KEY, pooled(7).health()), T0 + 2));

        assertThat(pooled(7).location()).isEqualTo(TOKYO);
        assertThat(places.size()).isEqualTo(1);
    }

    @Test
    void whatTheStoreDoesNotKnowYetIsNotTakenBack() {
        known.places.put(EXIT, TOKYO);
        apply(Outcomes.good(fresh, T0 + 1));
        Health health = write().get(0).after();

        ledger.learnt(7, Optional.of(stored(7, KEY, health).located(Location.UNKNOWN, Location.UNKNOWN)), T0);

        assertThat(pooled(7).location()).isEqualTo(TOKYO);
        assertThat(pooled(7).lists()).containsExactly("a", "b");
    }

    @Test
    void whatIsAliveAndNotLocatedIsLocatedWhenItIsLoaded() {
        known.places.put(KEY.host(), TOKYO);
        apply(Outcomes.good(fresh, T0 + 1));
        Health alive = pooled(7).health();

        ledger.load(
                stored(8, KEY, alive).located(new Location(null, "FR", null, 0, null, "source"), Location.UNKNOWN), T0);
        ledger.load(stored(9, KEY, alive), T0);

        assertThat(pooled(8).location()).isEqualTo(TOKYO);
        assertThat(pooled(9).location()).as("as the store has it").isEqualTo(BERN);
        assertThat(places.begin(10)).extracting(Located::id).containsExactly(8L);
    }

    @Test
    void aTypeIsObeyedUntilTheOrderEnds() {
        known.places.put(EXIT, TOKYO);
        apply(Outcomes.good(fresh, T0 + 1));
        Health health = write().get(0).after();
        ManualOverride order = new ManualOverride(null, 0, null, NetworkType.RESIDENTIAL, List.of("mine"), T0 + 1_000);
        StoredProxy ordered = stored(7, KEY, health).located(BERN, TOKYO).with(health, order);

        Ledger.Ordered result = Objects.requireNonNull(ledger.order(ordered, T0 + 2));
        assertThat(pooled(7).location()).isEqualTo(TOKYO.withType(NetworkType.RESIDENTIAL));
        assertThat(result.stored().health().nextCheckAtMillis())
                .as("so that its end is noticed")
                .isLessThanOrEqualTo(T0 + 1_000);
        Health since = write().get(0).after();

        ledger.learnt(7, Optional.of(ordered.with(since, order)), T0 + 999);
        assertThat(pooled(7).location().type()).isEqualTo(NetworkType.RESIDENTIAL);

        DueProxy due = new DueProxy(7, KEY, since, CheckKind.CONNECT, order);
        apply(Outcomes.good(due, T0 + 1_000));
        assertThat(ledger.wantsDetails(7))
                .as("what it counts as without, the store knows")
                .isTrue();
        Health after = write().get(0).after();
        ledger.learnt(7, Optional.of(ordered.with(after, order)), T0 + 1_000);
        assertThat(pooled(7).location()).isEqualTo(TOKYO);
    }

    @Test
    void anOrderThatIsTakenBackEndsAtOnce() {
        known.places.put(EXIT, TOKYO);
        apply(Outcomes.good(fresh, T0 + 1));
        Health health = write().get(0).after();
        ManualOverride order = new ManualOverride(null, 0, null, NetworkType.DATACENTER, List.of(), Long.MAX_VALUE);
        StoredProxy stored = stored(7, KEY, health).located(BERN, TOKYO);
        ledger.order(stored.with(health, order), T0 + 2);
        assertThat(pooled(7).location().type()).isEqualTo(NetworkType.DATACENTER);
        Health since = write().get(0).after();

        ledger.order(stored.with(since, null), T0 + 3);

        assertThat(pooled(7).location()).isEqualTo(TOKYO);
    }

    @Test
    void aPlaceFromElsewhereIsTakenOverUnlessTheStateIsNewer() {
        apply(Outcomes.good(fresh, T0 + 1));
        StoredProxy stored = stored(7, KEY, pooled(7).health()).located(TOKYO, Location.UNKNOWN);
        ledger.relocated(stored, T0);
        assertThat(pooled(7).location()).as("a result waits").isEqualTo(Location.UNKNOWN);
        write();

        ledger.relocated(stored, T0);
        ledger.relocated(stored(99, KEY, pooled(7).health()), T0);

        assertThat(pooled(7).location()).isEqualTo(TOKYO);
        assertThat(pool.held).containsOnlyKeys(7L);
    }

    @Test
    void noMorePlacesWaitThanFit() {
        for (long id = 1; id <= PendingPlaces.MOST + 5; id++) {
            places.ofWritten(new Located(id, BERN, null, null));
        }
        assertThat(places.size()).isEqualTo(PendingPlaces.MOST);
        assertThat(places.begin(1)).extracting(Located::id).containsExactly(6L);

        places.ofWritten(new Located(6, TOKYO, null, null));
        places.refused();
        assertThat(places.size()).isEqualTo(PendingPlaces.MOST);
        assertThat(places.begin(PendingPlaces.MOST))
                .as("the newer one stands")
                .contains(new Located(6, TOKYO, null, null));
    }

    private static CheckOutcome from(CheckOutcome outcome, String exit) {
        return new CheckOutcome(
                outcome.proxy(),
                outcome.alive(),
                outcome.verified(),
                outcome.reason(),
                outcome.latencyMillis(),
                outcome.capabilities(),
                outcome.anonymity(),
                outcome.tampering(),
                exit,
                1,
                List.of(100.0),
                null,
                List.of(),
                outcome.checkedAtMillis());
    }

    @Test
    void onlyWhatMayBeServedIsLoaded() {
        apply(Outcomes.good(fresh, T0 + 1));
        Health alive = pooled(7).health();
        RecordingPool other = new RecordingPool();
        Ledger loading = new Ledger(
                POLICY,
                new Demand(POLICY),
                new Random(1),
                other,
                new PendingWrites(),
                new Whereabouts(known),
                new PendingPlaces());

        loading.load(stored(1, KEY, alive), T0);
        loading.load(stored(2, KEY.withScheme(Scheme.UNKNOWN), alive), T0);
        loading.load(stored(3, KEY.withScheme(Scheme.SOCKS4), Health.fresh(T0)), T0);

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
