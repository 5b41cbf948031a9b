package dev.sluice.store;

import static dev.sluice.store.ProxyStoreContract.LEASE;
import static dev.sluice.store.ProxyStoreContract.NOW;
import static dev.sluice.store.ProxyStoreContract.await;
import static dev.sluice.store.ProxyStoreContract.batch;
import static dev.sluice.store.ProxyStoreContract.failure;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.message.CandidatesKept;
import dev.sluice.port.CredentialChange;
import dev.sluice.port.CredentialRow;
import dev.sluice.port.CredentialRows;
import dev.sluice.port.Merge;
import dev.sluice.port.Vault;
import dev.sluice.proxy.CredentialUnavailableException;
import dev.sluice.proxy.Credentials;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.Secret;
import dev.sluice.proxy.StoredProxy;
import dev.sluice.secret.CredentialVault;
import dev.sluice.secret.Reencryption;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What stores in databases promise of passwords of proxies. */
interface CredentialsContract {
    ProxyKey ANN = new ProxyKey(Scheme.HTTP, "192.0.2.1", 80, Credentials.of("ann", "pass word é"));
    ProxyKey BOB = new ProxyKey(Scheme.SOCKS5, "192.0.2.1", 80, Credentials.of("bob", "other"));

    /** The store of this test. */
    ProxyStore store();

    /** Another store on the same database. */
    ProxyStore openWith(CredentialVault vault) throws Exception;

    /** Closes the store of this test and opens it with another vault. */
    void reopenWith(CredentialVault vault) throws Exception;

    /**
     * Changes a column of the entries of a user by hand; where a store has to be closed for it, it is open again afterwards.
     *
     * @param column {@code password} or {@code port}
     */
    void edit(String user, String column, String value) throws Exception;

    /** Passwords that are encrypted, in rows that say so. */
    private long sealedRows() throws Exception {
        return await(store().credentials().page(0, 10_000)).stream()
                .filter(row -> row.stored().startsWith("v1:") && row.digest().startsWith("k1:"))
                .count();
    }

    /** What is stored as the password of a user. */
    private String stored(String user) throws Exception {
        return await(store().credentials().page(0, 10_000)).stream()
                .filter(row -> row.user().equals(user))
                .findFirst()
                .orElseThrow()
                .stored();
    }

    private CandidatesKept keep(ProxyKey... keys) throws Exception {
        return await(store().keep(batch("list", NOW, keys), Merge.UPDATE));
    }

    private StoredProxy find(ProxyKey key) throws Exception {
        return await(store().find(key)).orElseThrow();
    }

    private static String password(StoredProxy stored) {
        return Objects.requireNonNull(stored.key().credentials()).password().reveal();
    }

    private static Reencryption reencryption(ProxyStore store, CredentialVault vault) {
        return new Reencryption(store.credentials(), store.settings(), vault, InstantSource.system());
    }

    @Test
    default void passwordsAreNotInTheDatabase() throws Exception {
        assertThat(keep(ANN, BOB)).isEqualTo(new CandidatesKept(2, 0));
        assertThat(keep(BOB, ANN)).isEqualTo(new CandidatesKept(0, 2));

        assertThat(sealedRows()).isEqualTo(2);
        assertThat(await(store().settings().all()).get("credentials.digest-key"))
                .startsWith("v1:");
        assertThat(find(ANN).key()).isEqualTo(ANN);
        assertThat(password(find(ANN))).isEqualTo("pass word é");
        assertThat(password(find(BOB))).isEqualTo("other");
        assertThat(await(store().takeDue(NOW, 1, 10, 10, LEASE)))
                .extracting(TakenProxy::key)
                .containsExactlyInAnyOrder(ANN, BOB);
    }

    @Test
    default void aCopyUnderAnotherSchemeKeepsItsPassword() throws Exception {
        ProxyKey unknown = new ProxyKey(Scheme.UNKNOWN, "192.0.2.9", 9, Credentials.of("ann", "pw"));
        keep(unknown);
        StoredProxy before = find(unknown);

        await(store().write(List.of(new HealthChange(
                before.id(),
                before.key(),
                before.health().version(),
                before.health(),
                List.of(Scheme.SOCKS5, Scheme.HTTP)))));

        assertThat(password(find(unknown.withScheme(Scheme.SOCKS5)))).isEqualTo("pw");
        assertThat(password(find(unknown.withScheme(Scheme.HTTP)))).isEqualTo("pw");
    }

    @Test
    default void aPasswordMovedToAnotherRowIsNotDecrypted() throws Exception {
        keep(ANN, BOB);
        String ann = stored("ann");
        String bob = stored("bob");
        edit("ann", "password", bob);
        edit("bob", "password", ann);

        assertThat(await(store().page(0, 10)))
                .hasSize(2)
                .noneMatch(stored -> stored.key().usable());

        edit("ann", "password", ann);
        edit("bob", "password", bob);
        assertThat(find(ANN).key().usable()).isTrue();
        edit("ann", "port", "81");
        assertThat(await(store().page(0, 10)).stream()
                        .map(stored -> stored.key().usable()))
                .containsExactlyInAnyOrder(false, true);
    }

    @Test
    default void noChangedBitIsTaken() throws Exception {
        keep(ANN);
        CredentialRow row = await(store().credentials().page(0, 1)).get(0);
        CredentialVault vault = TestVaults.usual();
        assertThat(vault.open(row.stored(), row.binding()).available()).isTrue();
        List<Vault.Binding> bindings = List.of(row.binding());
        for (int at = 0; at < row.stored().length(); at++) {
            for (int bit = 0; bit < 7; bit++) {
                char[] text = row.stored().toCharArray();
                text[at] ^= (char) (1 << bit);
                assertThat(vault.open(new String(text), bindings.get(0)).available())
                        .as("character %d, bit %d", at, bit)
                        .isFalse();
            }
        }
        for (int at = 0; at < row.digest().length(); at++) {
            for (int bit = 0; bit < 7; bit++) {
                char[] digest = row.digest().toCharArray();
                digest[at] ^= (char) (1 << bit);
                assertThat(vault.open(row.stored(), row.binding(new String(digest)))
                                .available())
                        .as("digest %d, bit %d", at, bit)
                        .isFalse();
            }
        }
    }

    @Test
    default void withoutItsKeyAPasswordIsUnavailableAndNothingElseIs() throws Exception {
        ProxyKey open = ProxyKey.of(Scheme.HTTP, "192.0.2.7", 80);
        keep(ANN, open);
        reopenWith(TestVaults.of(TestVaults.OTHER_KEY));

        StoredProxy lost = await(store().page(0, 10)).stream()
                .filter(stored -> stored.key().credentials() != null)
                .findFirst()
                .orElseThrow();
        Secret password = Objects.requireNonNull(lost.key().credentials()).password();
        assertThat(password.available()).isFalse();
        assertThatThrownBy(password::reveal)
                .isInstanceOf(CredentialUnavailableException.class)
                .hasMessageContaining("192.0.2.1:80")
                .hasMessageNotContaining(stored("ann"));
        StoredProxy again = await(store().get(List.of(lost.id()))).get(0);
        assertThat(again.key().credentials()).isNotNull();
        assertThat(lost.key()).isNotEqualTo(ANN);
        assertThat(find(open).key()).isEqualTo(open);
        assertThat(keep(ProxyKey.of(Scheme.HTTP, "192.0.2.8", 80))).isEqualTo(new CandidatesKept(1, 0));
        assertThat(failure(store().keep(batch("list", NOW, BOB), Merge.UPDATE)))
                .hasMessageContaining("credentials.digest-key")
                .hasMessageContaining("expected");

        reopenWith(TestVaults.of(TestVaults.OTHER_KEY + "," + TestVaults.KEY));
        assertThat(password(find(ANN))).isEqualTo("pass word é");
    }

    @Test
    default void whatAnOlderProgramStoredIsEncryptedWhenItIsOpened() throws Exception {
        reopenWith(TestVaults.older());
        keep(ANN, BOB, new ProxyKey(Scheme.HTTP, "192.0.2.3", 3, Credentials.of("eve", "v1:looks like it")));
        assertThat(stored("ann")).isEqualTo("pass word é");
        List<StoredProxy> before = await(store().page(0, 10));

        reopenWith(TestVaults.usual());

        assertThat(sealedRows()).isEqualTo(3);
        assertThat(await(store().page(0, 10))).isEqualTo(before);
        assertThat(keep(ANN, BOB)).isEqualTo(new CandidatesKept(0, 2));
        assertThat(await(store().credentials().plain(0, 10))).isEmpty();
    }

    @Test
    default void whatAnOlderProgramStoresMeanwhileIsReadAndMerged() throws Exception {
        keep(ANN);
        ProxyStore other = store();
        boolean shared = !isOwned();
        if (shared) {
            other = openWith(TestVaults.older());
        } else {
            reopenWith(TestVaults.older());
            other = store();
        }
        await(other.keep(batch("second", NOW, ANN, BOB), Merge.UPDATE));
        assertThat(await(store().page(0, 10))).hasSize(3);
        if (shared) {
            assertThat(password(find(BOB))).as("read in the clear").isEqualTo("other");
            await(other.close());
        }

        reopenWith(TestVaults.usual());

        List<StoredProxy> all = await(store().page(0, 10));
        assertThat(all).hasSize(3).allMatch(stored -> stored.key().usable());
        StoredProxy kept = find(ANN);
        assertThat(kept.archived()).isFalse();
        assertThat(kept.lists()).containsExactly("list", "second");
        StoredProxy gone = all.stream()
                .filter(stored -> stored.key().equals(ANN) && stored.id() != kept.id())
                .findFirst()
                .orElseThrow();
        assertThat(gone.archived()).isTrue();
        assertThat(gone.lists()).isEmpty();
        assertThat(find(BOB).lists()).containsExactly("second");
        assertThat(sealedRows()).isEqualTo(3);
        assertThat(await(store().takeDue(NOW, 1, 10, 10, LEASE)))
                .extracting(TakenProxy::id)
                .doesNotContain(gone.id());
    }

    /** Whether one process owns the database. */
    boolean isOwned();

    @Test
    default void aRowWrittenByHandIsReadAndEncryptedByTheNextPass() throws Exception {
        keep(ANN);
        edit("ann", "password", "by hand");

        StoredProxy stored = await(store().page(0, 10)).get(0);
        assertThat(password(stored)).isEqualTo("by hand");
        CredentialVault vault = TestVaults.usual();
        await(new PlainPasswords(store(), vault, InstantSource.system()).seal());

        ProxyKey changed = new ProxyKey(ANN.scheme(), ANN.host(), ANN.port(), Credentials.of("ann", "by hand"));
        assertThat(find(changed).id()).isEqualTo(stored.id());
        assertThat(stored("ann")).startsWith("v1:");
    }

    @Test
    default void everythingMovesUnderTheNewKey() throws Exception {
        List<ProxyKey> keys = new ArrayList<>();
        for (int i = 1; i <= 2_500; i++) {
            keys.add(new ProxyKey(Scheme.HTTP, "192.0.2.1", i, Credentials.of("u" + i % 7, "p" + i)));
        }
        keep(keys.toArray(ProxyKey[]::new));
        CredentialVault both = TestVaults.of(TestVaults.OTHER_KEY + "," + TestVaults.KEY);
        reopenWith(both);
        Reencryption pass = reencryption(store(), both);
        await(pass.begin());

        Reencryption.Place first = await(pass.page(Reencryption.Place.of(null)));
        assertThat(first.encrypted()).isEqualTo(1_000);
        assertThat(await(store().credentials().count())).hasSizeGreaterThan(1);
        Reencryption.Place place = await(pass.page(Reencryption.Place.of(first.cursor())));
        while (!place.done()) {
            place = await(pass.page(place));
        }
        assertThat(place.encrypted()).isEqualTo(2_500);
        assertThat(place.looked()).isEqualTo(2_500);
        Reencryption.Place again = await(pass.all());
        assertThat(again.encrypted()).isZero();

        reopenWith(TestVaults.of(TestVaults.OTHER_KEY));
        assertThat(await(store().page(0, 10_000)))
                .extracting(StoredProxy::key)
                .containsExactlyInAnyOrderElementsOf(keys);
        assertThat(keep(keys.get(17), keys.get(4))).isEqualTo(new CandidatesKept(0, 2));
    }

    @Test
    default void aChangeMadeMeanwhileWins() throws Exception {
        keep(ANN, BOB);
        CredentialVault both = TestVaults.of(TestVaults.OTHER_KEY + "," + TestVaults.KEY);
        await(both.ready(store().settings()));
        List<CredentialRow> rows = await(store().credentials().page(0, 10));
        List<CredentialChange> changes = rows.stream()
                .map(row -> CredentialChange.resealing(
                        row, Secret.of(row.user().equals("ann") ? "pass word é" : "other"), both))
                .toList();
        edit("ann", "password", "newer");

        assertThat(await(store().credentials().write(changes, NOW))).isEqualTo(new CredentialRows.Written(1, 0));

        assertThat(await(store().page(0, 10)))
                .filteredOn(stored -> stored.key().usable())
                .extracting(CredentialsContract::password)
                .containsExactly("newer");
    }

    @Test
    default void healthGoesOnBeingWrittenWhilePasswordsMove() throws Exception {
        keep(ANN);
        StoredProxy before = find(ANN);
        CredentialVault both = TestVaults.of(TestVaults.OTHER_KEY + "," + TestVaults.KEY);
        assertThat(await(reencryption(store(), both).all()).encrypted()).isEqualTo(1);

        assertThat(await(store().write(List.of(new HealthChange(
                        before.id(), before.key(), before.health().version(), before.health(), List.of())))))
                .as("the version is that of health alone")
                .isEqualTo(1);
        assertThat(before.health().lastReason()).isEqualTo(FailureReason.NONE);
    }

    @Test
    default void nothingWithoutCredentialsNeedsAKey() throws Exception {
        keep(ProxyKey.of(Scheme.HTTP, "192.0.2.7", 80));

        assertThat(await(store().settings().all())).doesNotContainKey("credentials.digest-key");
    }
}
