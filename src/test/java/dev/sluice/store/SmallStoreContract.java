package dev.sluice.store;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.config.StoreConfig;
import dev.sluice.message.CandidatesFound;
import dev.sluice.port.JobKind;
import dev.sluice.port.Merge;
import dev.sluice.port.NewJob;
import dev.sluice.port.ProxyHistory;
import dev.sluice.proxy.Credentials;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.ManualOverride;
import dev.sluice.proxy.NetworkType;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.StoredProxy;
import dev.sluice.proxy.Tier;
import dev.sluice.secret.CredentialVault;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What stores promise whose entries are in memory and whose jobs are in a file of their own. */
public abstract class SmallStoreContract extends ProxyStoreContract
        implements ImportChunksContract, ProxySearchContract, HistoryContract, CredentialsContract {
    private static final ObjectMapper JSON = new ObjectMapper();

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

    /** Opens it as a configuration that names it does. */
    protected abstract Future<ProxyStore> open(CredentialVault vault);

    /** With the name that a store gets where a configuration names it, and no password in the clear. */
    protected static Future<ProxyStore> ready(ProxyStore opened, CredentialVault vault) {
        return Stores.ready(opened, vault, InstantSource.system());
    }

    @Override
    public final ProxyStore openWith(CredentialVault vault) throws Exception {
        return await(open(vault));
    }

    @Override
    protected final Future<ProxyStore> open() {
        return open(TestVaults.usual());
    }

    @Override
    public final void reopenWith(CredentialVault vault) throws Exception {
        await(store.close());
        store = openWith(vault);
    }

    @Override
    public final boolean isOwned() {
        return true;
    }

    @Override
    public final void edit(String user, String column, String value) throws Exception {
        await(store.close());
        rewrite(line -> {
            ObjectNode entry = (ObjectNode) JSON.readTree(line);
            if (!entry.path("username").asText().equals(user)) {
                return line;
            }
            if (column.equals("port")) {
                entry.put(column, Integer.parseInt(value));
            } else {
                entry.put(column, value);
            }
            return JSON.writeValueAsString(entry);
        });
        store = await(open());
    }

    /** What a line of an entry becomes. */
    @FunctionalInterface
    protected interface Rewriting {
        String of(String line) throws IOException;
    }

    /** Changes the stored entries by hand; the store is closed. */
    protected abstract void rewrite(Rewriting rewriting) throws Exception;

    /** Everything that is stored, byte by byte. */
    protected abstract String bytes() throws Exception;

    /** Everything in the files of this test. */
    protected final String bytesOfFiles() throws IOException {
        StringBuilder all = new StringBuilder();
        try (Stream<Path> files = Files.list(data())) {
            for (Path file : files.toList()) {
                all.append(Files.readString(file, StandardCharsets.ISO_8859_1)).append('\n');
            }
        }
        return all.toString();
    }

    // Histories are in the file of jobs.

    private Path queue() {
        return data().resolve("sluice-queue.db");
    }

    @Override
    public final void sql(String statement) throws Exception {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + queue());
                Statement sql = connection.createStatement()) {
            sql.execute(statement);
        }
    }

    @Override
    public final String query(String query) throws Exception {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + queue());
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            assertThat(rows.next()).isTrue();
            return rows.getString(1);
        }
    }

    @Override
    public final void downAndUp() throws Exception {
        await(store.close());
        Migrations migrations = await(Migrations.open(vertx, SqlStoreContract.config("sqlite:" + queue())));
        try {
            await(migrations.down());
            await(migrations.up());
        } finally {
            await(migrations.close());
        }
        store = await(open());
    }

    protected final StoreConfig config() {
        return SqlStoreContract.config(url());
    }

    @Test
    void halfCharactersComeBackAsTheyWere() throws Exception {
        ProxyKey key = new ProxyKey(Scheme.HTTP, "192.0.2.9", 80, Credentials.of("a\ud800b🐟\udc00\u0000\"\\", "🐟"));
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

    // Passwords.

    @Test
    void noByteThatIsStoredTellsAPassword() throws Exception {
        ProxyKey secret = new ProxyKey(Scheme.SOCKS5, "192.0.2.3", 3, Credentials.of("ann", "hush-4711"));
        ProxyKey unknown = new ProxyKey(Scheme.UNKNOWN, "192.0.2.4", 4, Credentials.of("bob", "hush-4712"));
        keep("a", NOW, secret);
        keep("a", NOW + 1, unknown, secret);
        checkAlive(secret);
        await(store.write(
                List.of(new HealthChange(
                        find(unknown).id(),
                        unknown,
                        find(unknown).health().version(),
                        find(unknown).health(),
                        List.of(Scheme.HTTP, Scheme.SOCKS5))),
                null));

        assertThat(bytes()).contains("192.0.2.3", "ann", "v1:", "k1:").doesNotContain("hush-471");
        await(store.close());
        assertThat(bytes()).doesNotContain("hush-471");
        store = await(open());
        assertThat(find(secret).key()).isEqualTo(secret);
    }

    @Test
    void nothingOfWhatWasInTheClearIsLeftWhenItWasEncrypted() throws Exception {
        reopenWith(TestVaults.older());
        ProxyKey secret = new ProxyKey(Scheme.SOCKS5, "192.0.2.3", 3, Credentials.of("ann", "hush-4711"));
        keep("a", NOW, secret);
        keep("a", NOW, http(1));
        assertThat(bytes()).contains("hush-4711");

        reopen();

        assertThat(bytes()).doesNotContain("hush-4711");
        assertThat(find(secret).key()).isEqualTo(secret);
    }

    // Copies.

    /** Where copies are put. */
    @TempDir
    protected Path copies;

    @Test
    void aCopyOfAStoreInUseBringsEverythingBack() throws Exception {
        ProxyKey secret = new ProxyKey(Scheme.SOCKS5, "proxy.example", 9, Credentials.of("us\\er\"\n", "hush-4711"));
        keep("a", NOW, http(1), http(2), http(3), secret);
        checkAlive(http(1));
        checkDead(http(2), NOW);
        await(store.override(find(http(3)).id(), new ManualOverride(Tier.ACTIVE, 3, false, NOW + 1)));
        await(store.settings().put("pool.strategy", "random"));
        await(store.keys().add(KeyRecordsContract.key("k", NOW)));
        List<StoredProxy> before = await(store.page(0, 100));
        Path copy = copies.resolve("deep/down/copy.json");

        Backup made = await(Backups.make(vertx, config(), copy));

        assertThat(made.kind()).isEqualTo(Stores.kind(url()));
        assertThat(made.proxies()).isEqualTo(4);
        assertThat(made.bytes()).isEqualTo(Files.size(copy));
        assertThat(Files.readString(copy)).doesNotContain("hush-4711");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(copy)))
                .isEqualTo("rw-------");
        assertThat(failure(Backups.make(vertx, config(), copy))).hasMessageContaining("exists");
        keep("c", NOW, http(77));
        long later = find(http(77)).id();
        await(store.settings().put("pool.strategy", "fastest-half"));
        StoreException used = failure(Backups.restore(vertx, config(), copy, true));
        assertThat(used.kind()).as(used.getMessage()).isEqualTo(StoreException.Kind.LOCKED);
        await(store.close());
        assertThat(failure(Backups.restore(vertx, config(), copy, false))).hasMessageContaining("holds 5 proxies");

        assertThat(await(Backups.restore(vertx, config(), copy, true)).proxies())
                .isEqualTo(4);

        store = await(open());
        assertThat(await(store.page(0, 100))).isEqualTo(before);
        assertThat(find(secret).key()).isEqualTo(secret);
        assertThat(await(store.settings().all())).containsEntry("pool.strategy", "random");
        assertThat(await(store.keys().all())).hasSize(1);
        assertThat(await(store.find(http(77)))).isEmpty();
        keep("d", NOW, http(78));
        assertThat(find(http(78)).id())
                .as("histories go by numbers: none is given out twice")
                .isGreaterThan(later);
    }

    @Test
    void aCopyOfSomethingElseChangesNothing() throws Exception {
        keep("a", NOW, http(1));
        Path copy = copies.resolve("copy");
        await(Backups.make(vertx, config(), copy));
        await(store.close());
        String whole = Files.readString(copy);
        boolean isFile = Stores.isFile(url());
        String foreign = isFile
                ? whole.replace("\"format\":1,", "\"format\":1,\n\"copy_of\":\"redis\",")
                : whole.replace("\"copy_of\":\"redis\",", "");

        for (String text : List.of(
                foreign,
                whole.substring(0, whole.length() / 2),
                "SQLite format 3\0",
                "",
                "{\"format\":1,\"copy_of\":7}")) {
            Files.writeString(copy, text);
            assertThat(failure(Backups.restore(vertx, config(), copy, true)).kind())
                    .as(text)
                    .isEqualTo(StoreException.Kind.FAILED);
        }
        Files.writeString(copy, foreign);
        assertThat(failure(Backups.restore(vertx, config(), copy, true)))
                .hasMessageContaining(isFile ? "a copy of redis" : "no copy");
        Files.writeString(copy, whole.replace("\"format\":1,", "\"format\":2,"));
        assertThat(failure(Backups.restore(vertx, config(), copy, true)).kind())
                .isEqualTo(StoreException.Kind.SCHEMA_NEWER);

        store = await(open());
        assertThat(await(store.page(0, 10))).hasSize(1);
    }

    @Test
    void whoLooksAtAStoreInUseSeesItsFormat() throws Exception {
        keep("a", NOW, http(1), http(2));

        StoreReading read = await(StoreReading.of(vertx, config(), Duration.ofSeconds(10)));

        assertThat(read.version()).contains("2 proxies");
        assertThat(read.schema()).isEqualTo(1);
        assertThat(read.newest()).isEqualTo(1);
        assertThat(read.damage()).isEmpty();
        assertThat(await(store.page(0, 10))).hasSize(2);
    }

    // Room.

    @Test
    void historiesAreGivenUpForRoomOfTheirOwnOnly() throws Exception {
        CheckBatch batch = new CheckBatch(
                "one", 1, List.of(new CheckBatch.Noted(1, new ProxyHistory.Check(NOW, FailureReason.NONE, 9))));
        await(store.write(List.of(), batch));

        assertThat(await(store.history().shorten())).isPositive();
        assertThat(await(store.history().shorten())).isZero();
    }
}
