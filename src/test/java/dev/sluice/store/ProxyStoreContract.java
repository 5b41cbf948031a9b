package dev.sluice.store;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.message.Candidate;
import dev.sluice.message.CandidatesFound;
import dev.sluice.message.CandidatesKept;
import dev.sluice.port.Merge;
import dev.sluice.port.SourceFigures;
import dev.sluice.proxy.Anonymity;
import dev.sluice.proxy.Capability;
import dev.sluice.proxy.Credentials;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.Latencies;
import dev.sluice.proxy.Location;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.RiskCategory;
import dev.sluice.proxy.Rotation;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.StoredProxy;
import dev.sluice.proxy.Tampering;
import dev.sluice.proxy.Tier;
import dev.sluice.proxy.TierReason;
import dev.sluice.proxy.Verified;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What every store promises, wherever it keeps its entries: databases and the one in memory that other tests use.
 * Addresses are of documentation ranges; nothing is ever dialled.
 */
public abstract class ProxyStoreContract
        implements ProxyLookupsContract,
                OverridesContract,
                LocationsContract,
                SettingsContract,
                KeyRecordsContract,
                JobRecordsContract,
                CountingContract {
    /** Some instant; stores take the time from their callers. */
    protected static final long NOW = 1_800_000_000_000L;

    protected static final long LEASE = 60_000;

    /** A fresh one for each test. */
    protected ProxyStore store;

    @BeforeEach
    void openStore() throws Exception {
        prepare();
        store = await(open());
    }

    @AfterEach
    void closeStore() throws Exception {
        await(store.close());
        cleanUp();
    }

    @Override
    public final ProxyStore store() {
        return store;
    }

    @Override
    public final void reopen() throws Exception {
        await(store.close());
        store = await(open());
    }

    /** Makes room for a new, empty store. */
    protected abstract void prepare();

    /** Removes it. */
    protected abstract void cleanUp();

    /** Opens a store on what this test has stored so far; fails with {@link StoreException}. */
    protected abstract Future<ProxyStore> open();

    // keep

    @Test
    void keepingCountsWhatIsNewAndWhatIsKnown() throws Exception {
        assertThat(keep("a", NOW, http(1), http(2))).isEqualTo(new CandidatesKept(2, 0));
        assertThat(keep("a", NOW, http(2), http(3), http(4))).isEqualTo(new CandidatesKept(2, 1));

        assertThat(await(store.stats()).total()).isEqualTo(4);
    }

    @Test
    void whatIsNewIsDueAtOnceAndKnowsNothing() throws Exception {
        keep("a", NOW, http(1));

        StoredProxy stored = find(http(1));
        assertThat(stored.health()).isEqualTo(Health.fresh(NOW));
        assertThat(stored.location()).isEqualTo(Location.UNKNOWN);
        assertThat(stored.firstSeenAtMillis()).isEqualTo(NOW);
        assertThat(stored.archived()).isFalse();
        assertThat(stored.id()).isPositive();
        assertThat(take(NOW, 10)).containsExactly(new TakenProxy(stored.id(), http(1), Health.fresh(NOW)));
    }

    @Test
    void theLargestBatchIsKeptWhole() throws Exception {
        ProxyKey[] keys = many(CandidatesFound.MAX_BATCH);

        assertThat(keep("a", NOW, keys)).isEqualTo(new CandidatesKept(keys.length, 0));
        assertThat(keep("b", NOW, keys)).isEqualTo(new CandidatesKept(0, keys.length));

        assertThat(await(store.stats()).listedBySource())
                .containsEntry("a", 5_000L)
                .containsEntry("b", 5_000L);
        assertThat(take(NOW, 1_000)).hasSize(1_000);
    }

    @Test
    void batchesKeptAtTheSameTimeAddEachEntryOnce() throws Exception {
        ProxyKey[] keys = many(2_000);
        ProxyKey[] reversed = new ProxyKey[keys.length];
        for (int i = 0; i < keys.length; i++) {
            reversed[i] = keys[keys.length - 1 - i];
        }

        List<Future<CandidatesKept>> kept = List.of(
                store.keep(batch("a", NOW, keys), Merge.UPDATE),
                store.keep(batch("b", NOW, reversed), Merge.UPDATE),
                store.keep(batch("c", NOW, keys), Merge.UPDATE));
        await(Future.all(kept));

        assertThat(kept.stream().mapToInt(one -> one.result().added()).sum()).isEqualTo(keys.length);
        assertThat(kept.stream().mapToInt(one -> one.result().known()).sum()).isEqualTo(2 * keys.length);
        StoreStats stats = await(store.stats());
        assertThat(stats.total()).isEqualTo(keys.length);
        assertThat(stats.listedBySource().values())
                .containsOnly((long) keys.length)
                .hasSize(3);
    }

    @Test
    void skippingLeavesAKnownEntryAsItIs() throws Exception {
        keep("a", NOW, new Candidate(http(1), Capability.HTTP.bit(), "DE"));

        CandidatesKept kept = await(store.keep(
                new CandidatesFound(
                        "b", NOW + 1, List.of(new Candidate(http(1), Capability.HTTPS.bit(), "FR"), claim(http(2)))),
                Merge.SKIP));

        assertThat(kept).isEqualTo(new CandidatesKept(1, 1));
        assertThat(find(http(1)).lists()).containsExactly("a");
        assertThat(find(http(1)).claimedCapabilities()).isEqualTo(Capability.HTTP.bit());
        assertThat(find(http(1)).location().country()).isEqualTo("DE");
        assertThat(find(http(2)).lists()).containsExactly("b");
    }

    @Test
    void updatingNotesClaimsAndListingAndKeepsHealth() throws Exception {
        keep("b", NOW, new Candidate(http(1), Capability.HTTP.bit(), null));
        Health health = checkAlive(http(1));

        keep("a", NOW + 1, new Candidate(http(1), Capability.HTTPS.bit(), "FR"));

        StoredProxy stored = find(http(1));
        assertThat(stored.health()).isEqualTo(health);
        assertThat(stored.claimedCapabilities()).isEqualTo(Capability.HTTP.bit() | Capability.HTTPS.bit());
        assertThat(stored.lists()).containsExactly("a", "b");
        assertThat(stored.location()).isEqualTo(new Location(null, "FR", null, 0, null, "source"));
        assertThat(stored.firstSeenAtMillis()).isEqualTo(NOW);
    }

    @Test
    void aListWithoutClaimsTakesNoneAway() throws Exception {
        keep("a", NOW, new Candidate(http(1), Capability.HTTPS.bit(), "FR"));
        keep("b", NOW + 1, http(1));

        assertThat(find(http(1)).claimedCapabilities()).isEqualTo(Capability.HTTPS.bit());
        assertThat(find(http(1)).location().country()).isEqualTo("FR");
    }

    @Test
    void replacingForgetsHealthAndMakesItDueAtOnce() throws Exception {
        keep("a", NOW, http(1));
        Health health = checkAlive(http(1));

        await(store.keep(batch("a", NOW + 5, http(1)), Merge.REPLACE));

        StoredProxy stored = find(http(1));
        assertThat(stored.health()).isEqualTo(withVersion(Health.fresh(NOW + 5), health.version() + 1));
        assertThat(await(store.alive(0, 10))).isEmpty();
        assertThat(take(NOW + 5, 10)).extracting(TakenProxy::id).containsExactly(stored.id());
    }

    @Test
    void anOutcomeFromBeforeAReplacementIsLate() throws Exception {
        keep("a", NOW, http(1));
        TakenProxy taken = take(NOW, 1).get(0);

        await(store.keep(batch("a", NOW + 5, http(1)), Merge.REPLACE));

        assertThat(await(store.write(List.of(change(taken, alive(taken, NOW + 6))))))
                .isZero();
        assertThat(find(http(1)).health().alive()).isFalse();
        assertThat(take(NOW + 7, 10)).hasSize(1);
    }

    @Test
    void aReplacedEntryLeavesTheArchive() throws Exception {
        keep("a", NOW, http(1));
        checkDead(http(1), NOW);
        assertThat(await(store.archive(NOW, 10))).isEqualTo(1);

        await(store.keep(batch("a", NOW + 5, http(1)), Merge.REPLACE));

        assertThat(find(http(1)).archived()).isFalse();
        assertThat(take(NOW + 5, 10)).hasSize(1);
    }

    @Test
    void identityIsSchemeHostPortAndCredentials() throws Exception {
        ProxyKey[] keys = {
            ProxyKey.of(Scheme.HTTP, "192.0.2.1", 80),
            ProxyKey.of(Scheme.HTTPS, "192.0.2.1", 80),
            ProxyKey.of(Scheme.SOCKS4, "192.0.2.1", 80),
            ProxyKey.of(Scheme.SOCKS5, "192.0.2.1", 80),
            ProxyKey.of(Scheme.UNKNOWN, "192.0.2.1", 80),
            ProxyKey.of(Scheme.HTTP, "192.0.2.1", 81),
            ProxyKey.of(Scheme.HTTP, "192.0.2.2", 80),
            new ProxyKey(Scheme.HTTP, "192.0.2.1", 80, Credentials.of("ann", "one")),
            new ProxyKey(Scheme.HTTP, "192.0.2.1", 80, Credentials.of("ann", "two")),
            new ProxyKey(Scheme.HTTP, "192.0.2.1", 80, Credentials.of("anno", "ne")),
            new ProxyKey(Scheme.HTTP, "192.0.2.1", 80, Credentials.of("", "")),
        };

        assertThat(keep("a", NOW, keys)).isEqualTo(new CandidatesKept(keys.length, 0));
        assertThat(keep("a", NOW, keys)).isEqualTo(new CandidatesKept(0, keys.length));
        for (ProxyKey key : keys) {
            assertThat(find(key).key()).isEqualTo(key);
        }
        assertThat(take(NOW, 100)).extracting(TakenProxy::key).containsExactlyInAnyOrder(keys);
    }

    @Test
    void hostNamesAndIpv6AndAnyCharactersComeBackAsTheyWere() throws Exception {
        ProxyKey[] keys = {
            ProxyKey.of(Scheme.SOCKS5, "2001:db8::1", 1080),
            ProxyKey.of(Scheme.HTTP, "gate.example.com", 65535),
            ProxyKey.of(Scheme.HTTP, "a".repeat(253), 1),
            new ProxyKey(Scheme.HTTP, "x.example", 3128, Credentials.of("Jürgen 東京 🐟", "p@ss:w/örd%\\ '\";--")),
            new ProxyKey(Scheme.HTTP, "x.example", 3128, Credentials.of("nul\0l", "back\\0slash\\\\\0")),
            new ProxyKey(Scheme.HTTP, "x.example", 3128, Credentials.of("u".repeat(255), "\u00e9".repeat(255))),
        };

        keep("liste-é-東京", NOW, keys);

        for (ProxyKey key : keys) {
            assertThat(find(key).key()).isEqualTo(key);
            assertThat(find(key).lists()).containsExactly("liste-é-東京");
        }
    }

    // listing

    @Test
    void whatALaterFetchDoesNotBringIsNoLongerListed() throws Exception {
        keep("a", NOW, http(1), http(2), http(3));
        keep("b", NOW, http(1));
        keep("a", NOW + 10, http(2));

        assertThat(await(store.endListing("a", NOW + 10))).isEqualTo(2);

        assertThat(find(http(1)).lists()).containsExactly("b");
        assertThat(find(http(2)).lists()).containsExactly("a");
        assertThat(find(http(3)).lists()).isEmpty();
        assertThat(await(store.endListing("a", NOW + 10))).isZero();
        assertThat(await(store.endListing("nobody", NOW + 10))).isZero();
    }

    @Test
    void whatComesBackIsListedAgain() throws Exception {
        keep("a", NOW, http(1));
        await(store.endListing("a", NOW + 10));

        assertThat(keep("a", NOW + 20, http(1))).isEqualTo(new CandidatesKept(0, 1));

        assertThat(find(http(1)).lists()).containsExactly("a");
    }

    @Test
    void sourcesAreSortedByName() throws Exception {
        for (String source : List.of("zeta", "alpha", "Mid", "beta")) {
            keep(source, NOW, http(1));
        }

        assertThat(find(http(1)).lists()).containsExactly("Mid", "alpha", "beta", "zeta");
    }

    // due work

    @Test
    void workIsTakenByPriorityThenByAge() throws Exception {
        keep("a", NOW, http(1), http(2), http(3), http(4), http(5));
        reschedule(http(1), 3, NOW + 100);
        reschedule(http(2), 9, NOW + 300);
        reschedule(http(3), 9, NOW + 200);
        reschedule(http(4), 10, NOW + 900);
        reschedule(http(5), 1, NOW + 1);

        assertThat(take(NOW + 1_000, 3)).extracting(TakenProxy::key).containsExactly(http(4), http(3), http(2));
        assertThat(take(NOW + 1_000, 10)).extracting(TakenProxy::key).containsExactly(http(1), http(5));
    }

    @Test
    void workIsTakenFromARangeOfPriorities() throws Exception {
        keep("a", NOW, http(1), http(2), http(3), http(4));
        reschedule(http(1), 3, NOW + 100);
        reschedule(http(2), 6, NOW + 300);
        reschedule(http(3), 8, NOW + 400);
        reschedule(http(4), 9, NOW + 100);

        assertThat(await(store.takeDue(NOW + 1_000, 6, 8, 10, LEASE)))
                .extracting(TakenProxy::key)
                .containsExactly(http(3), http(2));
        assertThat(await(store.takeDue(NOW + 1_000, 6, 8, 10, LEASE))).isEmpty();
        assertThat(await(store.takeDue(NOW + 1_000, 9, 9, 10, LEASE)))
                .extracting(TakenProxy::key)
                .containsExactly(http(4));
    }

    @Test
    void aRangeOfPrioritiesThatDoesNotExistIsRefused() {
        assertThatThrownBy(() -> await(store.takeDue(NOW, 0, 10, 1, LEASE)))
                .hasMessageContaining("lowest priority: 0 (expected: 1..10)");
        assertThatThrownBy(() -> await(store.takeDue(NOW, 7, 6, 1, LEASE)))
                .hasMessageContaining("highest priority: 6 (expected: 7..10)");
    }

    @Test
    void theBacklogIsWhatIsDueAndNotTaken() throws Exception {
        keep("a", NOW, http(1), http(2), http(3), http(4), http(5));
        reschedule(http(1), 3, NOW + 100);
        reschedule(http(2), 3, NOW + 50);
        reschedule(http(3), 8, NOW + 400);
        reschedule(http(4), 8, NOW + 1_001);
        reschedule(http(5), 10, NOW + 100);
        await(store.takeDue(NOW + 1_000, 9, 10, 1, LEASE));

        assertThat(await(store.backlog(NOW + 1_000)))
                .containsExactly(new DueLevel(8, 1, NOW + 400), new DueLevel(3, 2, NOW + 50));
        assertThat(await(store.backlog(NOW + 1_000 + LEASE)))
                .extracting(DueLevel::priority)
                .as("a lease that has passed is due again")
                .containsExactly(10, 8, 3);
    }

    @Test
    void whatIsNotDueStays() throws Exception {
        keep("a", NOW, http(1), http(2));
        reschedule(http(1), 10, NOW + 101);
        reschedule(http(2), 1, NOW + 100);

        assertThat(take(NOW + 100, 10)).extracting(TakenProxy::key).containsExactly(http(2));
    }

    @Test
    void nothingIsHandedOutTwice() throws Exception {
        keep("a", NOW, many(300));

        List<Future<List<TakenProxy>>> takes = IntStream.range(0, 10)
                .mapToObj(i -> store.takeDue(NOW, 1, 10, 40, LEASE))
                .toList();
        await(Future.all(takes));

        Set<Long> ids = new HashSet<>();
        int count = 0;
        for (Future<List<TakenProxy>> some : takes) {
            for (TakenProxy taken : some.result()) {
                ids.add(taken.id());
                count++;
            }
        }
        count += take(NOW + LEASE - 1, 1_000).stream()
                .filter(taken -> ids.add(taken.id()))
                .toList()
                .size();
        assertThat(ids).hasSize(300);
        assertThat(count).isEqualTo(300);
        assertThat(take(NOW + LEASE - 1, 1_000)).isEmpty();
    }

    @Test
    void aLeaseThatPassedReturnsTheWork() throws Exception {
        keep("a", NOW, http(1));
        List<TakenProxy> first = take(NOW, 10);

        assertThat(take(NOW + LEASE - 1, 10)).isEmpty();
        assertThat(take(NOW + LEASE, 10)).isEqualTo(first);
    }

    @Test
    void whatIsGivenBackIsDueAtOnce() throws Exception {
        keep("a", NOW, http(1), http(2));
        List<TakenProxy> taken = take(NOW, 10);

        await(store.giveBack(List.of(taken.get(0).id(), 987_654_321L)));

        assertThat(take(NOW, 10)).containsExactly(taken.get(0));
        await(store.giveBack(List.of()));
    }

    @Test
    void whatWasWrittenIsDueWhenItSays() throws Exception {
        keep("a", NOW, http(1));
        TakenProxy taken = take(NOW, 1).get(0);
        Health after = alive(taken, NOW + 10);

        assertThat(await(store.write(List.of(change(taken, after))))).isEqualTo(1);

        assertThat(take(after.nextCheckAtMillis() - 1, 10)).isEmpty();
        assertThat(take(after.nextCheckAtMillis(), 10)).containsExactly(new TakenProxy(taken.id(), http(1), after));
    }

    @Test
    void anInactiveEntryIsDueWhenItsTimeComes() throws Exception {
        keep("a", NOW, http(1));
        TakenProxy taken = take(NOW, 1).get(0);

        Health dead = dead(taken, NOW + 10, false);
        await(store.write(List.of(change(taken, dead))));

        assertThat(take(dead.nextCheckAtMillis() - 1, 10)).isEmpty();
        assertThat(take(dead.nextCheckAtMillis(), 10)).hasSize(1);
        assertThat(find(http(1)).health().active()).isFalse();
    }

    // health

    @Test
    void everyPartOfHealthComesBackAsItWas() throws Exception {
        keep("a", NOW, http(1), http(2));
        List<TakenProxy> taken = take(NOW, 2);
        Health rich = rich(taken.get(0));
        Health poor = new Health(
                false,
                true,
                Verified.CONNECT,
                0,
                Anonymity.TRANSPARENT,
                Anonymity.UNKNOWN,
                Tampering.CONTENT,
                Health.Probation.caughtAt(NOW),
                null,
                Rotation.ROTATING,
                Tier.INACTIVE,
                TierReason.TAMPERED,
                NOW,
                RiskCategory.DEAD,
                1,
                0,
                0,
                0,
                0,
                0,
                0,
                Double.NaN,
                Latencies.EMPTY,
                new Health.Deep(NOW + 7, 0, Double.NaN),
                Integer.MAX_VALUE,
                0,
                0,
                0,
                FailureReason.LOCAL,
                1);

        assertThat(await(store.write(List.of(change(taken.get(0), rich), change(taken.get(1), poor)))))
                .isEqualTo(2);

        assertThat(find(taken.get(0).key()).health()).isEqualTo(rich);
        assertThat(find(taken.get(1).key()).health()).isEqualTo(poor);
    }

    @Test
    void everyReasonAndCategoryCanBeStored() throws Exception {
        keep("a", NOW, http(1));
        Health last = find(http(1)).health();
        for (int i = 0; i < FailureReason.values().length; i++) {
            TakenProxy taken = new TakenProxy(find(http(1)).id(), http(1), last);
            Health next = new Health(
                    false,
                    true,
                    nth(Verified.values(), i),
                    0,
                    nth(Anonymity.values(), i),
                    nth(Anonymity.values(), i + 1),
                    nth(Tampering.values(), i),
                    new Health.Probation(i, 2 * i, 3 * i),
                    null,
                    nth(Rotation.values(), i),
                    nth(Tier.values(), i),
                    nth(TierReason.values(), i),
                    i,
                    nth(RiskCategory.values(), i),
                    5,
                    NOW,
                    0,
                    NOW,
                    NOW,
                    0,
                    0.5,
                    Double.NaN,
                    i % 2 == 0 ? Latencies.EMPTY : Latencies.EMPTY.with(i),
                    i % 3 == 0 ? null : new Health.Deep(i, 1.0 / i, i),
                    i,
                    i,
                    0,
                    0,
                    nth(FailureReason.values(), i),
                    last.version() + 1);
            assertThat(await(store.write(List.of(change(taken, next))))).isEqualTo(1);
            assertThat(find(http(1)).health()).isEqualTo(next);
            last = next;
        }
    }

    @Test
    void aDoubledOutcomeChangesNothing() throws Exception {
        keep("a", NOW, http(1));
        TakenProxy taken = take(NOW, 1).get(0);
        HealthChange first = change(taken, alive(taken, NOW + 10));
        HealthChange second = change(taken, dead(taken, NOW + 20, true));

        assertThat(await(store.write(List.of(first)))).isEqualTo(1);
        assertThat(await(store.write(List.of(second)))).isZero();
        assertThat(await(store.write(List.of(first)))).isZero();

        assertThat(find(http(1)).health()).isEqualTo(first.after());
    }

    @Test
    void ofTwoOutcomesInOneBatchTheFirstCounts() throws Exception {
        keep("a", NOW, http(1), http(2));
        List<TakenProxy> taken = take(NOW, 2);
        HealthChange first = change(taken.get(0), alive(taken.get(0), NOW + 10));
        HealthChange doubled = change(taken.get(0), dead(taken.get(0), NOW + 20, true));
        HealthChange other = change(taken.get(1), dead(taken.get(1), NOW + 20, true));

        assertThat(await(store.write(List.of(first, doubled, other)))).isEqualTo(2);

        assertThat(find(taken.get(0).key()).health()).isEqualTo(first.after());
        assertThat(find(taken.get(1).key()).health()).isEqualTo(other.after());
    }

    @Test
    void successiveChangesInOneBatchAreWrittenInOrder() throws Exception {
        keep("a", NOW, http(1));
        TakenProxy taken = take(NOW, 1).get(0);
        Health first = alive(taken, NOW + 10);
        TakenProxy then = new TakenProxy(taken.id(), http(1), first);
        Health second = dead(then, NOW + 20, true);

        assertThat(await(store.write(List.of(change(taken, first), change(then, second)))))
                .isEqualTo(2);

        assertThat(find(http(1)).health()).isEqualTo(second);
        assertThat(await(store.write(List.of()))).isZero();
    }

    @Test
    void aLateOutcomeDoesNotEndTheNewLease() throws Exception {
        keep("a", NOW, http(1));
        TakenProxy lost = take(NOW, 1).get(0);
        TakenProxy again = take(NOW + LEASE, 1).get(0);
        HealthChange timely = change(again, dead(again, NOW + LEASE + 1, true));
        assertThat(await(store.write(List.of(timely)))).isEqualTo(1);
        long due = timely.after().nextCheckAtMillis();
        assertThat(take(due, 1)).hasSize(1);

        assertThat(await(store.write(List.of(change(lost, alive(lost, NOW + 10))))))
                .isZero();

        assertThat(take(due, 1)).isEmpty();
    }

    @Test
    void unknownIdsAreLeftOut() throws Exception {
        TakenProxy ghost = new TakenProxy(4_711, http(1), Health.fresh(NOW));

        assertThat(await(store.write(List.of(change(ghost, alive(ghost, NOW))))))
                .isZero();
        assertThat(await(store.stats()).total()).isZero();
    }

    // entries without a scheme

    @Test
    void theFirstSchemeSpokenBecomesTheEntrys() throws Exception {
        keep("a", NOW, unknown(1));
        TakenProxy taken = take(NOW, 1).get(0);

        assertThat(await(store.write(List.of(spoke(taken, Scheme.SOCKS5))))).isEqualTo(1);

        StoredProxy stored = find(unknown(1).withScheme(Scheme.SOCKS5));
        assertThat(stored.id()).isEqualTo(taken.id());
        assertThat(stored.health()).isEqualTo(alive(taken, NOW + 10));
        assertThat(stored.lists()).containsExactly("a");
        assertThat(await(store.find(unknown(1)))).isEmpty();
        assertThat(await(store.alive(0, 10))).containsExactly(stored);
    }

    @Test
    void eachFurtherSchemeBecomesAnEntryThatIsDueAtOnce() throws Exception {
        ProxyKey key = new ProxyKey(Scheme.UNKNOWN, "192.0.2.1", 1080, Credentials.of("ann", "secret"));
        keep("a", NOW, new Candidate(key, 0, "SE"));
        TakenProxy taken = take(NOW, 1).get(0);

        await(store.write(List.of(spoke(taken, Scheme.HTTP, Scheme.SOCKS5, Scheme.SOCKS4))));

        assertThat(find(key.withScheme(Scheme.HTTP)).id()).isEqualTo(taken.id());
        List<TakenProxy> due = take(NOW + 10, 10);
        assertThat(due)
                .extracting(TakenProxy::key)
                .containsExactlyInAnyOrder(key.withScheme(Scheme.SOCKS5), key.withScheme(Scheme.SOCKS4));
        assertThat(due).extracting(TakenProxy::health).containsOnly(Health.fresh(NOW + 10));
        StoredProxy further = find(key.withScheme(Scheme.SOCKS4));
        assertThat(further.lists()).containsExactly("a");
        assertThat(further.location().country()).isEqualTo("SE");
        assertThat(await(store.stats()).total()).isEqualTo(3);
    }

    @Test
    void whereTheSchemeExistsAlreadyTheEntryIsArchived() throws Exception {
        ProxyKey known = unknown(1).withScheme(Scheme.SOCKS5);
        keep("a", NOW, known);
        Health health = checkAlive(known);
        keep("b", NOW + 1, unknown(1));
        TakenProxy taken = take(NOW + 1, 1).get(0);
        assertThat(taken.key()).isEqualTo(unknown(1));

        assertThat(await(store.write(List.of(spoke(taken, Scheme.SOCKS5, Scheme.HTTP)))))
                .isEqualTo(1);

        StoredProxy retired = find(unknown(1));
        assertThat(retired.id()).isEqualTo(taken.id());
        assertThat(retired.archived()).isTrue();
        assertThat(retired.health().alive()).isFalse();
        assertThat(retired.lists()).isEmpty();
        assertThat(find(known).health()).isEqualTo(health);
        assertThat(find(known).lists()).containsExactly("a", "b");
        assertThat(find(unknown(1).withScheme(Scheme.HTTP)).lists()).containsExactly("b");
        assertThat(take(NOW + 10, 10))
                .extracting(TakenProxy::key)
                .containsExactly(unknown(1).withScheme(Scheme.HTTP));
    }

    @Test
    void aDeadEntryThatWasHeardSpeakingIsDueAtOnce() throws Exception {
        ProxyKey known = unknown(1).withScheme(Scheme.SOCKS5);
        keep("a", NOW, known);
        checkDead(known, NOW);
        await(store.archive(NOW, 10));
        keep("b", NOW + 1, unknown(1));
        TakenProxy taken = take(NOW + 1, 1).get(0);

        await(store.write(List.of(spoke(taken, Scheme.SOCKS5))));

        assertThat(find(known).archived()).isFalse();
        assertThat(take(NOW + 10, 10)).extracting(TakenProxy::key).containsExactly(known);
    }

    @Test
    void anAddressWhoseSchemeWasFoundIsKnownWhenItIsListedAgain() throws Exception {
        keep("a", NOW, unknown(1));
        TakenProxy taken = take(NOW, 1).get(0);
        await(store.write(List.of(spoke(taken, Scheme.HTTP, Scheme.SOCKS5))));

        assertThat(keep("a", NOW + 20, unknown(1), http(7))).isEqualTo(new CandidatesKept(1, 1));
        assertThat(await(store.endListing("a", NOW + 20))).isZero();

        assertThat(find(unknown(1).withScheme(Scheme.HTTP)).lists()).containsExactly("a");
        assertThat(find(unknown(1).withScheme(Scheme.SOCKS5)).lists()).containsExactly("a");
        assertThat(await(store.find(unknown(1)))).isEmpty();
    }

    @Test
    void aLateResolutionChangesNothing() throws Exception {
        keep("a", NOW, unknown(1));
        TakenProxy taken = take(NOW, 1).get(0);
        HealthChange change = spoke(taken, Scheme.HTTP, Scheme.SOCKS5);
        await(store.write(List.of(change)));
        Health before = find(unknown(1).withScheme(Scheme.HTTP)).health();

        assertThat(await(store.write(List.of(change)))).isZero();

        assertThat(await(store.stats()).total()).isEqualTo(2);
        assertThat(find(unknown(1).withScheme(Scheme.HTTP)).health()).isEqualTo(before);
    }

    @Test
    void resolutionsAndPlainChangesShareABatch() throws Exception {
        keep("a", NOW, unknown(1), unknown(2), http(3));
        List<HealthChange> changes = new ArrayList<>();
        for (TakenProxy taken : take(NOW, 10)) {
            changes.add(
                    taken.key().scheme() == Scheme.UNKNOWN
                            ? spoke(taken, Scheme.SOCKS4)
                            : change(taken, alive(taken, NOW + 10)));
        }

        assertThat(await(store.write(changes))).isEqualTo(3);

        assertThat(await(store.alive(0, 10)))
                .extracting(StoredProxy::key)
                .containsExactlyInAnyOrder(
                        unknown(1).withScheme(Scheme.SOCKS4), unknown(2).withScheme(Scheme.SOCKS4), http(3));
    }

    // reading

    @Test
    void theLivingComeInPagesById() throws Exception {
        keep("a", NOW, many(25));
        List<TakenProxy> taken = take(NOW, 25);
        List<HealthChange> changes = new ArrayList<>();
        for (TakenProxy one : taken) {
            boolean odd = one.id() % 2 == 1;
            changes.add(change(one, odd ? alive(one, NOW + 10) : dead(one, NOW + 10, true)));
        }
        await(store.write(changes));

        List<Long> ids = new ArrayList<>();
        List<StoredProxy> page = await(store.alive(0, 5));
        while (!page.isEmpty()) {
            assertThat(page.size()).isLessThanOrEqualTo(5);
            page.forEach(proxy -> ids.add(proxy.id()));
            page = await(store.alive(page.get(page.size() - 1).id(), 5));
        }

        assertThat(ids)
                .isEqualTo(taken.stream()
                        .map(TakenProxy::id)
                        .filter(id -> id % 2 == 1)
                        .sorted()
                        .toList());
    }

    @Test
    void whatIsNotStoredIsNotFound() throws Exception {
        keep("a", NOW, http(1));

        assertThat(await(store.find(http(2)))).isEmpty();
        assertThat(await(store.find(http(1).withScheme(Scheme.SOCKS5)))).isEmpty();
    }

    @Test
    void statsCountEverything() throws Exception {
        keep("a", NOW, http(1), http(2), unknown(3));
        keep("b", NOW, http(2), http(4));
        checkAlive(http(2));
        checkDead(http(1), NOW);
        await(store.archive(NOW, 10));

        assertThat(await(store.stats()))
                .isEqualTo(new StoreStats(
                        4,
                        1,
                        2,
                        1,
                        Map.of(Scheme.HTTP, 3L, Scheme.UNKNOWN, 1L),
                        Map.of(Tier.UNKNOWN, 2L, Tier.ACTIVE, 1L, Tier.INACTIVE, 1L),
                        Map.of(
                                "a", new SourceFigures.Of(3, 1, 2, 0, 2, 1, 1, 2, 1),
                                "b", new SourceFigures.Of(2, 1, 1, 0, 1, 1, 1, 1, 1)),
                        1_000.0 / 300_000,
                        0));
    }

    @Test
    void anEmptyStoreHasNothing() throws Exception {
        assertThat(await(store.stats()).total()).isZero();
        assertThat(await(store.alive(0, 10))).isEmpty();
        assertThat(take(Long.MAX_VALUE, 10)).isEmpty();
        assertThat(await(store.archive(NOW, 10))).isZero();
    }

    // archive

    @Test
    void archivingFlagsAndDeletesNothing() throws Exception {
        keep("a", NOW, http(1), http(2), http(3), http(4));
        checkDead(http(1), NOW);
        checkDead(http(2), NOW + 1);
        checkAlive(http(3));

        assertThat(await(store.archive(NOW, 10))).isEqualTo(1);

        assertThat(find(http(1)).archived()).isTrue();
        assertThat(find(http(2)).archived()).isFalse();
        assertThat(find(http(3)).archived()).isFalse();
        assertThat(find(http(4)).archived()).as("never checked, so not dead").isFalse();
        StoreStats stats = await(store.stats());
        assertThat(stats.total()).isEqualTo(4);
        assertThat(stats.archived()).isEqualTo(1);
        assertThat(keep("a", NOW + 9, http(1))).isEqualTo(new CandidatesKept(0, 1));
        assertThat(take(Long.MAX_VALUE / 2, 10))
                .extracting(TakenProxy::key)
                .containsExactlyInAnyOrder(http(2), http(3), http(4));
    }

    @Test
    void whatWasCaughtTamperingIsNotArchivedWhileItIsReached() throws Exception {
        keep("a", NOW, http(1), http(2));
        write(http(1), known -> caught(known, true));
        write(http(2), known -> caught(known, false));

        assertThat(await(store.archive(NOW, 10))).isEqualTo(1);

        assertThat(find(http(1)).archived()).isFalse();
        assertThat(find(http(2)).archived()).isTrue();
    }

    private static Health caught(TakenProxy taken, boolean active) {
        Health dead = dead(taken, NOW, active);
        return new Health(
                dead.alive(),
                dead.active(),
                dead.verified(),
                dead.capabilities(),
                dead.anonymity(),
                dead.anonymitySeen(),
                Tampering.CONTENT,
                Health.Probation.caughtAt(NOW),
                dead.exitAddress(),
                dead.rotation(),
                dead.tier(),
                dead.tierReason(),
                dead.tierSinceMillis(),
                dead.risk(),
                dead.priority(),
                dead.nextCheckAtMillis(),
                dead.checkEveryMillis(),
                dead.stateSinceMillis(),
                dead.lastCheckedAtMillis(),
                dead.lastAliveAtMillis(),
                dead.successRate(),
                dead.latencyMillis(),
                dead.latencies(),
                dead.deep(),
                dead.consecutiveFailures(),
                dead.checks(),
                dead.successes(),
                dead.uses(),
                FailureReason.TAMPERED,
                dead.version());
    }

    @Test
    void theLongestDeadAreArchivedFirst() throws Exception {
        keep("a", NOW, http(1), http(2), http(3));
        checkDead(http(1), NOW + 30);
        checkDead(http(2), NOW + 10);
        checkDead(http(3), NOW + 20);

        assertThat(await(store.archive(NOW + 100, 2))).isEqualTo(2);

        assertThat(find(http(1)).archived()).isFalse();
        assertThat(await(store.archive(NOW + 100, 2))).isEqualTo(1);
        assertThat(await(store.archive(NOW + 100, 2))).isZero();
    }

    @Test
    void whatIsFoundAliveAfterAllLeavesTheArchive() throws Exception {
        keep("a", NOW, http(1));
        checkDead(http(1), NOW);
        long due = find(http(1)).health().nextCheckAtMillis();
        TakenProxy flying = take(due, 1).get(0);
        assertThat(await(store.archive(NOW, 10))).isEqualTo(1);

        assertThat(await(store.write(List.of(change(flying, alive(flying, due + 10))))))
                .isEqualTo(1);

        assertThat(find(http(1)).archived()).isFalse();
        assertThat(await(store.alive(0, 10))).hasSize(1);
        assertThat(take(due + LEASE * 100, 10)).hasSize(1);
    }

    @Test
    void whatIsFoundDeadOnceMoreStaysInTheArchive() throws Exception {
        keep("a", NOW, http(1));
        checkDead(http(1), NOW);
        long due = find(http(1)).health().nextCheckAtMillis();
        TakenProxy flying = take(due, 1).get(0);
        await(store.archive(NOW, 10));

        assertThat(await(store.write(List.of(change(flying, dead(flying, due + 10, true))))))
                .isEqualTo(1);

        assertThat(find(http(1)).archived()).isTrue();
        assertThat(take(Long.MAX_VALUE / 2, 10)).isEmpty();
    }

    // life

    @Test
    void everythingIsThereAfterReopening() throws Exception {
        keep("a", NOW, http(1), http(2), http(3), http(4));
        Health alive = checkAlive(http(1));
        checkDead(http(2), NOW);
        await(store.archive(NOW, 1));
        StoredProxy one = find(http(1));
        StoredProxy two = find(http(2));

        await(store.close());
        store = await(open());

        assertThat(find(http(1))).isEqualTo(one);
        assertThat(find(http(2))).isEqualTo(two);
        assertThat(take(NOW, 10)).extracting(TakenProxy::key).containsExactlyInAnyOrder(http(3), http(4));
        assertThat(take(alive.nextCheckAtMillis(), 10))
                .extracting(TakenProxy::key)
                .as("the others' leases have passed")
                .containsExactly(http(1), http(3), http(4));
        assertThat(keep("a", NOW, http(1), http(5))).isEqualTo(new CandidatesKept(1, 1));
    }

    @Test
    void aClosedStoreSaysSo() throws Exception {
        await(store.close());
        await(store.close());

        StoreException failure = failure(store.stats());
        assertThat(failure.kind()).isEqualTo(StoreException.Kind.UNAVAILABLE);
        assertThat(failure(store.keep(batch("a", NOW, http(1)), Merge.UPDATE)).getMessage())
                .contains("keep");
        store = await(open());
    }

    // for the tests

    private static <T> T nth(T[] values, int n) {
        return values[n % values.length];
    }

    /** {@code http://192.0.2.1:port}. */
    protected static ProxyKey http(int port) {
        return ProxyKey.of(Scheme.HTTP, "192.0.2.1", port);
    }

    protected static ProxyKey unknown(int port) {
        return ProxyKey.of(Scheme.UNKNOWN, "198.51.100.1", port);
    }

    protected static ProxyKey[] many(int count) {
        return IntStream.rangeClosed(1, count)
                .mapToObj(ProxyStoreContract::http)
                .toArray(ProxyKey[]::new);
    }

    protected static Candidate claim(ProxyKey key) {
        return new Candidate(key, 0, null);
    }

    protected static CandidatesFound batch(String source, long at, ProxyKey... keys) {
        return new CandidatesFound(
                source, at, Arrays.stream(keys).map(ProxyStoreContract::claim).toList());
    }

    protected final CandidatesKept keep(String source, long at, ProxyKey... keys) throws Exception {
        return await(store.keep(batch(source, at, keys), Merge.UPDATE));
    }

    protected final CandidatesKept keep(String source, long at, Candidate... candidates) throws Exception {
        return await(store.keep(new CandidatesFound(source, at, List.of(candidates)), Merge.UPDATE));
    }

    /** Every bucket in use, the fullest ones filled to {@code most}. */
    private static Latencies spread(int most) {
        byte[] counts = new byte[Latencies.BUCKETS];
        for (int i = 0; i < counts.length; i++) {
            counts[i] = (byte) (most - i % 2);
        }
        return Latencies.of(counts);
    }

    protected final List<TakenProxy> take(long now, int limit) throws Exception {
        return await(store.takeDue(now, 1, 10, limit, LEASE));
    }

    protected final StoredProxy find(ProxyKey key) throws Exception {
        return await(store.find(key)).orElseThrow(() -> new AssertionError("not found: " + key.url()));
    }

    /** Writes a new state without taking the entry first. */
    protected final void write(ProxyKey key, Function<TakenProxy, Health> after) throws Exception {
        TakenProxy known = known(key);
        assertThat(await(store.write(List.of(change(known, after.apply(known))))))
                .isEqualTo(1);
    }

    /** Writes a good verdict without taking it first. */
    protected final Health checkAlive(ProxyKey key) throws Exception {
        TakenProxy known = known(key);
        Health after = alive(known, NOW);
        assertThat(await(store.write(List.of(change(known, after))))).isEqualTo(1);
        return after;
    }

    /** Writes a bad verdict without taking it first; dead since {@code at}. */
    protected final void checkDead(ProxyKey key, long at) throws Exception {
        TakenProxy known = known(key);
        assertThat(await(store.write(List.of(change(known, dead(known, at, true))))))
                .isEqualTo(1);
    }

    private void reschedule(ProxyKey key, int priority, long due) throws Exception {
        TakenProxy known = known(key);
        Health before = known.health();
        Health after = new Health(
                before.alive(),
                before.active(),
                before.verified(),
                before.capabilities(),
                before.anonymity(),
                before.tampering(),
                before.exitAddress(),
                before.tier(),
                before.risk(),
                priority,
                due,
                before.checkEveryMillis(),
                before.stateSinceMillis(),
                before.lastCheckedAtMillis(),
                before.lastAliveAtMillis(),
                before.successRate(),
                before.latencyMillis(),
                before.consecutiveFailures(),
                before.checks(),
                before.successes(),
                before.uses(),
                before.lastReason(),
                before.version() + 1);
        assertThat(await(store.write(List.of(change(known, after))))).isEqualTo(1);
    }

    private TakenProxy known(ProxyKey key) throws Exception {
        StoredProxy stored = find(key);
        return new TakenProxy(stored.id(), key, stored.health());
    }

    protected static HealthChange change(TakenProxy taken, Health after) {
        return new HealthChange(taken.id(), taken.key(), taken.health().version(), after, List.of());
    }

    private static HealthChange spoke(TakenProxy taken, Scheme... schemes) {
        return new HealthChange(
                taken.id(), taken.key(), taken.health().version(), alive(taken, NOW + 10), List.of(schemes));
    }

    protected static Health alive(TakenProxy taken, long at) {
        return new Health(
                true,
                true,
                Verified.FULL,
                Capability.HTTP.bit(),
                Anonymity.ELITE,
                Tampering.NONE,
                "192.0.2.200",
                Tier.ACTIVE,
                RiskCategory.LOW,
                7,
                at + 300_000,
                300_000,
                at,
                at,
                at,
                1,
                80.5,
                0,
                taken.health().checks() + 1,
                taken.health().successes() + 1,
                0,
                FailureReason.NONE,
                taken.health().version() + 1);
    }

    protected static Health dead(TakenProxy taken, long at, boolean active) {
        return new Health(
                false,
                active,
                Verified.NONE,
                0,
                Anonymity.UNKNOWN,
                Tampering.NONE,
                null,
                Tier.INACTIVE,
                RiskCategory.DEAD,
                2,
                at + 600_000,
                600_000,
                at,
                at,
                0,
                0,
                Double.NaN,
                active ? 1 : 5,
                taken.health().checks() + 1,
                0,
                0,
                FailureReason.REFUSED,
                taken.health().version() + 1);
    }

    /** With something in every place, a false certificate among it. */
    protected final Health rich(TakenProxy taken) {
        return new Health(
                true,
                true,
                Verified.FULL,
                3,
                Anonymity.ELITE,
                Anonymity.ANONYMOUS,
                Tampering.CERTIFICATE,
                new Health.Probation(NOW - 7_000_000_000L, NOW - 1, 9),
                "2001:db8::7",
                Rotation.SETTLING,
                Tier.AT_RISK,
                TierReason.FIRST_FAILURE,
                NOW - 2,
                RiskCategory.HIGH,
                10,
                NOW + 1,
                2,
                NOW + 3,
                NOW + 4,
                NOW + 5,
                0.1 + 0.2,
                123.456789012345,
                spread(255),
                new Health.Deep(NOW + 6, 0.95, 17.25),
                6,
                7_000_000_000L,
                8_000_000_000L,
                9_000_000_000L,
                FailureReason.JUDGE_MISMATCH,
                taken.health().version() + 1);
    }

    private static Health withVersion(Health fresh, int version) {
        return new Health(
                fresh.alive(),
                fresh.active(),
                fresh.verified(),
                fresh.capabilities(),
                fresh.anonymity(),
                fresh.tampering(),
                fresh.exitAddress(),
                fresh.tier(),
                fresh.risk(),
                fresh.priority(),
                fresh.nextCheckAtMillis(),
                fresh.checkEveryMillis(),
                fresh.stateSinceMillis(),
                fresh.lastCheckedAtMillis(),
                fresh.lastAliveAtMillis(),
                fresh.successRate(),
                fresh.latencyMillis(),
                fresh.consecutiveFailures(),
                fresh.checks(),
                fresh.successes(),
                fresh.uses(),
                fresh.lastReason(),
                version);
    }

    protected static <T> T await(Future<T> future) throws Exception {
        try {
            return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }

    /** The failure of a future that must fail as the contract says. */
    protected static StoreException failure(Future<?> future) throws TimeoutException, InterruptedException {
        try {
            Object result = future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
            throw new AssertionError("did not fail, but gave " + result);
        } catch (ExecutionException e) {
            assertThat(e.getCause()).isInstanceOf(StoreException.class);
            return (StoreException) requireNonNull(e.getCause());
        }
    }
}
