package dev.sluice.store;

import static dev.sluice.store.ProxyStoreContract.NOW;
import static dev.sluice.store.ProxyStoreContract.await;
import static dev.sluice.store.ProxyStoreContract.batch;
import static dev.sluice.store.ProxyStoreContract.failure;
import static dev.sluice.store.ProxyStoreContract.many;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.message.Candidate;
import dev.sluice.message.CandidatesFound;
import dev.sluice.port.Merge;
import dev.sluice.proxy.Anonymity;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.RiskCategory;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.StoredProxy;
import dev.sluice.proxy.Tampering;
import dev.sluice.proxy.Tier;
import dev.sluice.proxy.Verified;
import dev.sluice.store.ProxyQuery.Order;
import dev.sluice.store.ProxyQuery.Position;
import dev.sluice.store.ProxyQuery.State;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What every database promises of searches. */
interface ProxySearchContract {
    /** Everything there is. */
    ProxyQuery EVERYTHING = new ProxyQuery(
            State.ALL,
            Order.ID,
            false,
            Set.of(),
            null,
            0,
            Set.of(),
            Set.of(),
            null,
            List.of(),
            0,
            0,
            Long.MAX_VALUE,
            null,
            100);

    List<String> COUNTRIES = List.of("DE", "FR", "US");
    List<String> LISTS = List.of("a", "b", "back\\slash");
    int ENTRIES = 400;
    int QUERIES = 150;

    /** The store of this test. */
    ProxyStore store();

    /** Runs a statement beside the store, which may be open. */
    void sql(String statement) throws Exception;

    /** What a search has to find, looked at one by one. */
    static boolean matches(ProxyQuery query, StoredProxy stored) {
        Health health = stored.health();
        String country = query.country();
        String list = query.list();
        return query.state().holds(stored)
                && (query.schemes().isEmpty()
                        || query.schemes().contains(stored.key().scheme()))
                && (country == null || country.equals(stored.location().country()))
                && (query.asn() == 0 || query.asn() == stored.location().asn())
                && (query.tiers().isEmpty() || query.tiers().contains(health.tier()))
                && (query.reasons().isEmpty() || query.reasons().contains(health.lastReason()))
                && (list == null || stored.lists().contains(list))
                && (query.hosts().isEmpty()
                        || query.hosts().contains(stored.key().host()))
                && (query.port() == 0 || query.port() == stored.key().port())
                && health.checks() >= query.leastChecks()
                && health.checks() <= query.mostChecks();
    }

    @Test
    default void whatIsFoundIsWhatLookingAtEverythingFinds() throws Exception {
        long seed = System.nanoTime();
        System.out.println("whatIsFoundIsWhatLookingAtEverythingFinds: seed " + seed);
        Random random = new Random(seed);
        fill(random, ENTRIES);
        List<StoredProxy> all = await(store().page(0, 10_000));
        assertThat(all).hasSize(ENTRIES);
        int found = 0;
        for (int i = 0; i < QUERIES; i++) {
            ProxyQuery query = query(random);
            Comparator<StoredProxy> order = Comparator.comparingLong(
                            (StoredProxy stored) -> query.position(stored).value())
                    .thenComparingLong(StoredProxy::id);
            List<StoredProxy> expected = all.stream()
                    .filter(stored -> matches(query, stored))
                    .sorted(query.descending() ? order.reversed() : order)
                    .toList();
            assertThat(toTheEnd(query)).as("seed %d: %s", seed, query).isEqualTo(expected);
            found += expected.size();
        }
        assertThat(found).as("seed %d", seed).isGreaterThan(QUERIES);
    }

    @Test
    default void whatMatchesAllTheWhileIsToldOnceWhileOthersChange() throws Exception {
        long seed = System.nanoTime();
        System.out.println("whatMatchesAllTheWhileIsToldOnceWhileOthersChange: seed " + seed);
        Random random = new Random(seed);
        fill(random, ENTRIES);
        for (int i = 0; i < 10; i++) {
            ProxyQuery query = limited(query(random), 1 + random.nextInt(7));
            Map<Long, Position> unmoved = places(query);
            List<Long> told = new ArrayList<>();
            Position at = null;
            do {
                ProxySearch.Found page = await(store().search().search(after(query, at)));
                page.proxies().forEach(stored -> told.add(stored.id()));
                at = page.next();
                for (StoredProxy stored : await(store().page(random.nextInt(ENTRIES), 3))) {
                    change(random, stored);
                }
                unmoved.entrySet().retainAll(places(query).entrySet());
            } while (at != null);
            for (long id : unmoved.keySet()) {
                assertThat(Collections.frequency(told, id))
                        .as("seed %d: %d by %s", seed, id, query)
                        .isEqualTo(1);
            }
        }
    }

    /** Where everything stands that matches, by number. */
    private Map<Long, Position> places(ProxyQuery query) throws Exception {
        Map<Long, Position> places = new HashMap<>();
        for (StoredProxy stored : await(store().page(0, 10_000))) {
            if (matches(query, stored)) {
                places.put(stored.id(), query.position(stored));
            }
        }
        return places;
    }

    @Test
    default void aSearchLooksAtTenThousandEntriesAndGoesOnFromThere() throws Exception {
        ProxyKey[] keys = many(22_000);
        for (int from = 0; from < keys.length; from += CandidatesFound.MAX_BATCH) {
            int to = Math.min(keys.length, from + CandidatesFound.MAX_BATCH);
            await(store().keep(batch("a", NOW, Arrays.copyOfRange(keys, from, to)), Merge.UPDATE));
        }
        long last = await(store().page(21_999, 1)).get(0).id();
        sql("UPDATE proxy SET checks = 5 WHERE id = " + last);
        ProxyQuery rare = checks(EVERYTHING, 5);

        ProxySearch.Found first = await(store().search().search(rare));
        assertThat(first.proxies()).isEmpty();
        assertThat(first.cut()).isTrue();
        assertThat(first.next()).isEqualTo(new Position(10_000, 10_000));
        ProxySearch.Found second = await(store().search().search(after(rare, first.next())));
        assertThat(second.next()).isEqualTo(new Position(20_000, 20_000));
        ProxySearch.Found third = await(store().search().search(after(rare, second.next())));
        assertThat(third.proxies()).extracting(StoredProxy::id).containsExactly(last);
        assertThat(third.cut()).isFalse();
        assertThat(third.next()).isNull();

        // And from the end.
        sql("UPDATE proxy SET checks = 6 WHERE id = 1");
        ProxyQuery backwards = new ProxyQuery(
                State.ALL, Order.ID, true, Set.of(), null, 0, Set.of(), Set.of(), null, List.of(), 0, 6, 6, null, 100);
        ProxySearch.Found top = await(store().search().search(backwards));
        assertThat(top.next()).isEqualTo(new Position(12_001, 12_001));
        ProxySearch.Found middle = await(store().search().search(after(backwards, top.next())));
        assertThat(middle.next()).isEqualTo(new Position(2_001, 2_001));
        ProxySearch.Found bottom = await(store().search().search(after(backwards, middle.next())));
        assertThat(bottom.proxies()).extracting(StoredProxy::id).containsExactly(1L);
        assertThat(bottom.next()).isNull();

        // The same by way of a filter: of two that match much, the one that reaches farther is walked along.
        sql("UPDATE proxy SET country = 'DE', asn = CASE WHEN id % 2 = 0 THEN 7 ELSE 8 END");
        ProxyQuery placed = place(rare, "DE", last % 2 == 0 ? 7 : 8);
        ProxySearch.Found half = await(store().search().search(placed));
        assertThat(half.cut()).isTrue();
        assertThat(Objects.requireNonNull(half.next()).id()).isBetween(19_999L, 20_000L);
        assertThat(await(store().search().search(after(placed, half.next()))).proxies())
                .extracting(StoredProxy::id)
                .containsExactly(last);

        // And where one is rare nothing is cut.
        sql("UPDATE proxy SET asn = 9 WHERE id = " + last);
        ProxySearch.Found direct = await(store().search().search(place(rare, "DE", 9)));
        assertThat(direct.proxies()).hasSize(1);
        assertThat(direct.next()).isNull();
    }

    @Test
    default void manyPortsOfOneHostAreWalkedThroughInOrder() throws Exception {
        ProxyKey[] keys = many(12_000);
        for (int from = 0; from < keys.length; from += 4_000) {
            await(store().keep(batch("a", NOW, Arrays.copyOfRange(keys, from, from + 4_000)), Merge.UPDATE));
        }
        ProxyQuery host = hosts(EVERYTHING, List.of(keys[0].host()));
        assertThat(await(store().search().search(host)).proxies())
                .extracting(StoredProxy::id)
                .isSorted()
                .hasSize(100);
        assertThat(await(store().search().search(hosts(EVERYTHING, List.of("192.0.2.250"))))
                        .proxies())
                .isEmpty();
    }

    @Test
    default void aSearchFailsWhenTheStoreIsClosed() throws Exception {
        ProxySearch search = store().search();
        await(store().close());
        assertThat(failure(search.search(EVERYTHING)).kind()).isEqualTo(StoreException.Kind.UNAVAILABLE);
        reopen();
    }

    /** Closes the store, and opens it on what it holds. */
    void reopen() throws Exception;

    // for the tests

    private List<StoredProxy> toTheEnd(ProxyQuery query) throws Exception {
        List<StoredProxy> found = new ArrayList<>();
        Position at = null;
        do {
            ProxySearch.Found page = await(store().search().search(after(query, at)));
            assertThat(page.proxies()).hasSizeLessThanOrEqualTo(query.limit());
            found.addAll(page.proxies());
            at = page.next();
        } while (at != null);
        return found;
    }

    private void fill(Random random, int count) throws Exception {
        List<Candidate> candidates = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Scheme scheme = nth(List.of(Scheme.HTTP, Scheme.SOCKS5, Scheme.UNKNOWN), random);
            String country = random.nextInt(4) == 0 ? null : nth(COUNTRIES, random);
            candidates.add(
                    new Candidate(new ProxyKey(scheme, "192.0.2." + random.nextInt(20), 1 + i, null), 0, country));
        }
        for (String list : LISTS) {
            List<Candidate> some =
                    candidates.stream().filter(each -> random.nextInt(3) == 0).toList();
            await(store().keep(new CandidatesFound(list, NOW, some), Merge.UPDATE));
        }
        await(store().keep(new CandidatesFound("rest", NOW, candidates), Merge.UPDATE));
        for (StoredProxy stored : await(store().page(0, 10_000))) {
            change(random, stored);
        }
        sql("UPDATE proxy SET asn = 100 + port % 5 WHERE port % 3 > 0");
        await(store().archive(NOW + 100, count / 10));
    }

    private void change(Random random, StoredProxy stored) throws Exception {
        boolean judged = stored.health().judged() || random.nextInt(5) > 0;
        boolean alive = judged && random.nextInt(4) == 0;
        long at = NOW + random.nextInt(200);
        Health after = new Health(
                alive,
                true,
                Verified.FULL,
                1,
                Anonymity.ELITE,
                Tampering.NONE,
                null,
                judged ? nth(List.of(Tier.ACTIVE, Tier.AT_RISK, Tier.INACTIVE), random) : Tier.UNKNOWN,
                RiskCategory.LOW,
                5,
                NOW,
                1_000,
                at,
                judged ? at : 0,
                0,
                0.5,
                100,
                0,
                random.nextInt(6),
                0,
                0,
                alive ? FailureReason.NONE : nth(List.of(FailureReason.REFUSED, FailureReason.TIMEOUT), random),
                stored.health().version() + 1);
        await(store().write(List.of(
                new HealthChange(stored.id(), stored.key(), stored.health().version(), after, List.of()))));
    }

    private static ProxyQuery query(Random random) {
        State state = nth(List.of(State.values()), random);
        boolean byTime = state == State.DEAD && random.nextBoolean();
        List<String> hosts = new ArrayList<>();
        for (int i = random.nextInt(6) - 3; i > 0; i--) {
            hosts.add("192.0.2." + random.nextInt(20));
        }
        return new ProxyQuery(
                state,
                byTime ? Order.DEAD_SINCE : Order.ID,
                random.nextBoolean(),
                random.nextInt(3) > 0 ? Set.of() : Set.of(Scheme.HTTP, Scheme.UNKNOWN),
                random.nextInt(3) > 0 ? null : nth(COUNTRIES, random),
                random.nextInt(4) > 0 ? 0 : 100 + random.nextInt(5),
                random.nextInt(3) > 0 ? Set.of() : Set.of(nth(List.of(Tier.values()), random)),
                random.nextInt(3) > 0 ? Set.of() : Set.of(nth(List.of(FailureReason.values()), random)),
                random.nextInt(3) > 0 ? null : nth(LISTS, random),
                hosts,
                random.nextInt(8) > 0 ? 0 : 1 + random.nextInt(ENTRIES),
                random.nextInt(3) > 0 ? 0 : random.nextInt(4),
                random.nextInt(3) > 0 ? Long.MAX_VALUE : random.nextInt(6),
                null,
                1 + random.nextInt(60));
    }

    private static <T> T nth(List<T> values, Random random) {
        return values.get(random.nextInt(values.size()));
    }

    private static ProxyQuery after(ProxyQuery query, @Nullable Position after) {
        return with(query, query.country(), query.asn(), query.hosts(), query.leastChecks(), after, query.limit());
    }

    private static ProxyQuery limited(ProxyQuery query, int limit) {
        return with(query, query.country(), query.asn(), query.hosts(), query.leastChecks(), null, limit);
    }

    private static ProxyQuery checks(ProxyQuery query, long least) {
        return with(query, query.country(), query.asn(), query.hosts(), least, null, query.limit());
    }

    private static ProxyQuery place(ProxyQuery query, String country, long asn) {
        return with(query, country, asn, query.hosts(), query.leastChecks(), null, query.limit());
    }

    private static ProxyQuery hosts(ProxyQuery query, List<String> hosts) {
        return with(query, query.country(), query.asn(), hosts, query.leastChecks(), null, query.limit());
    }

    private static ProxyQuery with(
            ProxyQuery query,
            @Nullable String country,
            long asn,
            List<String> hosts,
            long leastChecks,
            @Nullable Position after,
            int limit) {
        return new ProxyQuery(
                query.state(),
                query.order(),
                query.descending(),
                query.schemes(),
                country,
                asn,
                query.tiers(),
                query.reasons(),
                query.list(),
                hosts,
                query.port(),
                leastChecks,
                query.mostChecks(),
                after,
                limit);
    }
}
