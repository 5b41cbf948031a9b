package dev.sluice.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.config.StoreConfig;
import dev.sluice.message.CandidatesFound;
import dev.sluice.port.JobKind;
import dev.sluice.port.Merge;
import dev.sluice.port.NewJob;
import dev.sluice.port.Vault;
import dev.sluice.proxy.Credentials;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.ManualOverride;
import dev.sluice.proxy.NetworkType;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.Tier;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What stores promise whose entries are in memory and whose jobs are in a file of their own. */
public abstract class SmallStoreContract extends ProxyStoreContract implements ImportChunksContract {
    /** The one for all tests of a class. */
    protected static Vertx vertx;

    @BeforeAll
    static void startVertx() {
        vertx = Vertx.vertx();
    }

    @AfterAll
    static void stopVertx() throws Exception {
        await(vertx.close());
    }

    /** Where the store of this test is. */
    protected abstract String url();

    /** Directory of the file of jobs. */
    protected abstract Path data();

    /** With the name that a store gets where a configuration names it, and no password in the clear. */
    protected static Future<ProxyStore> ready(ProxyStore opened, Vault vault) {
        return Stores.ready(opened, vault, InstantSource.system());
    }

    protected final StoreConfig config() {
        return SqlStoreContract.config(url());
    }

    @Test
    void halfCharactersComeBackAsTheyWere() throws Exception {
        ProxyKey key = new ProxyKey(Scheme.HTTP, "192.0.2.9", 80, Credentials.of("a\ud800b", "🐟\udc00\u0000\"\\"));
        keep("a", NOW, key);
        reopen();

        assertThat(find(key).key()).isEqualTo(key);
    }

    @Test
    void allAnAdministratorCanOrderIsKept() throws Exception {
        keep("a", NOW, http(1));
        ManualOverride all =
                new ManualOverride(Tier.ACTIVE, 9, true, NetworkType.MOBILE, List.of("fast", "paid"), NOW + 1);
        await(store.override(find(http(1)).id(), all));

        reopen();

        assertThat(find(http(1)).override()).isEqualTo(all);
    }

    @Test
    void moreThanOnePageComesBack() throws Exception {
        ProxyKey[] keys = many(5_000);
        keep("a", NOW, keys);
        for (int i = 0; i < 3; i++) {
            await(store.settings().put("setting " + i, "value\0" + i));
        }

        reopen();

        assertThat(await(store.page(0, 10_000)))
                .hasSize(keys.length)
                .allMatch(one -> one.lists().equals(List.of("a")));
        assertThat(await(store.settings().all())).containsEntry("setting 2", "value\0" + 2);
        assertThat(take(NOW, 1_000)).hasSize(1_000);
    }

    @Test
    void theSchemaCommandNamesTheFormat() throws Exception {
        Migrations migrations = await(Migrations.open(vertx, config()));
        MigrationStatus status = await(migrations.up());

        assertThat(status.version()).isEqualTo(1);
        assertThat(status.steps()).isEmpty();
        assertThat(status.toString()).contains("no steps");
        assertThat(failure(migrations.down())).hasMessageContaining("no steps to undo");
        await(migrations.close());
    }

    // The job is in one place, what it imports in another.

    private ImportChunk chunk(long token) {
        CandidatesFound entries = new CandidatesFound("import:j", NOW, List.of(claim(http(1)), claim(http(2))));
        return new ImportChunk("j", token, 0, entries, 2, 0, "c");
    }

    @Test
    void aKillBetweenAChunkAndItsJobRepeatsTheChunkWithoutHarm() throws Exception {
        await(store.keepChunk(chunk(lease("j")), Merge.UPDATE));
        // Here the process ends: the job has not heard of its progress, and its lease is lost.
        reopen();
        long again = lease("j");
        ImportTotals totals = await(store.imported("j"));

        ChunkKept repeated = await(store.keepChunk(chunk(again), Merge.REPLACE));

        assertThat(totals).isEqualTo(new ImportTotals(1, 2, 2, 0, 0, "c"));
        assertThat(repeated).isEqualTo(new ChunkKept(2, 0, true));
        assertThat(find(http(1)).health()).isEqualTo(Health.fresh(NOW));
    }

    @Test
    void theChunksOfAnImportGoWithIt() throws Exception {
        long token = lease("j");
        await(store.keepChunk(chunk(token), Merge.UPDATE));
        complete("j", token);
        await(store.jobs().purge(NOW + 1, 10));

        reopen();

        assertThat(await(store.imported("j")).chunks()).isZero();
        assertThat(await(store.find(http(1)))).isPresent();
    }

    @Test
    void jobsAreInAFileOfTheirOwn() throws Exception {
        await(store.jobs().add("j", NewJob.of(JobKind.EXPORT, "export", "{}"), NOW, 10));

        reopen();

        assertThat(await(store.jobs().get("j"))).isPresent();
        assertThat(data().resolve("sluice-queue.db")).isNotEmptyFile();
        assertThat(Stores.isShared(url())).isFalse();
    }
}
