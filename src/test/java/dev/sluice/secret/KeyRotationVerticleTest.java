package dev.sluice.secret;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.config.EncryptionConfig;
import dev.sluice.config.StoreConfig;
import dev.sluice.message.Candidate;
import dev.sluice.message.CandidatesFound;
import dev.sluice.port.CredentialChange;
import dev.sluice.port.Encryption;
import dev.sluice.port.Encryption.Step;
import dev.sluice.port.EncryptionRefusedException;
import dev.sluice.port.JobKind;
import dev.sluice.port.Merge;
import dev.sluice.port.NewJob;
import dev.sluice.port.Vault;
import dev.sluice.proxy.Credentials;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.Secret;
import dev.sluice.store.ProxyStore;
import dev.sluice.store.Stores;
import dev.sluice.store.TestVaults;
import dev.sluice.store.UnexpectedStore;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyRotationVerticleTest {
    private static final ProxyKey ANN = new ProxyKey(Scheme.HTTP, "192.0.2.1", 80, Credentials.of("ann", "password"));

    @TempDir
    private Path folder = Path.of(".");

    private long nowMillis = 1_800_000_000_000L;
    private Vertx vertx = Vertx.vertx();
    private CredentialVault vault = TestVaults.usual();
    private ProxyStore store = new UnexpectedStore();

    @BeforeEach
    void start() throws Exception {
        vault = vault(EncryptionConfig.USUAL);
        store = open(vault);
    }

    @AfterEach
    void stop() throws Exception {
        await(store.close());
        await(vertx.close());
    }

    private CredentialVault vault(EncryptionConfig config) throws Exception {
        return await(CredentialVault.open(vertx, config, folder, new SimpleMeterRegistry()));
    }

    private ProxyStore open(CredentialVault with) throws Exception {
        StoreConfig config = new StoreConfig(
                "sqlite:" + folder.resolve("sluice.db"),
                Duration.ofSeconds(20),
                Duration.ofMillis(250),
                200_000,
                Duration.ofDays(7),
                Duration.ofDays(30),
                400,
                4);
        return await(Stores.open(vertx, config, with));
    }

    private KeyRotation rotation() {
        return rotation(Duration.ZERO);
    }

    private KeyRotation rotation(Duration grace) {
        return new KeyRotation(
                store.credentials(),
                store.settings(),
                store.jobs(),
                vault,
                job -> Future.failedFuture(new IllegalStateException("no jobs here")),
                grace,
                () -> Instant.ofEpochMilli(nowMillis));
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    private void keep(ProxyKey key) throws Exception {
        await(store.keep(new CandidatesFound("list", 1, List.of(new Candidate(key, 1, null))), Merge.UPDATE));
    }

    @Test
    void aRotationGoesRoundInFourSteps() throws Exception {
        assertThat(await(rotation().status()).source()).isEqualTo("none");
        assertThat(folder.resolve(KeyFile.NAME)).as("nothing needs a key").doesNotExist();
        keep(ANN);
        Encryption.Status first = await(rotation().status());
        assertThat(first.next()).isEqualTo(Step.ADD);
        assertThat(first.keys()).singleElement().satisfies(key -> {
            assertThat(key.state()).isEqualTo("primary");
            assertThat(key.rows()).isEqualTo(1);
            assertThat(key.digest()).isTrue();
        });
        assertThatThrownBy(() -> await(rotation().promote()))
                .hasCauseInstanceOf(EncryptionRefusedException.class)
                .hasMessageContaining("add first");
        assertThatThrownBy(() -> await(rotation().retire())).hasMessageContaining("no old key");

        assertThat(await(rotation().add()).next()).isEqualTo(Step.PROMOTE);
        assertThatThrownBy(() -> await(rotation().add())).hasMessageContaining("promote it first");
        Encryption.Status promoted = await(rotation().promote());
        assertThat(promoted.next()).isEqualTo(Step.RE_ENCRYPT);
        assertThat(promoted.keys()).extracting(Encryption.Key::state).containsExactly("primary", "old");
        assertThatThrownBy(() -> await(rotation().retire()))
                .hasMessageContaining("is needed for 1 passwords and the key of digests");

        await(new Reencryption(store.credentials(), store.settings(), vault, InstantSource.system()).all());
        assertThat(await(rotation().status()).next()).isEqualTo(Step.RETIRE);
        Encryption.Status last = await(rotation().retire());
        assertThat(last.next()).isEqualTo(Step.ADD);
        assertThat(last.keys()).singleElement().satisfies(key -> {
            assertThat(key.id()).isNotEqualTo(first.keys().get(0).id());
            assertThat(key.rows()).isEqualTo(1);
            assertThat(key.digest()).isTrue();
        });

        await(store.close());
        vault = vault(EncryptionConfig.USUAL);
        store = open(vault);
        assertThat(await(store.find(ANN)).orElseThrow().key()).isEqualTo(ANN);
    }

    @Test
    void aRetiredKeyStaysForAWhileWhereOthersMayWriteUnderIt() throws Exception {
        Duration grace = Duration.ofDays(1);
        keep(ANN);
        await(rotation(grace).add());
        await(rotation(grace).promote());
        Reencryption pass = new Reencryption(store.credentials(), store.settings(), vault, InstantSource.system());
        CredentialVault elsewhere = TestVaults.of(Files.readAllLines(folder.resolve(KeyFile.NAME)).stream()
                .filter(line -> line.startsWith("old "))
                .map(line -> line.split(" ")[1])
                .findFirst()
                .orElseThrow());
        await(elsewhere.ready(store.settings()));
        await(pass.all());

        Encryption.Status retired = await(rotation(grace).retire());
        assertThat(retired.keys()).extracting(Encryption.Key::state).containsExactly("primary", "retired");
        assertThat(retired.next()).as("nothing to do for a day").isEqualTo(Step.ADD);
        assertThat(Files.readString(folder.resolve(KeyFile.NAME)))
                .contains("retired " + Instant.ofEpochMilli(nowMillis) + ' ');
        nowMillis += grace.toMillis() - 1;
        assertThatThrownBy(() -> await(rotation(grace).retire()))
                .hasCauseInstanceOf(EncryptionRefusedException.class)
                .hasMessageContaining("asked again from " + Instant.ofEpochMilli(nowMillis + 1));

        // Another host has not got the new key yet.
        var row = await(store.credentials().page(0, 1)).get(0);
        await(store.credentials()
                .write(List.of(CredentialChange.resealing(row, Secret.of("password"), elsewhere)), nowMillis));
        nowMillis++;
        assertThat(await(rotation(grace).status()).next()).isEqualTo(Step.RE_ENCRYPT);
        assertThatThrownBy(() -> await(rotation(grace).retire())).hasMessageContaining("re-encrypt first");
        Encryption.Status again = await(rotation(grace).status());
        assertThat(again.keys())
                .as("its time begins anew")
                .extracting(Encryption.Key::state)
                .containsExactly("primary", "old");
        assertThat(await(store.find(ANN)).orElseThrow().key().usable()).isTrue();

        await(pass.all());
        await(rotation(grace).add());
        assertThat(await(rotation(grace).promote()).keys())
                .extracting(Encryption.Key::state)
                .containsExactly("primary", "old", "old");
        await(pass.all());
        await(rotation(grace).retire());
        nowMillis += grace.toMillis();
        assertThat(await(rotation(grace).status()).next()).isEqualTo(Step.RETIRE);
        assertThat(await(rotation(grace).retire()).keys())
                .extracting(Encryption.Key::state)
                .containsExactly("primary");
    }

    @Test
    void aKeyThatAnImportNeedsIsNotRetired() throws Exception {
        keep(ANN);
        String address = vault.seal("http://192.0.2.1/list?key=hush", new Vault.Purpose("import-url", "list"));
        await(store.jobs()
                .add(
                        "01980000-0000-7000-8000-000000000001",
                        NewJob.of(JobKind.IMPORT, "import", "{\"url\":\"" + address + "\"}"),
                        nowMillis,
                        10));
        await(rotation().add());
        await(rotation().promote());
        await(new Reencryption(store.credentials(), store.settings(), vault, InstantSource.system()).all());

        assertThatThrownBy(() -> await(rotation().retire()))
                .hasMessageContaining("the address of an import that has not ended");

        await(store.jobs().cancel("01980000-0000-7000-8000-000000000001", nowMillis));
        assertThat(await(rotation().retire()).keys()).hasSize(1);
    }

    @Test
    void anInstanceThatMeetsANewKeyReadsTheFileAgain() throws Exception {
        keep(ANN);
        AtomicLong nanos = new AtomicLong();
        CredentialVault other = new CredentialVault(
                new KeyFile(folder.resolve(KeyFile.NAME), false, new SecureRandom()),
                true,
                CredentialVault.here(),
                nanos::get,
                null);
        await(rotation().add());
        await(rotation().promote());
        await(new Reencryption(store.credentials(), store.settings(), vault, InstantSource.system()).all());
        var row = await(store.credentials().page(0, 1)).get(0);

        assertThat(other.open(row.stored(), row.binding()).available())
                .as("it has read the file less than a second ago")
                .isFalse();
        assertThat(other.fails()).isTrue();
        nanos.addAndGet(TimeUnit.SECONDS.toNanos(2));
        assertThat(other.open(row.stored(), row.binding()).reveal()).isEqualTo("password");
    }

    @Test
    void aKeyThatIsGoneIsNotReplacedByANewOne() throws Exception {
        keep(ANN);
        await(store.close());
        Files.delete(folder.resolve(KeyFile.NAME));
        vault = vault(EncryptionConfig.USUAL);
        store = open(vault);

        assertThatThrownBy(() -> keep(ANN)).hasMessageContaining("credentials.digest-key");

        assertThat(folder.resolve(KeyFile.NAME)).doesNotExist();
        Encryption.Status status = await(rotation().status());
        assertThat(status.unavailable()).isEqualTo(1);
        assertThat(status.keys()).extracting(Encryption.Key::state).containsExactly("missing");
        assertThat(Objects.requireNonNull(await(store.page(0, 1)).get(0).key().credentials())
                        .available())
                .isFalse();
    }

    @Test
    void keysOfTheConfigurationAreNotWritten() throws Exception {
        await(store.close());
        vault = vault(new EncryptionConfig(Secret.of(TestVaults.KEY + ',' + TestVaults.OTHER_KEY), null, null, true));
        store = open(vault);
        keep(ANN);

        assertThat(await(rotation().status()).managed()).isFalse();
        assertThatThrownBy(() -> await(rotation().add())).hasMessageContaining("SLUICE_ENCRYPTION_KEY");
        assertThat(await(rotation().retire()).keys()).as("the other one may go").hasSize(2);
    }
}
