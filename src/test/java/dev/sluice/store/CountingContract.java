package dev.sluice.store;

import static dev.sluice.store.ProxyStoreContract.NOW;
import static dev.sluice.store.ProxyStoreContract.await;
import static dev.sluice.store.ProxyStoreContract.failure;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.port.Merge;
import dev.sluice.port.SourceFigures;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.StoredProxy;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What every store promises of counts in slices. */
interface CountingContract {
    /** The store of this test. */
    ProxyStore store();

    @Test
    default void anEmptyStoreIsCountedAtOnce() throws Exception {
        assertThat(await(store().counting().slice(0, 10))).isEqualTo(StoreSlice.NOTHING);
    }

    @Test
    default void aSliceHasItsBounds() throws Exception {
        for (int limit : new int[] {0, -1, 10_001}) {
            assertThat(failure(store().counting().slice(0, limit))).hasMessageContaining("limit: " + limit);
        }
    }

    @Test
    default void slicesFollowTheNumbersAndMissNothing() throws Exception {
        await(store().keep(ProxyStoreContract.batch("a", NOW, ProxyStoreContract.many(10)), Merge.UPDATE));

        List<Long> ends = new ArrayList<>();
        List<Long> totals = new ArrayList<>();
        for (StoreSlice slice = await(store().counting().slice(0, 4));
                !slice.last();
                slice = await(store().counting().slice(slice.lastId(), 4))) {
            ends.add(slice.lastId());
            totals.add(slice.stats().total());
        }

        List<Long> ids =
                await(store().page(0, 100)).stream().map(StoredProxy::id).toList();
        assertThat(ends).containsExactly(ids.get(3), ids.get(7), ids.get(9));
        assertThat(totals).containsExactly(4L, 4L, 2L);
    }

    @Test
    default void whoListedWhatFirstIsNotForgottenWithItsListing() throws Exception {
        ProxyKey key = ProxyStoreContract.http(1);
        await(store().keep(ProxyStoreContract.batch("early", NOW, key), Merge.UPDATE));
        await(store().keep(ProxyStoreContract.batch("late", NOW + 1, key), Merge.UPDATE));
        await(store().endListing("early", NOW + 2));
        check(true);

        Map<String, SourceFigures.Of> bySource = await(store().stats()).bySource();

        assertThat(bySource.get("early")).isEqualTo(new SourceFigures.Of(0, 0, 0, 0, 0, 0, 1, 0, 0));
        assertThat(bySource.get("late")).isEqualTo(new SourceFigures.Of(1, 1, 1, 1, 1, 1, 0, 1, 1));
    }

    @Test
    default void figuresAreThoseOfCountingOneByOne() throws Exception {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        Map<ProxyKey, Map<String, Long>> first = new HashMap<>();
        Map<ProxyKey, Map<String, Long>> listed = new HashMap<>();
        ProxyKey[] keys = ProxyStoreContract.many(60);
        for (int step = 0; step < 25; step++) {
            String source = "s" + random.nextInt(5);
            long at = NOW + step;
            Set<ProxyKey> some = new HashSet<>();
            for (int i = random.nextInt(30); i >= 0; i--) {
                some.add(keys[random.nextInt(keys.length)]);
            }
            await(store().keep(ProxyStoreContract.batch(source, at, some.toArray(ProxyKey[]::new)), Merge.UPDATE));
            for (ProxyKey key : some) {
                first.computeIfAbsent(key, k -> new HashMap<>()).putIfAbsent(source, at);
                listed.computeIfAbsent(key, k -> new HashMap<>()).put(source, at);
            }
            if (random.nextBoolean()) {
                await(store().endListing(source, at));
                listed.values().forEach(sources -> sources.computeIfPresent(source, (s, t) -> t < at ? null : t));
            }
            if (random.nextInt(3) == 0) {
                check(random.nextBoolean());
            }
        }

        Map<String, SourceFigures.Of> expected = new HashMap<>();
        for (StoredProxy entry : await(store().page(0, 1_000))) {
            Map<String, Long> finders = Objects.requireNonNull(first.get(entry.key()));
            finders.keySet()
                    .forEach(source -> expected.merge(
                            source,
                            figures(
                                    entry,
                                    source,
                                    finders,
                                    Objects.requireNonNull(listed.get(entry.key()))
                                            .keySet()),
                            SourceFigures.Of::plus));
        }
        expected.values().removeIf(SourceFigures.Of.NOTHING::equals);
        for (int limit : new int[] {1, 7, 1_000}) {
            StoreTally tally = new StoreTally();
            while (tally.add(await(store().counting().slice(tally.lastId(), limit)))) {}
            assertThat(tally.sum().bySource())
                    .as("seed %s, limit %s", seed, limit)
                    .isEqualTo(expected);
        }
    }

    private static SourceFigures.Of figures(
            StoredProxy entry, String source, Map<String, Long> finders, Set<String> lists) {
        boolean here = lists.contains(source);
        boolean alive = entry.health().alive();
        boolean alone = here && lists.size() == 1;
        boolean foundFirst = Collections.min(finders.values()).equals(finders.get(source));
        return new SourceFigures.Of(
                one(here),
                one(here && alive),
                one(alone),
                one(alone && alive),
                one(here && entry.health().lastCheckedAtMillis() > 0),
                one(here && entry.health().lastAliveAtMillis() > 0),
                one(foundFirst && alive),
                here ? entry.health().checks() : 0,
                here ? entry.health().successes() : 0);
    }

    private static long one(boolean holds) {
        return holds ? 1 : 0;
    }

    /** Checks what is due, some of it at a time. */
    private void check(boolean alive) throws Exception {
        List<HealthChange> changes = new ArrayList<>();
        for (TakenProxy taken : await(store().takeDue(NOW + 1_000, 1, 10, 12, 1_000))) {
            changes.add(ProxyStoreContract.change(
                    taken,
                    alive
                            ? ProxyStoreContract.alive(taken, NOW + 500)
                            : ProxyStoreContract.dead(taken, NOW + 500, true)));
        }
        await(store().write(changes));
    }
}
