package dev.sluice.store;

import static dev.sluice.store.ProxyStoreContract.LEASE;
import static dev.sluice.store.ProxyStoreContract.NOW;
import static dev.sluice.store.ProxyStoreContract.alive;
import static dev.sluice.store.ProxyStoreContract.await;
import static dev.sluice.store.ProxyStoreContract.batch;
import static dev.sluice.store.ProxyStoreContract.change;
import static dev.sluice.store.ProxyStoreContract.dead;
import static dev.sluice.store.ProxyStoreContract.failure;
import static dev.sluice.store.ProxyStoreContract.http;
import static dev.sluice.store.ProxyStoreContract.many;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.port.Merge;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.StoredProxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** What every store promises of entries asked for by number, of those that cannot wait, and of those that turned. */
interface ProxyLookupsContract {
    /** The store of this test. */
    ProxyStore store();

    // by number

    @Test
    default void entriesComeByNumberArchivedOrNot() throws Exception {
        List<Long> ids = keep(NOW, http(1), http(2), http(3));
        writeDead(http(2), NOW);
        assertThat(await(store().archive(NOW, 10))).isEqualTo(1);

        List<StoredProxy> found =
                await(store().get(List.of(ids.get(2), 987_654_321L, ids.get(1), ids.get(1), ids.get(0))));

        assertThat(found).containsExactly(find(http(1)), find(http(2)), find(http(3)));
        assertThat(found).extracting(StoredProxy::archived).containsExactly(false, true, false);
        assertThat(found.get(0).lists()).containsExactly("a");
    }

    @Test
    default void numbersNobodyHasFindNothing() throws Exception {
        assertThat(await(store().get(List.of(4_711L, -1L, 0L, Long.MAX_VALUE)))).isEmpty();
    }

    @Test
    default void oneToAThousandAreAskedForAtOnce() throws Exception {
        List<Long> ids = keep(NOW, many(1_001));

        assertThat(await(store().get(ids.subList(0, 1_000)))).hasSize(1_000);
        StoreException tooMany = failure(store().get(ids));
        assertThat(tooMany.kind()).isEqualTo(StoreException.Kind.FAILED);
        assertThat(tooMany).hasMessageEndingWith("get: number of ids: 1001 (expected: 1..1000)");
        assertThat(failure(store().get(List.of()))).hasMessageEndingWith("number of ids: 0 (expected: 1..1000)");
    }

    // what cannot wait

    @Test
    default void whatIsExpeditedIsDueNowBeforeTheRest() throws Exception {
        List<Long> ids = keep(NOW, http(1), http(2), http(3));
        writeAlive(http(1), NOW);
        writeAlive(http(2), NOW);
        assertThat(take(NOW, 10)).containsExactly(ids.get(2));
        await(store().giveBack(ids));

        assertThat(await(store().expedite(List.of(ids.get(1), ids.get(1)), 10, NOW + 5)))
                .isEqualTo(1);

        assertThat(take(NOW + 4, 10)).containsExactly(ids.get(2));
        await(store().giveBack(ids));
        assertThat(take(NOW + 5, 10)).containsExactly(ids.get(1), ids.get(2));
    }

    @Test
    default void theNextChangeSetsPriorityAndTimeAgain() throws Exception {
        List<Long> ids = keep(NOW, http(1), http(2));
        await(store().expedite(ids.subList(0, 1), 1, NOW));
        assertThat(take(NOW, 10)).containsExactly(ids.get(1), ids.get(0));

        Health after = writeAlive(http(1), NOW + 10);
        writeAlive(http(2), NOW + 10);
        await(store().expedite(ids.subList(1, 2), after.priority() - 1, NOW + 20));

        assertThat(find(http(1)).health()).isEqualTo(after);
        assertThat(take(after.nextCheckAtMillis() - 1, 10)).containsExactly(ids.get(1));
        await(store().giveBack(ids));
        assertThat(take(after.nextCheckAtMillis(), 10)).containsExactly(ids.get(0), ids.get(1));
    }

    @Test
    default void whatIsGivenBackIsStillInHaste() throws Exception {
        List<Long> ids = keep(NOW, http(1), http(2));
        await(store().expedite(ids.subList(1, 2), 9, NOW));
        assertThat(take(NOW, 1)).containsExactly(ids.get(1));

        await(store().giveBack(ids));

        assertThat(take(NOW, 1)).containsExactly(ids.get(1));
    }

    @Test
    default void whatIsDueAlreadyKeepsItsPlaceAmongItsLike() throws Exception {
        List<Long> late = keep(NOW + 10, http(1));
        List<Long> early = keep(NOW, http(2));

        assertThat(await(store().expedite(late, 8, NOW + 20))).isEqualTo(1);
        assertThat(await(store().expedite(early, 8, NOW + 30))).isEqualTo(1);

        assertThat(take(NOW + 30, 10)).containsExactly(early.get(0), late.get(0));
    }

    @Test
    default void whatIsBeingCheckedIsLeftAlone() throws Exception {
        List<Long> ids = keep(NOW, http(1));
        TakenProxy taken = await(store().takeDue(NOW, 1, 10, 1, LEASE)).get(0);

        assertThat(await(store().expedite(ids, 10, NOW + LEASE - 1))).isZero();
        assertThat(take(NOW + LEASE - 1, 10)).isEmpty();
        assertThat(await(store().expedite(ids, 10, NOW + LEASE)))
                .as("its lease has passed")
                .isEqualTo(1);

        assertThat(await(store().write(List.of(change(taken, alive(taken, NOW + LEASE))))))
                .as("its version is as it was, so a late outcome counts")
                .isEqualTo(1);
        assertThat(take(NOW + LEASE + 1, 10)).isEmpty();
    }

    @Test
    default void whatIsArchivedOrUnknownIsLeftAlone() throws Exception {
        List<Long> ids = keep(NOW, http(1));
        writeDead(http(1), NOW);
        await(store().archive(NOW, 10));

        assertThat(await(store().expedite(List.of(ids.get(0), 4_711L), 10, NOW + 5)))
                .isZero();

        assertThat(take(Long.MAX_VALUE / 2, 10)).isEmpty();
    }

    @Test
    default void whatIsOutOfBoundsIsNotExpedited() throws Exception {
        List<Long> ids = keep(NOW, http(1));
        writeAlive(http(1), NOW);

        assertThat(failure(store().expedite(List.of(), 5, NOW)))
                .hasMessageEndingWith("expedite: number of ids: 0 (expected: 1..1000)");
        assertThat(failure(store().expedite(LongStream.range(0, 1_001).boxed().toList(), 5, NOW)))
                .hasMessageEndingWith("number of ids: 1001 (expected: 1..1000)");
        assertThat(failure(store().expedite(ids, 0, NOW))).hasMessageEndingWith("priority: 0 (expected: 1..10)");
        assertThat(failure(store().expedite(ids, 11, NOW))).hasMessageEndingWith("priority: 11 (expected: 1..10)");
        assertThat(take(NOW, 10)).isEmpty();
    }

    // what turned

    @Test
    default void whatTurnedIsFoundDeadOrAlive() throws Exception {
        List<Long> ids = keep(NOW, http(1), http(2), http(3), http(4));
        writeAlive(http(1), NOW);
        writeAlive(http(2), NOW + 10);
        writeAlive(http(3), NOW + 10);
        writeDead(http(3), NOW + 20);
        writeDead(http(4), NOW);

        assertThat(turned(NOW, 0, 10)).as("the fourth was never alive").isEqualTo(ids.subList(0, 3));
        assertThat(turned(NOW + 1, 0, 10)).isEqualTo(ids.subList(1, 3));
        assertThat(turned(NOW + 11, 0, 10)).containsExactly(ids.get(2));
        assertThat(turned(NOW + 20, 0, 10)).containsExactly(ids.get(2));
        assertThat(turned(NOW + 21, 0, 10)).isEmpty();
        assertThat(await(store().turnedSince(NOW, 0, 10))).containsExactly(find(http(1)), find(http(2)), find(http(3)));
    }

    @Test
    default void whatTurnedStaysFoundInTheArchive() throws Exception {
        List<Long> ids = keep(NOW, http(1));
        writeAlive(http(1), NOW + 10);
        writeDead(http(1), NOW + 20);
        await(store().archive(NOW + 20, 10));

        List<StoredProxy> turned = await(store().turnedSince(NOW + 20, 0, 10));

        assertThat(turned).extracting(StoredProxy::id).isEqualTo(ids);
        assertThat(turned.get(0).archived()).isTrue();
    }

    @Test
    default void whatWasReplacedMayHaveBeenAlive() throws Exception {
        List<Long> ids = keep(NOW, http(1));
        writeAlive(http(1), NOW + 10);

        await(store().keep(batch("a", NOW + 20, http(1)), Merge.REPLACE));
        assertThat(turned(NOW + 20, 0, 10)).isEqualTo(ids);

        TakenProxy taken = await(store().takeDue(NOW + 20, 1, 10, 1, LEASE)).get(0);
        await(store().write(List.of(change(taken, dead(taken, NOW + 20, true)))));
        assertThat(turned(NOW + 20, 0, 10)).as("found dead at once").isEqualTo(ids);
    }

    @Test
    default void whatTurnedComesInPagesById() throws Exception {
        List<Long> ids = keep(NOW, many(25));
        List<HealthChange> changes = new ArrayList<>();
        for (TakenProxy taken : await(store().takeDue(NOW, 1, 10, 25, LEASE))) {
            // later ones turned earlier, so that the order of time is not that of numbers
            changes.add(change(taken, alive(taken, NOW + 1_000 - taken.id())));
        }
        await(store().write(changes));

        List<Long> found = new ArrayList<>();
        List<Long> page = turned(NOW, 0, 7);
        while (!page.isEmpty()) {
            assertThat(page).hasSizeLessThanOrEqualTo(7);
            found.addAll(page);
            page = turned(NOW, page.get(page.size() - 1), 7);
        }

        assertThat(found).isEqualTo(ids);
    }

    @Test
    default void pagesOfWhatTurnedAreBounded() throws Exception {
        assertThat(turned(0, 0, 10_000)).isEmpty();
        assertThat(turned(Long.MIN_VALUE, Long.MIN_VALUE, 1)).isEmpty();
        assertThat(failure(store().turnedSince(0, 0, 0))).hasMessageEndingWith("limit: 0 (expected: 1..10000)");
        assertThat(failure(store().turnedSince(0, 0, 10_001)))
                .hasMessageEndingWith("turnedSince: limit: 10001 (expected: 1..10000)");
    }

    // everything

    @Test
    default void everythingComesPageByPage() throws Exception {
        List<Long> ids = keep(NOW, many(25));
        writeDead(http(2), NOW);
        assertThat(await(store().archive(NOW, 10))).isEqualTo(1);
        writeAlive(http(3), NOW + 1);

        List<StoredProxy> found = new ArrayList<>();
        List<StoredProxy> page = await(store().page(0, 7));
        while (!page.isEmpty()) {
            assertThat(page).hasSizeLessThanOrEqualTo(7);
            found.addAll(page);
            page = await(store().page(page.get(page.size() - 1).id(), 7));
        }

        assertThat(found).extracting(StoredProxy::id).isEqualTo(ids);
        assertThat(found).contains(find(http(1)), find(http(2)), find(http(3)));
        assertThat(found).filteredOn(StoredProxy::archived).hasSize(1);
        assertThat(found).filteredOn(stored -> stored.health().alive()).hasSize(1);
        assertThat(failure(store().page(0, 0))).hasMessageEndingWith("page: limit: 0 (expected: 1..10000)");
        assertThat(failure(store().page(0, 10_001))).hasMessageEndingWith("page: limit: 10001 (expected: 1..10000)");
    }

    // for the tests

    /** Their numbers, in order. */
    private List<Long> keep(long at, ProxyKey... keys) throws Exception {
        await(store().keep(batch("a", at, keys), Merge.UPDATE));
        List<Long> ids = new ArrayList<>();
        for (ProxyKey key : Arrays.asList(keys)) {
            ids.add(find(key).id());
        }
        assertThat(ids).isSorted();
        return ids;
    }

    private StoredProxy find(ProxyKey key) throws Exception {
        return await(store().find(key)).orElseThrow(() -> new AssertionError("not found: " + key.url()));
    }

    private List<Long> take(long now, int limit) throws Exception {
        return await(store().takeDue(now, 1, 10, limit, LEASE)).stream()
                .map(TakenProxy::id)
                .toList();
    }

    private List<Long> turned(long since, long after, int limit) throws Exception {
        return await(store().turnedSince(since, after, limit)).stream()
                .map(StoredProxy::id)
                .toList();
    }

    private Health writeAlive(ProxyKey key, long at) throws Exception {
        TakenProxy known = known(key);
        Health after = alive(known, at);
        assertThat(await(store().write(List.of(change(known, after))))).isEqualTo(1);
        return after;
    }

    private void writeDead(ProxyKey key, long at) throws Exception {
        TakenProxy known = known(key);
        assertThat(await(store().write(List.of(change(known, dead(known, at, true))))))
                .isEqualTo(1);
    }

    private TakenProxy known(ProxyKey key) throws Exception {
        StoredProxy stored = find(key);
        return new TakenProxy(stored.id(), key, stored.health());
    }
}
