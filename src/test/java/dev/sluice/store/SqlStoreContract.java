package dev.sluice.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.config.StoreConfig;
import dev.sluice.message.Candidate;
import dev.sluice.message.CandidatesKept;
import dev.sluice.port.CredentialDigest;
import dev.sluice.port.JobFilter;
import dev.sluice.port.JobKind;
import dev.sluice.port.JobRecord;
import dev.sluice.port.JobRecords;
import dev.sluice.port.JobState;
import dev.sluice.port.Merge;
import dev.sluice.port.NewJob;
import dev.sluice.port.ProxyHistory;
import dev.sluice.proxy.Credentials;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.Latencies;
import dev.sluice.proxy.ManualOverride;
import dev.sluice.proxy.NetworkType;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.StoredProxy;
import dev.sluice.proxy.Tier;
import dev.sluice.proxy.TierReason;
import dev.sluice.secret.CredentialVault;
import dev.sluice.secret.Reencryption;
import dev.sluice.store.schema.MigrationScript;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What stores in SQL databases promise beyond what every store does: a schema that moves up and down and is guarded. */
public abstract class SqlStoreContract extends ProxyStoreContract
        implements ImportChunksContract,
                ProxySearchContract,
                IndexedSearchContract,
                HistoryContract,
                CredentialsContract {
    /** Version of the schema of this program. */
    protected static final int NEWEST = MigrationScript.all("sqlite").size();

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

    /** Where the database of this test is. */
    protected abstract String url();

    /** Runs a statement beside the store, which may be open. */
    @Override
    public abstract void sql(String statement) throws Exception;

    /** First cell of a result. */
    @Override
    public abstract String query(String sql) throws Exception;

    @Override
    public final void edit(String user, String column, String value) throws Exception {
        sql("UPDATE proxy SET " + column + " = '" + value + "' WHERE username = '" + user + "'");
    }

    @Override
    public final ProxyStore openWith(CredentialVault vault) throws Exception {
        return await(Stores.open(vertx, config(url()), vault));
    }

    @Override
    public final void reopenWith(CredentialVault vault) throws Exception {
        await(store.close());
        store = openWith(vault);
    }

    @Override
    protected final Future<ProxyStore> open() {
        return Stores.open(vertx, config(url()), TestVaults.usual());
    }

    @Override
    public void downAndUp() throws Exception {
        await(store.close());
        Migrations migrations = await(Migrations.open(vertx, config(url())));
        try {
            await(migrations.down());
            await(migrations.up());
        } finally {
            await(migrations.close());
        }
        store = await(open());
    }

    protected static StoreConfig config(String url) {
        return new StoreConfig(
                url,
                Duration.ofSeconds(20),
                Duration.ofMillis(250),
                200_000,
                Duration.ofDays(7),
                Duration.ofDays(30),
                400,
                4);
    }

    /** What an older program makes of the rows: user, password as it stands, and whether the digest is its own. */
    private List<String> asOlderProgramsRead() throws Exception {
        return await(store.credentials().page(0, 10_000)).stream()
                .map(row -> row.user()
                        + ' '
                        + row.stored()
                        + ' '
                        + row.digest().equals(CredentialDigest.of(Credentials.of(row.user(), row.stored()))))
                .toList();
    }

    @Test
    void whatIsNotEncryptedIsAsOlderProgramsReadIt() throws Exception {
        reopenWith(TestVaults.clear());
        ProxyKey unknown = new ProxyKey(Scheme.UNKNOWN, "192.0.2.9", 9, Credentials.of("eve", "third"));
        keep("a", NOW, ANN, BOB, unknown);
        StoredProxy eve = find(unknown);
        await(store.write(List.of(new HealthChange(
                eve.id(), eve.key(), eve.health().version(), eve.health(), List.of(Scheme.SOCKS5, Scheme.HTTP)))));

        assertThat(asOlderProgramsRead())
                .containsExactly("ann pass word é true", "bob other true", "eve third true", "eve third true");
        assertThat(await(store.settings().all())).doesNotContainKey("credentials.digest-key");

        reopenWith(TestVaults.usual());
        assertThat(asOlderProgramsRead()).hasSize(4).allMatch(row -> row.contains(" v1:") && row.endsWith(" false"));
        assertThat(keep("a", NOW, ANN, BOB, unknown)).isEqualTo(new CandidatesKept(0, 3));
    }

    @Test
    void whoEncryptsAndWhoDoesNotAgreeOnIdentities() throws Exception {
        ProxyKey eve = new ProxyKey(Scheme.UNKNOWN, "192.0.2.9", 9, Credentials.of("eve", "third"));
        keep("a", NOW, ANN, eve);
        ProxyStore sealing = store;
        ProxyStore clear = !Stores.isShared(url()) ? null : openWith(TestVaults.clear());
        if (clear == null) {
            reopenWith(TestVaults.clear());
        } else {
            store = clear;
        }
        try {
            for (Merge merge : Merge.values()) {
                assertThat(await(store.keep(batch("b", NOW, ANN, eve), merge))).isEqualTo(new CandidatesKept(0, 2));
            }
            assertThat(keep("b", NOW, ANN, BOB, eve)).isEqualTo(new CandidatesKept(1, 2));
            assertThat(find(ANN).lists()).containsExactly("a", "b");
            assertThat(asOlderProgramsRead()).contains("bob other true").hasSize(3);

            if (clear == null) {
                reopenWith(TestVaults.usual());
            } else {
                store = sealing;
                assertThat(find(BOB).lists()).containsExactly("b");
                for (Merge merge : Merge.values()) {
                    assertThat(await(store.keep(batch("c", NOW, BOB, eve), merge)))
                            .isEqualTo(new CandidatesKept(0, 2));
                }
                assertThat(asOlderProgramsRead()).as("it is not its business").contains("bob other true");
            }
            assertThat(keep("c", NOW, ANN, BOB, eve)).isEqualTo(new CandidatesKept(0, 3));
            assertThat(find(BOB).lists()).containsExactly("b", "c");
        } finally {
            if (clear != null) {
                await(clear.close());
            }
        }
    }

    @Test
    void thereIsNoWayDownBeforeEverythingIsInTheClear() throws Exception {
        String longest = "p".repeat(255);
        ProxyKey longOne = new ProxyKey(Scheme.HTTP, "192.0.2.5", 5, Credentials.of("max", longest));
        reopenWith(TestVaults.older());
        keep("a", NOW, ANN, longOne);
        await(store.close());
        sql("UPDATE proxy SET credential_digest = 'of another time' WHERE username = 'ann'");
        store = openWith(TestVaults.older());
        keep("b", NOW, ANN);
        reopenWith(TestVaults.usual());
        assertThat(find(longOne).key()).isEqualTo(longOne);
        assertThat(query("SELECT count(*) FROM proxy WHERE length(password) > 255"))
                .isEqualTo("1");
        List<StoredProxy> before = await(store.page(0, 10));
        assertThat(before).as("and one that gave way").hasSize(3);
        await(store.close());

        Migrations migrations = await(Migrations.open(vertx, config(url())));
        try {
            int newest = await(migrations.status()).version();
            assertThat(failure(migrations.down(10)))
                    .hasMessageContaining("below version 11: passwords of proxies are encrypted")
                    .hasMessageContaining("rotate-encryption unseal");
            assertThat(await(migrations.status()).version()).isEqualTo(newest);
        } finally {
            await(migrations.close());
        }

        CredentialVault clear = TestVaults.clear();
        store = openWith(clear);
        Reencryption.Place done =
                await(new Reencryption(store.credentials(), store.settings(), clear, InstantSource.system()).unseal());
        assertThat(done.encrypted()).isEqualTo(3);
        assertThat(done.merged()).isZero();
        assertThat(done.unavailable()).isZero();
        assertThat(asOlderProgramsRead())
                .containsExactlyInAnyOrder("ann pass word é false", "max " + longest + " true", "ann pass word é true");
        assertThat(await(store.page(0, 10))).isEqualTo(before);
        assertThat(keep("b", NOW, ANN, longOne)).isEqualTo(new CandidatesKept(0, 2));
        await(store.close());

        migrations = await(Migrations.open(vertx, config(url())));
        try {
            assertThat(await(migrations.down(7)).version()).isEqualTo(7);
            await(migrations.up());
        } finally {
            await(migrations.close());
        }
        store = openWith(TestVaults.usual());
        assertThat(keep("b", NOW, ANN, longOne)).isEqualTo(new CandidatesKept(0, 2));
        assertThat(await(store.page(0, 10)))
                .extracting(StoredProxy::id, StoredProxy::key, StoredProxy::archived)
                .containsExactlyElementsOf(before.stream()
                        .map(entry -> Assertions.tuple(entry.id(), entry.key(), entry.archived()))
                        .toList());
        assertThat(query("SELECT count(*) FROM proxy WHERE password LIKE 'v1:%' AND credential_digest LIKE 'k1:%'"))
                .isEqualTo("3");
    }

    @Test
    void whileItEncryptsNothingIsWrittenInTheClear() throws Exception {
        keep("a", NOW, ANN);
        Reencryption pass =
                new Reencryption(store.credentials(), store.settings(), TestVaults.usual(), InstantSource.system());

        assertThatThrownBy(() -> await(pass.unseal()))
                .hasMessageContaining("security.encryption.seal: true (expected: false");
    }

    @Test
    void aSchemaOfTomorrowIsRefused() throws Exception {
        await(store.close());
        sql("INSERT INTO schema_version (version, name, applied_at, checksum) VALUES (99, 'tomorrow', 1, 'x')");

        StoreException failure = failure(open());

        assertThat(failure.kind()).isEqualTo(StoreException.Kind.SCHEMA_NEWER);
        assertThat(failure).hasMessageContaining("99");
        Migrations migrations = await(Migrations.open(vertx, config(url())));
        try {
            assertThat(await(migrations.status()).version()).isEqualTo(99);
            assertThat(failure(migrations.down()).kind()).isEqualTo(StoreException.Kind.SCHEMA_NEWER);
        } finally {
            await(migrations.close());
        }
        sql("DELETE FROM schema_version WHERE version = 99");
        store = await(open());
    }

    @Test
    void aSchemaWhoseScriptHasChangedIsRefused() throws Exception {
        await(store.close());
        sql("UPDATE schema_version SET checksum = '0' || checksum WHERE version = 1");

        assertThat(failure(open())).hasMessageContaining("checksum");

        sql("UPDATE schema_version SET checksum = substr(checksum, 2) WHERE version = 1");
        store = await(open());
    }

    @Test
    void resultsAndWhatHappenedAreWrittenTogether() throws Exception {
        keep("a", NOW, http(1), http(2), unknown(3));
        List<TakenProxy> taken = take(NOW, 10);
        List<CheckBatch.Noted> noted = new ArrayList<>();
        List<HealthChange> changes = new ArrayList<>();
        for (TakenProxy one : taken) {
            boolean unknown = one.key().scheme() == Scheme.UNKNOWN;
            changes.add(new HealthChange(
                    one.id(),
                    one.key(),
                    one.health().version(),
                    alive(one, NOW + 10),
                    unknown ? List.of(Scheme.SOCKS5, Scheme.HTTP) : List.of()));
            noted.add(new CheckBatch.Noted(one.id(), new ProxyHistory.Check(NOW, FailureReason.NONE, 7)));
        }
        List<HealthChange> plain =
                changes.stream().filter(change -> change.spoken().isEmpty()).toList();
        List<HealthChange> speaking =
                changes.stream().filter(change -> !change.spoken().isEmpty()).toList();

        assertThat(await(store.write(plain, new CheckBatch("me", 1, noted.subList(0, 2)))))
                .isEqualTo(2);
        assertThat(await(store.write(speaking, new CheckBatch("me", 2, noted.subList(2, 3)))))
                .isEqualTo(1);
        assertThat(await(store.write(plain, new CheckBatch("me", 1, noted.subList(0, 2)))))
                .as("an answer was lost, and the same is sent again")
                .isZero();

        for (TakenProxy one : taken) {
            assertThat(await(store.history().of(one.id(), 0, 10)).checks())
                    .containsExactly(new ProxyHistory.Check(NOW, FailureReason.NONE, 7));
        }
        assertThat(find(http(1)).health().alive()).isTrue();
    }

    /** Where copies are put. */
    @TempDir
    protected Path copies;

    @Test
    void aCopyOfADatabaseInUseBringsEverythingBack() throws Exception {
        keep("a", NOW, new Candidate(http(1), 3, "DE"), claim(http(2)), claim(unknown(3)), claim(http(4)));
        ProxyKey odd =
                new ProxyKey(Scheme.SOCKS5, "proxy.example", 9, Credentials.of("us\\er\"\n\u0000", "p\u00e4ss\\0'"));
        keep("b", NOW + 1, odd);
        checkAlive(http(1));
        checkDead(http(2), NOW);
        write(http(4), this::rich);
        await(store.override(find(http(4)).id(), new ManualOverride(Tier.ACTIVE, 3, false, NOW + 1)));
        await(store.settings().put("pool.strategy", "random"));
        List<StoredProxy> before = await(store.page(0, 100));
        Path copy = copies.resolve("deep/down/copy");

        Backup made = await(Backups.make(vertx, config(url()), copy));

        assertThat(made.proxies()).isEqualTo(5);
        assertThat(made.bytes()).isEqualTo(Files.size(copy));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(copy)))
                .isEqualTo("rw-------");
        keep("c", NOW, http(77));
        await(store.settings().put("pool.strategy", "fastest-half"));
        StoreException used = failure(Backups.restore(vertx, config(url()), copy, true));
        assertThat(used.kind()).as(used.getMessage()).isEqualTo(StoreException.Kind.LOCKED);
        await(store.close());
        assertThat(failure(Backups.restore(vertx, config(url()), copy, false))).hasMessageContaining("holds 6 proxies");

        assertThat(await(Backups.restore(vertx, config(url()), copy, true)).proxies())
                .isEqualTo(5);

        store = await(open());
        assertThat(await(store.page(0, 100))).isEqualTo(before);
        assertThat(await(store.settings().all())).containsEntry("pool.strategy", "random");
        keep("d", NOW, http(78));
        assertThat(find(http(78)).id())
                .as("numbers go on behind those that came back")
                .isGreaterThan(before.get(before.size() - 1).id());
    }

    @Test
    void aCopyThatExistsIsNotOverwritten() throws Exception {
        Path copy = Files.writeString(copies.resolve("copy"), "precious");
        assertThat(failure(Backups.make(vertx, config(url()), copy))).hasMessageContaining(copy + " exists");
        assertThat(copy).hasContent("precious");
    }

    @Test
    void aCopyThatIsDamagedChangesNothing() throws Exception {
        keep("a", NOW, many(2_000));
        Path copy = copies.resolve("copy");
        await(Backups.make(vertx, config(url()), copy));
        byte[] whole = Files.readAllBytes(copy);
        await(store.close());
        Random random = new Random(7);
        for (int i = 0; i < 12; i++) {
            byte[] broken = i % 2 == 0 ? Arrays.copyOf(whole, random.nextInt(whole.length)) : whole.clone();
            if (i % 2 == 1) {
                // A page, or a part of the packed text.
                int at = random.nextInt(whole.length - 4_096);
                byte[] noise = new byte[4_096];
                random.nextBytes(noise);
                System.arraycopy(noise, 0, broken, at, noise.length);
            }
            Path file = Files.write(copies.resolve("broken-" + i), broken);
            StoreException failure = failure(Backups.restore(vertx, config(url()), file, true));
            assertThat(failure).as("round %d", i).hasMessageContaining(file.toString());
        }
        store = await(open());
        assertThat(await(store.page(0, 5_000))).hasSize(2_000);
    }

    @Test
    void whatIsNoCopyIsRefused() throws Exception {
        await(store.close());
        Path text = Files.writeString(copies.resolve("list.txt"), "http://127.0.0.1:80\n".repeat(100));
        assertThat(failure(Backups.restore(vertx, config(url()), text, true))).hasMessageContaining(text.toString());
        assertThat(failure(Backups.restore(vertx, config(url()), copies.resolve("nowhere"), true)))
                .hasMessageContaining("nowhere");
        store = await(open());
    }

    @Test
    void dataSurvivesTheWayDownAndUp() throws Exception {
        keep("a", NOW, new Candidate(http(1), 3, "DE"), claim(http(2)), claim(unknown(3)), claim(http(4)));
        checkAlive(http(1));
        checkDead(http(2), NOW);
        await(store.archive(NOW, 1));
        write(http(4), this::rich);
        await(store.override(
                find(http(4)).id(),
                new ManualOverride(Tier.ACTIVE, 3, false, NetworkType.MOBILE, List.of("mine"), NOW + 1)));
        await(store.override(
                find(unknown(3)).id(),
                new ManualOverride(null, 0, null, NetworkType.RESIDENTIAL, List.of(), Long.MAX_VALUE)));
        String exit = find(http(4)).health().exitAddress();
        assertThat(await(store.locate(
                        List.of(
                                new Located(find(http(2)).id(), LocationsContract.NETWORK_ONLY, null, null),
                                new Located(find(http(4)).id(), LocationsContract.BERN, exit, LocationsContract.TOKYO)),
                        NOW)))
                .isEqualTo(2);
        await(store.close());
        sql("UPDATE proxy SET tags = 'mine,yours', priority_override = 9 WHERE port = 1");
        store = await(open());
        List<StoredProxy> before = List.of(find(http(1)), find(http(2)), find(unknown(3)), find(http(4)));
        await(store.close());

        Migrations migrations = await(Migrations.open(vertx, config(url())));
        try {
            MigrationStatus down = await(migrations.down());
            assertThat(down.version()).isEqualTo(NEWEST - 1);
            assertThat(down.newest()).isEqualTo(NEWEST);
            assertThat(down.steps())
                    .extracting(MigrationStatus.Step::applied)
                    .hasSize(NEWEST)
                    .endsWith(true, false)
                    .containsOnlyOnce(false);
            assertThat(await(migrations.down(3)).version()).isEqualTo(3);
            assertThat(await(migrations.down(2)).version()).isEqualTo(2);
            assertThat(await(migrations.down(1)).version()).isEqualTo(1);
            assertThat(failure(migrations.down(0)))
                    .hasMessageContaining("proxy")
                    .hasMessageContaining("lose");
            assertThat(failure(migrations.down(1))).hasMessageContaining("target version: 1");
            MigrationStatus up = await(migrations.up());
            assertThat(up.version()).isEqualTo(NEWEST);
            assertThat(up.toString())
                    .contains("schema version " + NEWEST + ", newest " + NEWEST)
                    .contains("1  core  applied 20")
                    .doesNotContain("not applied");
            assertThat(await(migrations.up()).copy()).isNull();
        } finally {
            await(migrations.close());
        }

        store = await(open());
        assertThat(List.of(find(http(1)), find(http(2)), find(unknown(3)), find(http(4))))
                .isEqualTo(before);
        await(store.close());
        assertThat(query("SELECT tags FROM proxy WHERE port = 1")).isEqualTo("mine,yours");
        store = await(open());
    }

    @Test
    void whatAnOlderProgramFoundOutMeanwhileIsNotForgotten() throws Exception {
        keep("a", NOW, http(1), http(2), http(3), http(4));
        for (int port = 1; port <= 3; port++) {
            write(http(port), this::rich);
        }
        await(store.close());
        Migrations migrations = await(Migrations.open(vertx, config(url())));
        try {
            await(migrations.down(2));
            sql("UPDATE proxy SET last_reason = 12, last_checked_at = 5000, version = version + 1 WHERE port = 1");
            sql("UPDATE proxy SET verified = 1, version = version + 1 WHERE port = 2");
            sql("UPDATE proxy SET tampering = 1, last_checked_at = 6000, version = version + 1 WHERE port = 4");
            await(migrations.up());
        } finally {
            await(migrations.close());
        }

        store = await(open());
        Health rich = find(http(3)).health();
        assertThat(rich.probation().cleanChecks()).isPositive();
        assertThat(rich.latencies().count()).isPositive();
        assertThat(find(http(1)).health().probation()).as("caught anew").isEqualTo(Health.Probation.caughtAt(5_000));
        assertThat(find(http(1)).health().latencies()).isEqualTo(rich.latencies());
        assertThat(find(http(2)).health().latencies())
                .as("of judged requests, and the last was not judged")
                .isEqualTo(Latencies.EMPTY);
        assertThat(find(http(2)).health().probation())
                .as("what came between may have ended the row")
                .isEqualTo(rich.probation().anew());
        assertThat(find(http(4)).health().probation())
                .as("caught for the first time")
                .isEqualTo(Health.Probation.caughtAt(6_000));
    }

    @Test
    void theReasonForATierHoldsAsLongAsTheTier() throws Exception {
        keep("a", NOW, http(1), http(2));
        write(http(1), this::rich);
        write(http(2), this::rich);
        Health rich = find(http(1)).health();
        await(store.close());
        Migrations migrations = await(Migrations.open(vertx, config(url())));
        try {
            await(migrations.down(4));
            sql("UPDATE proxy SET tier = 3, version = version + 1 WHERE port = 2");
            await(migrations.up());
        } finally {
            await(migrations.close());
        }

        store = await(open());
        assertThat(find(http(1)).health()).isEqualTo(rich);
        assertThat(find(http(2)).health().tierReason()).isEqualTo(TierReason.NONE);
        assertThat(find(http(2)).health().tierSinceMillis()).isZero();
    }

    @Test
    void whatMakesNoSenseAsAnOrderCountsAsNone() throws Exception {
        keep("a", NOW, http(1), http(2));
        sql("UPDATE proxy SET tier_override = 4, priority_override = 11, override_until = 5 WHERE port = 1");
        sql("UPDATE proxy SET tier_override = 9, priority_override = 10, type_override = 4,"
                + " tags = 'good,Not,good,,' WHERE port = 2");

        assertThat(find(http(1)).override()).isNull();
        assertThat(find(http(2)).override())
                .isEqualTo(new ManualOverride(null, 10, null, null, List.of("good"), Long.MAX_VALUE));
    }

    @Test
    void keysAndSettingsSurviveTheWayDownAndUp() throws Exception {
        await(store.keys().add(KeyRecordsContract.key("revoked", NOW)));
        await(store.keys().add(KeyRecordsContract.key("used", NOW + 1)));
        await(store.keys().revoke("revoked", NOW + 5));
        await(store.keys().used(Map.of("used", NOW + 6)));
        await(store.settings().put("pool.strategy", "größte \\0 \0"));
        List<String> keys = keys();
        Map<String, String> settings = await(store.settings().all());
        await(store.close());

        Migrations migrations = await(Migrations.open(vertx, config(url())));
        try {
            await(migrations.down(3));
            assertThat(query("SELECT count(*) FROM api_key_kept")).isEqualTo("2");
            await(migrations.down(1));
            await(migrations.up());
        } finally {
            await(migrations.close());
        }

        store = await(open());
        assertThat(keys()).isEqualTo(keys);
        assertThat(await(store.settings().all())).isEqualTo(settings);
        assertThat(await(store.keys().revoke("revoked", NOW + 9))).isFalse();
        await(store.keys().add(KeyRecordsContract.key("new", NOW + 2)));
        assertThat(await(store.keys().all())).hasSize(3);
    }

    /** All they consist of, hashes included. */
    private List<String> keys() throws Exception {
        return await(store.keys().all()).stream()
                .map(key -> key + HexFormat.of().formatHex(key.hash()))
                .map(text -> text.replaceFirst("hash=[^,]*,", ""))
                .toList();
    }

    @Test
    void jobsAndChunksSurviveTheWayDownAndUp() throws Exception {
        NewJob keyed = new NewJob(JobKind.IMPORT, "import", "{}", 9, "größte \\0 \0", "p", "here", 0, 3, "me");
        JobRecords jobs = store.jobs();
        await(jobs.add(JobRecordsContract.id(1), keyed, NOW, 10));
        await(jobs.add(JobRecordsContract.id(2), JobRecordsContract.partitioned("p", 1), NOW, 10));
        await(jobs.add(JobRecordsContract.id(3), JobRecordsContract.plain(), NOW, 10));
        JobRecord held = await(jobs.take(JobRecordsContract.id(1), JobRecordsContract.claim(NOW)))
                .orElseThrow();
        JobRecord failing = await(jobs.take(JobRecordsContract.id(3), JobRecordsContract.claim(NOW)))
                .orElseThrow();
        await(jobs.end(
                failing.id(),
                failing.leaseToken(),
                JobState.FAILED,
                null,
                new JobRecord.Failure(NOW, 1, "w", "e"),
                NOW));
        addChunk(JobRecordsContract.id(1));
        List<JobRecord> before = await(jobs.list(JobFilter.any(), 10));
        await(store.close());

        Migrations migrations = await(Migrations.open(vertx, config(url())));
        try {
            for (int round = 0; round < 2; round++) {
                await(migrations.down(4));
                assertThat(query("SELECT count(*) FROM job_kept")).isEqualTo("3");
                assertThat(query("SELECT count(*) FROM job_chunk_kept")).isEqualTo("1");
                await(migrations.down(1));
                await(migrations.up());
            }
        } finally {
            await(migrations.close());
        }

        store = await(open());
        assertThat(await(store.jobs().list(JobFilter.any(), 10))).hasSize(3).isEqualTo(before);
        assertThat(query("SELECT count(*) FROM job_chunk")).isEqualTo("1");
        assertThat(await(store.jobs().add(JobRecordsContract.id(9), keyed, NOW, 10))
                        .job())
                .as("its key is still held")
                .isEqualTo(held);
        assertThat(await(store.jobs().take(JobRecordsContract.id(2), JobRecordsContract.claim(NOW))))
                .as("its partition is still busy")
                .isEmpty();
        assertThat(await(store.jobs().progress(held.id(), held.leaseToken(), "{}", null, NOW)))
                .as("its lease is still in force")
                .isTrue();
    }

    @Test
    void theChunksOfAnImportGoWithIt() throws Exception {
        for (int i = 1; i <= 3; i++) {
            await(store.jobs().add(JobRecordsContract.id(i), JobRecordsContract.plain(), NOW, 10));
            addChunk(JobRecordsContract.id(i));
        }
        await(store.jobs().cancel(JobRecordsContract.id(1), NOW));
        await(store.jobs().cancel(JobRecordsContract.id(2), NOW));

        await(store.jobs().drop(JobRecordsContract.id(1)));
        await(store.jobs().drop(JobRecordsContract.id(3)));
        assertThat(query("SELECT count(*) FROM job_chunk")).isEqualTo("2");
        await(store.jobs().purge(NOW + 1, 10));
        assertThat(query("SELECT min(job_id) || count(*) FROM job_chunk")).isEqualTo(JobRecordsContract.id(3) + '1');
    }

    private void addChunk(String job) throws Exception {
        sql("INSERT INTO job_chunk (job_id, number, lines, added, known, rejected, cursor) VALUES ('" + job
                + "', 0, 5, 3, 1, 1, 'here')");
    }

    @Test
    void aJobOfTomorrowIsNamed() throws Exception {
        await(store.jobs().add(JobRecordsContract.id(1), NewJob.of(JobKind.ANALYSIS, "x", "{\"hushed\":1}"), NOW, 10));
        sql("UPDATE job SET kind = 9");
        assertThat(failure(store.jobs().get(JobRecordsContract.id(1))))
                .hasMessage("kind: 9 (expected: a code this version knows)");

        sql("UPDATE job SET kind = 3, state = 9");
        assertThat(failure(store.jobs().get(JobRecordsContract.id(1))))
                .hasMessage("state: 9 (expected: a code this version knows)");

        sql("UPDATE job SET state = 0, failures = 'hushed'");
        assertThat(failure(store.jobs().get(JobRecordsContract.id(1))))
                .hasMessageContaining("failures of job " + JobRecordsContract.id(1))
                .hasMessageNotContaining("hushed");
    }

    @Test
    void aRoleOfTomorrowIsNamed() throws Exception {
        await(store.keys().add(KeyRecordsContract.key("k", NOW)));
        sql("UPDATE api_key SET roles = 9");

        assertThat(failure(store.keys().all())).hasMessage("roles: 9 (expected: bits this version knows)");
    }

    @Test
    void anEmptyDatabaseGoesAllTheWayDownAndUp() throws Exception {
        await(store.close());
        Migrations migrations = await(Migrations.open(vertx, config(url())));
        try {
            assertThat(await(migrations.down(0)).version()).isZero();
            assertThat(await(migrations.up()).version()).isEqualTo(NEWEST);
        } finally {
            await(migrations.close());
        }
        store = await(open());
        assertThat(keep("a", NOW, http(1))).isEqualTo(new CandidatesKept(1, 0));
    }
}
