package dev.sluice.store;

import static dev.sluice.store.ProxyStoreContract.NOW;
import static dev.sluice.store.ProxyStoreContract.await;
import static dev.sluice.store.ProxyStoreContract.failure;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.port.KeyRecord;
import dev.sluice.port.KeyRecord.Role;
import io.vertx.core.Future;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.assertj.core.api.ListAssert;
import org.junit.jupiter.api.Test;

/** What every store promises of API keys. */
interface KeyRecordsContract {
    /** The store of this test. */
    ProxyStore store();

    /** Closes the store and opens it on what this test has stored so far. */
    void reopen() throws Exception;

    @Test
    default void aNewDatabaseHasNoKeys() throws Exception {
        assertThat(await(store().keys().all())).isEmpty();
    }

    @Test
    default void everyPartOfAKeyComesBackAsItWas() throws Exception {
        KeyRecord rich = new KeyRecord(
                "Key7",
                "Jürgen's 東京 🐟 '\";--\\0 \0",
                Set.of(Role.READ, Role.FEEDBACK, Role.ADMIN),
                true,
                hash(200),
                "pepper-1",
                Integer.MAX_VALUE,
                NOW,
                NOW + 1,
                NOW + 2,
                NOW + 3);
        KeyRecord poor = new KeyRecord("k", "x", Set.of(), false, new byte[32], "p", 0, NOW + 1, 0, 0, 0);

        await(store().keys().add(rich));
        await(store().keys().add(poor));

        assertThatKeys().containsExactly(rich, poor);
        reopen();
        assertThatKeys().containsExactly(rich, poor);
    }

    @Test
    default void everySetOfRolesCanBeKept() throws Exception {
        List<Set<Role>> sets = List.of(
                EnumSet.noneOf(Role.class),
                EnumSet.of(Role.READ),
                EnumSet.of(Role.FEEDBACK),
                EnumSet.of(Role.ADMIN),
                EnumSet.of(Role.READ, Role.FEEDBACK),
                EnumSet.of(Role.FEEDBACK, Role.ADMIN),
                EnumSet.allOf(Role.class));
        for (int i = 0; i < sets.size(); i++) {
            await(store().keys()
                    .add(new KeyRecord("k" + i, "x", sets.get(i), false, hash(i), "p", 0, NOW + i, 0, 0, 0)));
        }

        assertThat(await(store().keys().all())).extracting(KeyRecord::roles).isEqualTo(sets);
    }

    @Test
    default void theOldestComeFirst() throws Exception {
        for (KeyRecord key : List.of(key("c", NOW + 5), key("b", NOW), key("a", NOW + 9), key("B", NOW))) {
            await(store().keys().add(key));
        }

        assertThat(await(store().keys().all())).extracting(KeyRecord::id).containsExactly("B", "b", "c", "a");
    }

    @Test
    default void anIdIsTakenOnce() throws Exception {
        KeyRecord first = key("same", NOW);
        await(store().keys().add(first));

        StoreException failure = failure(
                store().keys().add(new KeyRecord("same", "hushed", Set.of(), false, hash(77), "p", 0, 1, 0, 0, 0)));

        assertThat(failure.kind()).isEqualTo(StoreException.Kind.FAILED);
        assertThat(failure).hasMessageEndingWith("adding a key: id: same (expected: one that is not taken)");
        assertThat(everything(failure))
                .doesNotContain("hushed")
                .doesNotContain(HexFormat.of().formatHex(hash(77)))
                .doesNotContain(Arrays.toString(hash(77)));
        assertThatKeys().containsExactly(first);
    }

    @Test
    default void ofSeveralWithOneIdAtTheSameTimeOneIsKept() throws Exception {
        List<Future<Void>> adds = IntStream.range(0, 20)
                .mapToObj(i -> store().keys().add(key("same", NOW + i)))
                .toList();
        for (Future<Void> add : adds) {
            await(add.otherwiseEmpty());
        }

        assertThat(adds).filteredOn(Future::succeeded).hasSize(1);
        assertThat(await(store().keys().all())).hasSize(1);
    }

    @Test
    default void whatIsNoKeyIsRefusedWithoutRepeatingIt() throws Exception {
        assertRefused(key("", NOW), "id: 0 characters (expected: 1..64 letters and digits)");
        assertRefused(key("slip.verysecretpart", NOW), "id: 19 characters (expected: 1..64 letters and digits)");
        assertRefused(key("k".repeat(65), NOW), "id: 65 characters (expected: 1..64 letters and digits)");
        assertRefused(labelled(""), "characters of the label: 0 (expected: 1..100)");
        assertRefused(labelled("verysecret".repeat(11)), "characters of the label: 110 (expected: 1..100)");
        assertRefused(
                new KeyRecord("k", "x", Set.of(), false, new byte[31], "p", 0, NOW, 0, 0, 0),
                "bytes of the hash: 31 (expected: 32)");
        assertRefused(
                new KeyRecord("k", "x", Set.of(), false, hash(1), "", 0, NOW, 0, 0, 0),
                "characters of the pepper's id: 0 (expected: 1..64)");
        assertRefused(
                new KeyRecord("k", "x", Set.of(), false, hash(1), "p", -1, NOW, 0, 0, 0),
                "requests a second: -1 (expected: 0..2147483647)");
        assertThat(await(store().keys().all())).isEmpty();

        KeyRecord longest = labelled("🐟".repeat(100));
        await(store().keys().add(longest));
        assertThatKeys().containsExactly(longest);
    }

    @Test
    default void aKeyIsRevokedOnce() throws Exception {
        KeyRecord key = key("k", NOW);
        await(store().keys().add(key));
        await(store().keys().add(key("other", NOW + 1)));

        assertThat(await(store().keys().revoke("k", NOW + 10))).isTrue();
        assertThat(await(store().keys().revoke("k", NOW + 20))).isFalse();
        assertThat(await(store().keys().revoke("nobody", NOW + 20))).isFalse();

        assertThat(await(store().keys().all()))
                .extracting(KeyRecord::revokedAtMillis)
                .containsExactly(NOW + 10, 0L);
    }

    @Test
    default void ofSeveralRevocationsAtTheSameTimeOneCounts() throws Exception {
        await(store().keys().add(key("k", NOW)));

        List<Future<Boolean>> revocations = IntStream.range(1, 20)
                .mapToObj(i -> store().keys().revoke("k", NOW + i))
                .toList();
        await(Future.all(revocations));

        assertThat(revocations).filteredOn(Future::result).hasSize(1);
    }

    @Test
    default void aRevocationHasATime() throws Exception {
        await(store().keys().add(key("k", NOW)));

        assertThat(failure(store().keys().revoke("k", 0)))
                .hasMessageContaining("revoking a key: time: 0 (expected: 1..");

        assertThat(await(store().keys().all()))
                .extracting(KeyRecord::revokedAtMillis)
                .containsExactly(0L);
    }

    @Test
    default void theLatestUseCounts() throws Exception {
        await(store().keys().add(key("a", NOW)));
        await(store().keys().add(key("b", NOW + 1)));

        await(store().keys().used(Map.of("a", NOW + 50, "nobody", NOW + 50)));
        assertThat(lastUsed()).containsExactly(NOW + 50, 0L);
        await(store().keys().used(Map.of("a", NOW + 40, "b", NOW + 60)));
        assertThat(lastUsed()).containsExactly(NOW + 50, NOW + 60);
        await(store().keys().used(Map.of()));
        assertThat(await(store().keys().revoke("a", NOW + 70))).isTrue();
        await(store().keys().used(Map.of("a", NOW + 80)));

        reopen();
        assertThat(lastUsed()).containsExactly(NOW + 80, NOW + 60);
        assertThat(await(store().keys().all()).get(0).revokedAtMillis()).isEqualTo(NOW + 70);
    }

    @Test
    default void aClosedStoreHasNoKeysAndTellsNothing() throws Exception {
        await(store().close());

        StoreException failure = failure(store().keys().add(labelled("hushed")));

        assertThat(failure.kind()).isEqualTo(StoreException.Kind.UNAVAILABLE);
        assertThat(everything(failure)).doesNotContain("hushed");
        assertThat(failure(store().keys().all()).kind()).isEqualTo(StoreException.Kind.UNAVAILABLE);
        reopen();
    }

    // for the tests

    /** A key to read, with a hash of its own. */
    static KeyRecord key(String id, long createdAt) {
        return new KeyRecord(
                id, "label", Set.of(Role.READ), false, hash(id.hashCode()), "p1", 20, createdAt, NOW * 2, 0, 0);
    }

    private static KeyRecord labelled(String label) {
        return new KeyRecord("labelled", label, Set.of(Role.READ), false, hash(3), "p1", 0, NOW, 0, 0, 0);
    }

    private static byte[] hash(int seed) {
        byte[] hash = new byte[32];
        for (int i = 0; i < hash.length; i++) {
            hash[i] = (byte) (seed + i * 37);
        }
        return hash;
    }

    private void assertRefused(KeyRecord key, String why) throws Exception {
        StoreException failure = failure(store().keys().add(key));
        assertThat(failure.kind()).isEqualTo(StoreException.Kind.FAILED);
        assertThat(failure).hasMessageEndingWith("adding a key: " + why);
        assertThat(everything(failure)).doesNotContain("verysecret");
    }

    private List<Long> lastUsed() throws Exception {
        return await(store().keys().all()).stream()
                .map(KeyRecord::lastUsedAtMillis)
                .toList();
    }

    /** Compares what the arrays hold, not which they are. */
    private ListAssert<KeyRecord> assertThatKeys() throws Exception {
        return assertThat(await(store().keys().all())).usingElementComparator((a, b) -> same(a, b) ? 0 : 1);
    }

    private static boolean same(KeyRecord a, KeyRecord b) {
        return Arrays.equals(a.hash(), b.hash()) && withoutHash(a).equals(withoutHash(b));
    }

    /** Everything else, as text. */
    private static List<Object> withoutHash(KeyRecord key) {
        return List.of(
                key.id(),
                key.label(),
                key.roles(),
                key.credentials(),
                key.pepperId(),
                key.requestsPerSecond(),
                key.createdAtMillis(),
                key.expiresAtMillis(),
                key.revokedAtMillis(),
                key.lastUsedAtMillis());
    }

    private static String everything(Throwable failure) {
        StringBuilder text = new StringBuilder();
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            text.append(cause).append('\n');
        }
        return text.toString();
    }
}
