package dev.sluice.store;

import static dev.sluice.store.ProxyStoreContract.LEASE;
import static dev.sluice.store.ProxyStoreContract.NOW;
import static dev.sluice.store.ProxyStoreContract.await;
import static dev.sluice.store.ProxyStoreContract.batch;
import static dev.sluice.store.ProxyStoreContract.change;
import static dev.sluice.store.ProxyStoreContract.failure;
import static dev.sluice.store.ProxyStoreContract.http;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.message.Candidate;
import dev.sluice.message.CandidatesFound;
import dev.sluice.port.GeoCache;
import dev.sluice.port.Merge;
import dev.sluice.proxy.Anonymity;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.Location;
import dev.sluice.proxy.ManualOverride;
import dev.sluice.proxy.NetworkType;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.RiskCategory;
import dev.sluice.proxy.StoredProxy;
import dev.sluice.proxy.Tampering;
import dev.sluice.proxy.Tier;
import dev.sluice.proxy.Verified;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What every store promises of places: where entries and their exits are, and what is kept of answers. */
interface LocationsContract {
    Location BERN = new Location("EU", "CH", "Bern", 559, "SWITCH \\0", NetworkType.RESIDENTIAL, "city");
    Location TOKYO = new Location("AS", "JP", null, 0, null, null, "country");
    Location NETWORK_ONLY = new Location(null, null, null, 64_500, "Somebody", NetworkType.DATACENTER, null);

    /** The store of this test. */
    ProxyStore store();

    /** Closes the store and opens it anew. */
    void reopen() throws Exception;

    // where entries are

    @Test
    default void whereAnEntryAndItsExitAreComesBackHoweverItIsAskedFor() throws Exception {
        StoredProxy known = checked(http(1));
        String exit = exitOf(known);

        assertThat(await(store().locate(List.of(new Located(known.id(), BERN, exit, TOKYO)), NOW)))
                .isEqualTo(1);
        reopen();

        StoredProxy now = find(http(1));
        assertThat(now.location()).isEqualTo(BERN);
        assertThat(now.exit()).isEqualTo(TOKYO);
        assertThat(now.health()).isEqualTo(known.health());
        assertThat(await(store().get(List.of(known.id())))).containsExactly(now);
        assertThat(await(store().alive(0, 10))).containsExactly(now);
        assertThat(await(store().page(0, 10))).containsExactly(now);
        assertThat(await(store().turnedSince(0, 0, 10))).containsExactly(now);
    }

    @Test
    default void severalEntriesAtOneAddressAreLocatedEach() throws Exception {
        StoredProxy first = keep(http(1));
        StoredProxy second = keep(http(2));

        assertThat(await(store().locate(
                                List.of(
                                        new Located(first.id(), BERN, null, null),
                                        new Located(second.id(), BERN, null, null),
                                        new Located(4_711, BERN, null, null)),
                                NOW)))
                .isEqualTo(2);

        assertThat(find(http(1)).location()).isEqualTo(BERN);
        assertThat(find(http(2)).location()).isEqualTo(BERN);
    }

    @Test
    default void whatIsFoundTakesThePlaceOfClaimsAndNeverTheOtherWayRound() throws Exception {
        claim(1, "FR");
        StoredProxy known = find(http(1));
        assertThat(known.location().origin()).isEqualTo("source");

        await(store().locate(List.of(new Located(known.id(), BERN, null, null)), NOW));
        claim(1, "DE");

        assertThat(find(http(1)).location()).isEqualTo(BERN);
        Location claimed = new Location(null, "FR", null, 0, null, "source");
        assertThatThrownBy(() -> new Located(1, claimed, null, null))
                .hasMessage("address: origin source (expected: one of what was looked up)");
        assertThatThrownBy(() -> new Located(1, null, "192.0.2.9", claimed)).hasMessageStartingWith("exit: origin");
        assertThatThrownBy(() -> new Located(1, null, null, BERN)).hasMessageStartingWith("exit: a location without");
    }

    @Test
    default void whatTellsNoCountryAddsToWhatIsKnown() throws Exception {
        claim(1, "FR");
        long claimed = find(http(1)).id();
        StoredProxy found = checked(http(2));
        String exit = exitOf(found);
        await(store().locate(List.of(new Located(found.id(), TOKYO, exit, TOKYO)), NOW));

        await(store().locate(
                        List.of(
                                new Located(claimed, NETWORK_ONLY, null, null),
                                new Located(found.id(), NETWORK_ONLY, exit, NETWORK_ONLY)),
                        NOW + 1));

        assertThat(find(http(1)).location())
                .isEqualTo(new Location(null, "FR", null, 64_500, "Somebody", NetworkType.DATACENTER, "source"));
        Location both = new Location("AS", "JP", null, 64_500, "Somebody", NetworkType.DATACENTER, "country");
        assertThat(find(http(2)).location()).isEqualTo(both);
        assertThat(find(http(2)).exit()).isEqualTo(both);
        await(store().locate(List.of(new Located(found.id(), BERN, exit, BERN)), NOW + 2));
        assertThat(find(http(2)).location()).isEqualTo(BERN);
        assertThat(find(http(2)).exit()).isEqualTo(BERN);
    }

    @Test
    default void whatIsKnownAlreadyIsNotWritten() throws Exception {
        StoredProxy known = checked(http(1));
        Located located = new Located(known.id(), BERN, exitOf(known), NETWORK_ONLY);
        await(store().locate(List.of(located), NOW));

        assertThat(await(store().locate(List.of(located), NOW + 1))).isZero();
        assertThat(await(store().locate(List.of(new Located(known.id(), null, null, null)), NOW + 1)))
                .isZero();
        assertThat(await(store().locate(List.of(), NOW))).isZero();
        assertThat(failure(store().locate(Collections.nCopies(1_001, located), NOW)))
                .hasMessageEndingWith("locate: number of entries: 1001 (expected: 0..1000)");
    }

    @Test
    default void anExitIsLocatedOnlyWhileItIsTheOneThatWasLookedUp() throws Exception {
        StoredProxy known = checked(http(1));

        await(store().locate(List.of(new Located(known.id(), BERN, "192.0.2.99", TOKYO)), NOW));
        assertThat(find(http(1)).exit()).isEqualTo(Location.UNKNOWN);
        assertThat(find(http(1)).location()).isEqualTo(BERN);

        await(store().locate(List.of(new Located(known.id(), null, exitOf(known), TOKYO)), NOW));
        assertThat(find(http(1)).exit()).isEqualTo(TOKYO);

        write(find(http(1)), "198.51.100.7");
        assertThat(find(http(1)).exit()).as("of another address").isEqualTo(Location.UNKNOWN);
        await(store().locate(List.of(new Located(known.id(), null, "198.51.100.7", NETWORK_ONLY)), NOW));
        assertThat(find(http(1)).exit()).as("nothing of the old one").isEqualTo(NETWORK_ONLY);

        await(store().keep(batch("b", NOW + 1, http(1)), Merge.REPLACE));
        assertThat(find(http(1)).exit()).isEqualTo(Location.UNKNOWN);
        assertThat(find(http(1)).location()).isEqualTo(BERN);
    }

    @Test
    default void whatIsLocatedIsCounted() throws Exception {
        claim(1, "FR");
        long second = keep(http(2)).id();
        long third = keep(http(3)).id();
        await(store().locate(
                        List.of(new Located(second, TOKYO, null, null), new Located(third, NETWORK_ONLY, null, null)),
                        NOW));

        assertThat(await(store().stats()).located()).isEqualTo(1);
    }

    // what is ordered

    @Test
    default void typeAndTagsOfAnOrderComeBack() throws Exception {
        StoredProxy before = keep(http(1));
        List<ManualOverride> orders = List.of(
                new ManualOverride(null, 0, null, NetworkType.MOBILE, List.of(), Long.MAX_VALUE),
                new ManualOverride(null, 0, null, null, List.of("b", "a.1-x_y"), NOW + 5),
                new ManualOverride(Tier.AT_RISK, 2, true, NetworkType.DATACENTER, List.of("a"), 1),
                new ManualOverride(
                        null,
                        0,
                        null,
                        null,
                        IntStream.range(0, ManualOverride.MAX_TAGS)
                                .mapToObj(i -> "t" + i + "x".repeat(40))
                                .toList(),
                        Long.MAX_VALUE));
        for (ManualOverride order : orders) {
            await(store().override(before.id(), order));
            assertThat(find(http(1)).override()).isEqualTo(order);
        }
        reopen();
        assertThat(find(http(1)).override()).isEqualTo(orders.get(orders.size() - 1));
        assertThat(await(store().takeDue(NOW, 1, 10, 10, LEASE)).get(0).override())
                .isEqualTo(orders.get(orders.size() - 1));

        await(store().override(before.id(), null));
        assertThat(find(http(1))).isEqualTo(before);
    }

    // what is kept of answers

    @Test
    default void answersAreKeptUntilTheyExpire() throws Exception {
        GeoCache cache = store().geoCache();
        await(cache.put(Map.of("192.0.2.1", BERN, "2001:db8::1", TOKYO), NOW, NOW + 10));
        await(cache.put(Map.of("192.0.2.2", Location.UNKNOWN), NOW, NOW + 20));
        List<String> all = List.of("192.0.2.1", "2001:db8::1", "192.0.2.2", "192.0.2.3", "192.0.2.3");

        assertThat(await(cache.get(all, NOW + 9)))
                .containsOnly(
                        Map.entry("192.0.2.1", BERN),
                        Map.entry("2001:db8::1", TOKYO),
                        Map.entry("192.0.2.2", Location.UNKNOWN));
        assertThat(await(cache.get(all, NOW + 10))).containsOnlyKeys("192.0.2.2");
        assertThat(await(cache.stats(NOW + 10))).isEqualTo(new GeoCache.Stats(3, 2, 4, 4));

        reopen();
        assertThat(await(store().geoCache().get(all, NOW))).hasSize(3);
    }

    @Test
    default void aLaterAnswerTakesThePlaceOfAnEarlierOne() throws Exception {
        GeoCache cache = store().geoCache();
        await(cache.put(Map.of("192.0.2.1", BERN), NOW, NOW + 10));

        await(cache.put(Map.of("192.0.2.1", TOKYO), NOW + 1, NOW + 5));

        assertThat(await(cache.get(List.of("192.0.2.1"), NOW + 4))).containsEntry("192.0.2.1", TOKYO);
        assertThat(await(cache.get(List.of("192.0.2.1"), NOW + 5))).isEmpty();
        assertThat(await(cache.stats(NOW)).entries()).isEqualTo(1);
    }

    @Test
    default void whatHasExpiredIsForgottenTheOldestFirst() throws Exception {
        GeoCache cache = store().geoCache();
        for (int i = 1; i <= 4; i++) {
            await(cache.put(Map.of("192.0.2." + i, BERN), NOW, NOW + i));
        }

        assertThat(await(cache.expire(NOW + 3, 2))).isEqualTo(2);
        assertThat(await(cache.get(List.of("192.0.2.2", "192.0.2.3"), NOW))).containsOnlyKeys("192.0.2.3");
        assertThat(await(cache.expire(NOW + 3, 2))).isEqualTo(1);
        assertThat(await(cache.expire(NOW + 3, 2))).isZero();
        assertThat(await(cache.stats(NOW)).entries()).isEqualTo(1);
        assertThat(failure(cache.expire(NOW, 0))).hasMessageEndingWith("limit: 0 (expected: 1..10000)");
    }

    @Test
    default void noMoreThanAThousandAddressesGoAtOnce() throws Exception {
        GeoCache cache = store().geoCache();
        List<String> many = IntStream.range(0, 1_001).mapToObj(i -> "a" + i).toList();

        assertThat(await(cache.get(many.subList(0, 1_000), NOW))).isEmpty();
        assertThat(await(cache.get(List.of(), NOW))).isEmpty();
        await(cache.put(Map.of(), NOW, NOW + 1));
        assertThat(failure(cache.get(many, NOW))).hasMessageEndingWith("number of addresses: 1001 (expected: 0..1000)");
    }

    // for the tests

    private void claim(int port, String country) throws Exception {
        await(store().keep(
                        new CandidatesFound("a", NOW, List.of(new Candidate(http(port), 0, country))), Merge.UPDATE));
    }

    private StoredProxy keep(ProxyKey key) throws Exception {
        await(store().keep(batch("a", NOW, key), Merge.UPDATE));
        return find(key);
    }

    private StoredProxy checked(ProxyKey key) throws Exception {
        return write(keep(key), "192.0.2.9");
    }

    private StoredProxy write(StoredProxy known, String exitAddress) throws Exception {
        TakenProxy taken = new TakenProxy(known.id(), known.key(), known.health());
        assertThat(await(store().write(List.of(change(taken, alive(taken, exitAddress))))))
                .isEqualTo(1);
        return find(known.key());
    }

    private static Health alive(TakenProxy taken, String exitAddress) {
        return new Health(
                true,
                true,
                Verified.FULL,
                1,
                Anonymity.ELITE,
                Tampering.NONE,
                exitAddress,
                Tier.ACTIVE,
                RiskCategory.LOW,
                7,
                NOW + 300_000,
                300_000,
                NOW,
                NOW,
                NOW,
                1,
                80.5,
                0,
                taken.health().checks() + 1,
                taken.health().successes() + 1,
                0,
                FailureReason.NONE,
                taken.health().version() + 1);
    }

    private static String exitOf(StoredProxy known) {
        String exit = known.health().exitAddress();
        if (exit == null) {
            throw new AssertionError("no exit address: " + known);
        }
        return exit;
    }

    private StoredProxy find(ProxyKey key) throws Exception {
        return await(store().find(key)).orElseThrow(() -> new AssertionError("not found: " + key.url()));
    }
}
