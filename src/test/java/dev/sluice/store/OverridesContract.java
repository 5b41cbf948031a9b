package dev.sluice.store;

import static dev.sluice.store.ProxyStoreContract.LEASE;
import static dev.sluice.store.ProxyStoreContract.NOW;
import static dev.sluice.store.ProxyStoreContract.alive;
import static dev.sluice.store.ProxyStoreContract.await;
import static dev.sluice.store.ProxyStoreContract.batch;
import static dev.sluice.store.ProxyStoreContract.change;
import static dev.sluice.store.ProxyStoreContract.failure;
import static dev.sluice.store.ProxyStoreContract.http;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.port.Merge;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.ManualOverride;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.StoredProxy;
import dev.sluice.proxy.Tier;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What every store promises of what administrators order, and of checks that can wait. */
interface OverridesContract {
    /** The store of this test. */
    ProxyStore store();

    /** Closes the store and opens it anew. */
    void reopen() throws Exception;

    // what was ordered

    @Test
    default void whatWasOrderedComesBackWithTheEntryHoweverItIsAskedFor() throws Exception {
        StoredProxy before = keep(http(1));
        ManualOverride all = new ManualOverride(Tier.INACTIVE, 10, false, NOW + 5);

        assertThat(await(store().override(before.id(), all))).isTrue();

        assertThat(find(http(1))).isEqualTo(before.with(before.health(), all));
        assertThat(await(store().get(List.of(before.id())))).containsExactly(find(http(1)));
        assertThat(take(NOW)).containsExactly(new TakenProxy(before.id(), http(1), before.health(), all));
    }

    @Test
    default void eachPartOfAnOrderStandsAlone() throws Exception {
        long id = keep(http(1)).id();
        for (ManualOverride one : List.of(
                new ManualOverride(Tier.ACTIVE, 0, null, Long.MAX_VALUE),
                new ManualOverride(null, 1, null, 1),
                new ManualOverride(null, 0, true, Long.MAX_VALUE - 1),
                new ManualOverride(null, 0, false, NOW))) {
            await(store().override(id, one));
            assertThat(find(http(1)).override()).isEqualTo(one);
        }
    }

    @Test
    default void anOrderCanBeTakenBack() throws Exception {
        StoredProxy before = keep(http(1));
        await(store().override(before.id(), new ManualOverride(Tier.AT_RISK, 3, true, NOW + 5)));

        assertThat(await(store().override(before.id(), null))).isTrue();

        assertThat(find(http(1))).isEqualTo(before);
    }

    @Test
    default void nobodyIsOrderedAboutWhoIsNotThere() throws Exception {
        assertThat(await(store().override(4_711, new ManualOverride(null, 1, null, 1))))
                .isFalse();
        assertThat(await(store().override(4_711, null))).isFalse();
    }

    @Test
    default void newStatesAndNewListsLeaveOrdersAlone() throws Exception {
        StoredProxy before = keep(http(1));
        ManualOverride order = new ManualOverride(null, 7, null, Long.MAX_VALUE);
        await(store().override(before.id(), order));

        write(before);
        await(store().keep(batch("b", NOW + 1, http(1)), Merge.REPLACE));
        reopen();

        assertThat(find(http(1)).override()).isEqualTo(order);
    }

    // what can wait

    @Test
    default void whatIsDeferredIsDueLater() throws Exception {
        StoredProxy known = keep(http(1));

        assertThat(await(store().defer(List.of(deferral(known, NOW + 100)), NOW)))
                .isEqualTo(1);

        assertThat(take(NOW + 99)).isEmpty();
        assertThat(take(NOW + 100)).extracting(TakenProxy::id).containsExactly(known.id());
    }

    @Test
    default void whatHasChangedSinceItWasReadIsNotDeferred() throws Exception {
        StoredProxy known = keep(http(1));
        Health after = write(known);

        assertThat(await(store().defer(List.of(deferral(known, after.nextCheckAtMillis() + 100)), NOW)))
                .isZero();

        assertThat(take(after.nextCheckAtMillis())).hasSize(1);
    }

    @Test
    default void whatIsBeingCheckedIsNotDeferred() throws Exception {
        StoredProxy known = keep(http(1));
        assertThat(take(NOW)).hasSize(1);

        assertThat(await(store().defer(List.of(deferral(known, NOW + 100)), NOW + 1)))
                .isZero();

        assertThat(take(NOW + LEASE)).hasSize(1);
    }

    @Test
    default void aNewStateEndsADeferral() throws Exception {
        StoredProxy known = keep(http(1));
        await(store().defer(List.of(deferral(known, NOW + 1_000_000_000)), NOW));

        Health after = write(known);

        assertThat(take(after.nextCheckAtMillis())).hasSize(1);
    }

    @Test
    default void whatIsNotThereIsNotDeferredAndNeitherIsTooMuch() throws Exception {
        Deferral nobody = new Deferral(4_711, 0, 5, NOW);

        assertThat(await(store().defer(List.of(nobody), NOW))).isZero();
        assertThat(failure(store().defer(List.of(), NOW))).hasMessageEndingWith("number of ids: 0 (expected: 1..1000)");
        assertThat(failure(store().defer(new ArrayList<>(Collections.nCopies(1_001, nobody)), NOW)))
                .hasMessageEndingWith("defer: number of ids: 1001 (expected: 1..1000)");
    }

    // for the tests

    private static Deferral deferral(StoredProxy known, long at) {
        return new Deferral(known.id(), known.health().version(), known.health().priority(), at);
    }

    private StoredProxy keep(ProxyKey key) throws Exception {
        await(store().keep(batch("a", NOW, key), Merge.UPDATE));
        return find(key);
    }

    private StoredProxy find(ProxyKey key) throws Exception {
        return await(store().find(key)).orElseThrow(() -> new AssertionError("not found: " + key.url()));
    }

    private Health write(StoredProxy known) throws Exception {
        TakenProxy taken = new TakenProxy(known.id(), known.key(), known.health());
        Health after = alive(taken, NOW);
        assertThat(await(store().write(List.of(change(taken, after))))).isEqualTo(1);
        return after;
    }

    private List<TakenProxy> take(long now) throws Exception {
        return await(store().takeDue(now, 1, 10, 10, LEASE));
    }
}
