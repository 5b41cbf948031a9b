package dev.sluice.store;

import static dev.sluice.store.ProxySearchContract.EVERYTHING;
import static dev.sluice.store.ProxySearchContract.after;
import static dev.sluice.store.ProxySearchContract.checks;
import static dev.sluice.store.ProxySearchContract.place;
import static dev.sluice.store.ProxyStoreContract.NOW;
import static dev.sluice.store.ProxyStoreContract.await;
import static dev.sluice.store.ProxyStoreContract.batch;
import static dev.sluice.store.ProxyStoreContract.many;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.message.CandidatesFound;
import dev.sluice.port.Merge;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.StoredProxy;
import dev.sluice.store.ProxyQuery.Order;
import dev.sluice.store.ProxyQuery.Position;
import dev.sluice.store.ProxyQuery.State;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What stores promise that search along indexes. */
interface IndexedSearchContract {
    /** The store of this test. */
    ProxyStore store();

    /** Runs a statement beside the store, which may be open. */
    void sql(String statement) throws Exception;

    @Test
    default void aSearchLooksAtSoManyEntriesAndGoesOnFromThere() throws Exception {
        ProxyKey[] keys = many(4_400);
        for (int from = 0; from < keys.length; from += CandidatesFound.MAX_BATCH) {
            int to = Math.min(keys.length, from + CandidatesFound.MAX_BATCH);
            await(store().keep(batch("a", NOW, Arrays.copyOfRange(keys, from, to)), Merge.UPDATE));
        }
        long last = await(store().page(4_399, 1)).get(0).id();
        sql("UPDATE proxy SET checks = 5 WHERE id = " + last);
        ProxyQuery rare = checks(EVERYTHING, 5);

        ProxySearch.Found first = await(store().search().search(rare));
        assertThat(first.proxies()).isEmpty();
        assertThat(first.cut()).isTrue();
        assertThat(first.next()).isEqualTo(new Position(2_000, 2_000));
        ProxySearch.Found second = await(store().search().search(after(rare, first.next())));
        assertThat(second.next()).isEqualTo(new Position(4_000, 4_000));
        ProxySearch.Found third = await(store().search().search(after(rare, second.next())));
        assertThat(third.proxies()).extracting(StoredProxy::id).containsExactly(last);
        assertThat(third.cut()).isFalse();
        assertThat(third.next()).isNull();

        // And from the end.
        sql("UPDATE proxy SET checks = 6 WHERE id = 1");
        ProxyQuery backwards = new ProxyQuery(
                State.ALL, Order.ID, true, Set.of(), null, 0, Set.of(), Set.of(), null, List.of(), 0, 6, 6, null, 100);
        ProxySearch.Found top = await(store().search().search(backwards));
        assertThat(top.next()).isEqualTo(new Position(2_401, 2_401));
        ProxySearch.Found middle = await(store().search().search(after(backwards, top.next())));
        assertThat(middle.next()).isEqualTo(new Position(401, 401));
        ProxySearch.Found bottom = await(store().search().search(after(backwards, middle.next())));
        assertThat(bottom.proxies()).extracting(StoredProxy::id).containsExactly(1L);
        assertThat(bottom.next()).isNull();

        // The same by way of a filter: of two that match much, the one that reaches farther is walked along.
        sql("UPDATE proxy SET country = 'DE', asn = CASE WHEN id % 2 = 0 THEN 7 ELSE 8 END");
        ProxyQuery placed = place(rare, "DE", last % 2 == 0 ? 7 : 8);
        ProxySearch.Found half = await(store().search().search(placed));
        assertThat(half.cut()).isTrue();
        assertThat(Objects.requireNonNull(half.next()).id()).isBetween(3_999L, 4_000L);
        assertThat(await(store().search().search(after(placed, half.next()))).proxies())
                .extracting(StoredProxy::id)
                .containsExactly(last);

        // And where one is rare nothing is cut.
        sql("UPDATE proxy SET asn = 9 WHERE id = " + last);
        ProxySearch.Found direct = await(store().search().search(place(rare, "DE", 9)));
        assertThat(direct.proxies()).hasSize(1);
        assertThat(direct.next()).isNull();
    }
}
