package dev.sluice.store.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.config.StoreConfig;
import dev.sluice.port.JobFilter;
import dev.sluice.port.JobKind;
import dev.sluice.port.JobRecord;
import dev.sluice.port.JobRecords;
import dev.sluice.port.JobState;
import dev.sluice.port.Jobs;
import dev.sluice.port.KeyRecord;
import dev.sluice.port.Merge;
import dev.sluice.port.NewJob;
import dev.sluice.port.ProxyHistory;
import dev.sluice.proxy.Credentials;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.StoredProxy;
import dev.sluice.store.CheckBatch;
import dev.sluice.store.EmbeddedDatabase;
import dev.sluice.store.HistoryLimits;
import dev.sluice.store.MigrationStatus;
import dev.sluice.store.Migrations;
import dev.sluice.store.ProxyStore;
import dev.sluice.store.SqlStoreContract;
import dev.sluice.store.StoreException;
import dev.sluice.store.Stores;
import dev.sluice.store.TakenProxy;
import dev.sluice.store.TestVaults;
import io.vertx.core.Future;
import io.vertx.core.net.NetServer;
import io.vertx.pgclient.PgConnection;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PostgresStoreIT extends SqlStoreContract {
    private static final JobKind KIND = JobKind.ANALYSIS;

    private String uri = "";

    @Override
    protected void prepare() {
        uri = EmbeddedDatabase.create();
    }

    @Override
    protected void cleanUp() {
        EmbeddedDatabase.drop(uri);
    }

    @Override
    protected String url() {
        return uri;
    }

    @Override
    public boolean isFile() {
        return false;
    }

    @Override
    public void sql(String statement) throws Exception {
        await(PgConnection.connect(vertx, uri)
                .compose(connection -> connection.query(statement).execute().eventually(connection::close)));
    }

    @Override
    public String query(String query) throws Exception {
        Row row = await(PgConnection.connect(vertx, uri)
                        .compose(connection -> connection.query(query).execute().eventually(connection::close)))
                .iterator()
                .next();
        return String.valueOf(row.getValue(0));
    }

    @Test
    void instancesWithDifferentFirstKeysReadOneAnothersPasswords() throws Exception {
        ProxyKey ann = new ProxyKey(Scheme.HTTP, "192.0.2.1", 80, Credentials.of("ann", "one"));
        ProxyKey bob = new ProxyKey(Scheme.HTTP, "192.0.2.2", 80, Credentials.of("bob", "two"));
        reopenWith(TestVaults.of(TestVaults.KEY + ',' + TestVaults.OTHER_KEY));
        ProxyStore second = openWith(TestVaults.of(TestVaults.OTHER_KEY + ',' + TestVaults.KEY));
        try {
            keep("a", NOW, ann);
            await(second.keep(batch("b", NOW, bob, ann), Merge.UPDATE));

            assertThat(await(store.credentials().count())).as("under two keys").hasSizeGreaterThan(1);
            for (ProxyStore each : List.of(store, second)) {
                assertThat(await(each.page(0, 10))).extracting(StoredProxy::key).containsExactly(ann, bob);
            }
        } finally {
            await(second.close());
        }
    }

    @Test
    void instancesShareTheWork() throws Exception {
        keep("a", NOW, many(400));
        ProxyStore second = await(open());
        try {
            List<Future<List<TakenProxy>>> takes = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                takes.add(store.takeDue(NOW, 1, 10, 40, LEASE));
                takes.add(second.takeDue(NOW, 1, 10, 40, LEASE));
            }
            await(Future.all(takes));
            Set<Long> ids = new HashSet<>();
            takes.forEach(some -> some.result()
                    .forEach(taken -> assertThat(ids.add(taken.id())).isTrue()));
            take(NOW, 1_000).forEach(taken -> assertThat(ids.add(taken.id())).isTrue());
            assertThat(ids).hasSize(400);

            TakenProxy mine = takes.get(0).result().get(0);
            await(second.giveBack(List.of(mine.id())));
            assertThat(await(second.takeDue(NOW, 1, 10, 10, LEASE)))
                    .as("an instance gives back only what it took")
                    .isEmpty();
            await(store.giveBack(List.of(mine.id())));
            assertThat(await(second.takeDue(NOW, 1, 10, 10, LEASE))).containsExactly(mine);
        } finally {
            await(second.close());
        }
    }

    @Test
    void instancesThatFoldSideBySideLoseAndDoubleNothing() throws Exception {
        HistoryLimits limits = new HistoryLimits(Duration.ofDays(30), 400, Duration.ZERO);
        long later = NOW + 86_400_000;
        ProxyStore second = await(open());
        try {
            for (int round = 1; round <= 10; round++) {
                List<Future<?>> together = new ArrayList<>();
                for (int i = 1; i <= 20; i++) {
                    long at = NOW + round * 20_000L + i * 1_000L;
                    CheckBatch batch = new CheckBatch(
                            "writer " + i,
                            round * 20L + i,
                            List.of(
                                    new CheckBatch.Noted(7, new ProxyHistory.Check(at, FailureReason.NONE, 9_000)),
                                    new CheckBatch.Noted(i + 7, new ProxyHistory.Check(at, FailureReason.DNS, 0))));
                    ProxyStore writer = i % 2 == 0 ? store : second;
                    together.add(writer.write(List.of(), batch));
                    together.add(store.history().fold(limits, later));
                    together.add(second.history().fold(limits, later));
                }
                await(Future.join(together));
            }
            while (await(second.history().fold(limits, later)).more()) {
                // Until all of it is folded.
            }

            ProxyHistory found = await(store.history().of(7, 0, 10_000));
            assertThat(found.checks()).hasSize(200).doesNotHaveDuplicates();
            assertThat(query("SELECT count(*) FROM check_batch")).isEqualTo("0");
        } finally {
            await(second.close());
        }
    }

    @Test
    void anInstanceExpeditesWhatTheOthersHaveNotTaken() throws Exception {
        keep("a", NOW, http(1), http(2));
        TakenProxy theirs = take(NOW, 1).get(0);
        ProxyStore second = await(open());
        try {
            List<Long> ids = List.of(find(http(1)).id(), find(http(2)).id());

            assertThat(await(second.expedite(ids, 10, NOW))).isEqualTo(1);

            assertThat(take(NOW, 10)).hasSize(1).doesNotContain(theirs);
        } finally {
            await(second.close());
        }
    }

    @Test
    void instancesAgreeOnWhatWasAbsent() throws Exception {
        ProxyStore second = await(open());
        try {
            assertThat(await(second.settings().all()))
                    .as("the name of the database, not of the instance")
                    .isEqualTo(await(store.settings().all()));

            List<Future<String>> puts = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                puts.add((i % 2 == 0 ? store : second).settings().putIfAbsent("name", "value " + i));
            }
            await(Future.all(puts));

            assertThat(puts)
                    .extracting(Future::result)
                    .containsOnly(await(store.settings().all()).get("name"));
        } finally {
            await(second.close());
        }
    }

    @Test
    void aRevocationWhileAnotherMigratesDownIsNotLost() throws Exception {
        await(store.keys().add(new KeyRecord("k", "x", Set.of(), false, new byte[32], "p", 0, NOW, 0, 0, 0)));
        Migrations migrations = await(Migrations.open(vertx, config(uri)));
        try {
            Future<MigrationStatus> down = migrations.down();
            boolean revoked;
            try {
                revoked = await(store.keys().revoke("k", NOW + 1));
            } catch (StoreException e) {
                revoked = false;
            }
            await(down);
            await(migrations.up());

            assertThat(await(store.keys().all()).get(0).revokedAtMillis()).isEqualTo(revoked ? NOW + 1 : 0);
        } finally {
            await(migrations.close());
        }
    }

    @Test
    void instancesThatStartTogetherMigrateOnce() throws Exception {
        await(store.close());
        EmbeddedDatabase.drop(uri);
        uri = EmbeddedDatabase.create();

        List<Future<ProxyStore>> starting = List.of(open(), open(), open(), open());
        await(Future.all(starting));

        assertThat(query("SELECT count(*) FROM schema_version")).isEqualTo(Integer.toString(NEWEST));
        for (Future<ProxyStore> started : starting) {
            await(started.result().close());
        }
        store = await(open());
    }

    @Test
    void anInstanceGoesOnWhileAnotherMigratesDownAndUp() throws Exception {
        keep("a", NOW, http(1));
        Migrations migrations = await(Migrations.open(vertx, config(uri)));
        await(migrations.down(2));
        await(migrations.up());
        await(migrations.close());

        assertThat(take(NOW, 10)).extracting(TakenProxy::key).containsExactly(http(1));
        assertThat(find(http(1)).lists()).containsExactly("a");
    }

    @Test
    void aServerThatDoesNotAnswerIsUnavailableAndItsPasswordIsNotTold() throws Exception {
        int port = freePort();
        String target = "postgresql://ann:verysecret@127.0.0.1:" + port + "/pool";

        StoreException failure = failure(Stores.open(vertx, patient(target, 300), TestVaults.usual()));

        assertThat(failure.kind()).isEqualTo(StoreException.Kind.UNAVAILABLE);
        assertThat(failure).hasMessageContaining("127.0.0.1:" + port + "/pool");
        assertThat(everything(failure)).doesNotContain("verysecret");
        assertThat(failure(Migrations.open(vertx, patient(target, 1))).kind())
                .isEqualTo(StoreException.Kind.UNAVAILABLE);
    }

    @Test
    void aServerThatSaysNothingIsUnavailable() throws Exception {
        NetServer silent = await(vertx.createNetServer()
                .connectHandler(socket -> socket.handler(bytes -> {}))
                .listen(0, "127.0.0.1"));
        try {
            StoreException failure = failure(Stores.open(
                    vertx,
                    patient("postgresql://ann:verysecret@127.0.0.1:" + silent.actualPort() + "/pool", 300),
                    TestVaults.usual()));
            assertThat(failure.kind()).isEqualTo(StoreException.Kind.UNAVAILABLE);
        } finally {
            await(silent.close());
        }
    }

    @Test
    void aServerThatComesUpLateIsWaitedFor() throws Exception {
        java.net.URI real = java.net.URI.create(uri);
        int port = freePort();
        String late = "postgresql://" + real.getUserInfo() + "@127.0.0.1:" + port + real.getPath();
        Future<ProxyStore> opening = Stores.open(vertx, patient(late, 20_000), TestVaults.usual());
        NetServer relay = await(vertx.createNetServer()
                .connectHandler(client -> {
                    client.pause();
                    vertx.createNetClient()
                            .connect(real.getPort(), real.getHost())
                            .onSuccess(server -> {
                                client.pipeTo(server);
                                server.pipeTo(client);
                            })
                            .onFailure(refused -> client.close());
                })
                .listen(port, "127.0.0.1"));
        try {
            ProxyStore opened = await(opening);
            assertThat(await(opened.stats()).total()).isZero();
            await(opened.close());
        } finally {
            await(relay.close());
        }
    }

    @Test
    void aWrongPasswordOrDatabaseFailsAtOnce() throws Exception {
        StoreException missing = failure(Stores.open(vertx, patient(uri + "_missing", 600_000), TestVaults.usual()));

        assertThat(missing.kind()).isEqualTo(StoreException.Kind.FAILED);
        assertThat(missing).hasMessageContaining("_missing");
    }

    @Test
    void aMalformedUrlIsNotRepeated() throws Exception {
        StoreException failure =
                failure(Stores.open(vertx, config("postgresql://ann:verysecret@:::/x y"), TestVaults.usual()));

        assertThat(failure.kind()).isEqualTo(StoreException.Kind.FAILED);
        assertThat(everything(failure)).doesNotContain("verysecret");
    }

    @Test
    void aLostConnectionIsUnavailableAndComesBack() throws Exception {
        keep("a", NOW, http(1));
        sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                + " WHERE datname = current_database() AND pid <> pg_backend_pid()");

        boolean answered = false;
        for (int i = 0; i < 20 && !answered; i++) {
            try {
                answered = await(store.stats()).total() == 1;
            } catch (StoreException e) {
                assertThat(e.kind()).isEqualTo(StoreException.Kind.UNAVAILABLE);
            }
        }
        assertThat(answered).isTrue();
    }

    @Test
    void dueWorkReadsOneRangeOfTheIndexForEachPriority() throws Exception {
        String sql = PostgresSql.TAKE_DUE
                .replace("$1", "1")
                .replace("$2", "100")
                .replace("$3", "'me'")
                .replace("$4", "2")
                .replace("$5", "6")
                .replace("$6", "8");
        String oneRange = "Scan using proxy_due[^\\n]*\\n *Index Cond: [^\\n]*priority = [^\\n]*next_check_at <= ";
        assertThat(plan(sql)).containsPattern("Index " + oneRange);
        assertThat(plan(PostgresSql.BACKLOG.replace("$1", "1").replace("$2", "100")))
                .containsPattern("Index[^\\n]* " + oneRange)
                .doesNotContain("Seq Scan on proxy");
    }

    @Test
    void whatTurnedLatelyIsFoundByItsIndex() throws Exception {
        sql("INSERT INTO proxy (scheme, host, port, first_seen_at, next_check_at, state_since, last_alive_at)"
                + " SELECT 1, '192.0.2.1', n, 1, 1, n, n % 20 FROM generate_series(1, 20000) AS s (n)");
        sql("ANALYZE proxy");

        assertThat(plan(PostgresSql.TURNED
                        .replace("$1", "19900")
                        .replace("$2", "0")
                        .replace("$3", "100")))
                .containsPattern("Index[^\\n]* Scan using proxy_turned[^\\n]*\\n *Index Cond: [^\\n]*state_since >= ")
                .doesNotContain("Seq Scan on proxy");
    }

    private String plan(String sql) throws Exception {
        StringBuilder lines = new StringBuilder();
        await(PgConnection.connect(vertx, uri)
                        .compose(connection ->
                                connection.query("EXPLAIN " + sql).execute().eventually(connection::close)))
                .forEach(row -> lines.append(row.getString(0)).append('\n'));
        return lines.toString();
    }

    @Test
    void aLeaseStaysOnItsPageAndInNoIndex() throws Exception {
        keep("a", NOW, http(1));
        checkAlive(http(1));

        long moved = await(PgConnection.connect(vertx, uri)
                .compose(connection -> connection
                        .begin()
                        .compose(transaction -> connection
                                .query("UPDATE proxy SET lease_owner = 'me', lease_until = 5")
                                .execute()
                                .compose(updated -> connection
                                        .query("SELECT pg_stat_get_xact_tuples_updated('proxy'::regclass)"
                                                + " - pg_stat_get_xact_tuples_hot_updated('proxy'::regclass),"
                                                + " pg_stat_get_xact_tuples_updated('proxy'::regclass)")
                                        .execute())
                                .compose(rows -> transaction.rollback().map(rows)))
                        .map(rows -> {
                            Row row = rows.iterator().next();
                            assertThat(row.getLong(1)).isEqualTo(1);
                            return row.getLong(0);
                        })
                        .eventually(connection::close)));

        assertThat(moved).isZero();
    }

    @Test
    void instancesThatTakeJobsOfTheSamePartitionsAtOnceBothSucceed() throws Exception {
        int partitions = 12;
        int jobs = 240;
        for (int i = 0; i < jobs; i++) {
            String partition = i % 4 == 0 ? null : "p" + i % partitions;
            await(store.jobs()
                    .add(
                            job(i),
                            new NewJob(KIND, "x", "{}", 1 + i % 10, null, partition, null, 0, 8, null),
                            NOW,
                            jobs));
        }
        ProxyStore second = await(open());
        try {
            Set<String> done = new HashSet<>();
            while (done.size() < jobs) {
                List<Future<List<JobRecord>>> takes = new ArrayList<>();
                for (int i = 0; i < 6; i++) {
                    takes.add((i % 2 == 0 ? store : second).jobs().take(Set.of(KIND), 7, claim("w" + i)));
                }
                await(Future.all(takes));
                Set<String> busy = new HashSet<>();
                List<Future<Boolean>> ends = new ArrayList<>();
                for (Future<List<JobRecord>> take : takes) {
                    for (JobRecord job : take.result()) {
                        assertThat(done.add(job.id())).isTrue();
                        assertThat(job.job().partition() == null
                                        || busy.add(job.job().partition()))
                                .isTrue();
                        ends.add(second.jobs().end(job.id(), job.leaseToken(), JobState.COMPLETED, null, null, NOW));
                    }
                }
                assertThat(ends)
                        .as("something is taken as long as something waits")
                        .isNotEmpty();
                await(Future.all(ends));
                assertThat(ends).extracting(Future::result).containsOnly(true);
            }
        } finally {
            await(second.close());
        }
    }

    @Test
    void instancesKeepOneJobOfAKey() throws Exception {
        ProxyStore second = await(open());
        try {
            NewJob keyed = new NewJob(KIND, "x", "{}", 5, "k", null, null, 0, 8, null);
            List<Future<Jobs.Submitted>> adds = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                adds.add((i % 2 == 0 ? store : second).jobs().add(job(i), keyed, NOW, 1_000));
            }
            await(Future.all(adds));

            assertThat(adds).filteredOn(add -> !add.result().known()).hasSize(1);
            assertThat(await(store.jobs().list(JobFilter.any(), 100))).hasSize(1);
        } finally {
            await(second.close());
        }
    }

    @Test
    void signsOfLifeAndProgressOfJobsStayOnTheirPage() throws Exception {
        await(store.jobs().add(job(1), NewJob.of(KIND, "x", "{}"), NOW, 10));
        JobRecord held = await(store.jobs().take(job(1), claim("w"))).orElseThrow();
        List<Tuple> beat = List.of(Tuple.of(new String[] {held.id()}, new Long[] {held.leaseToken()}, NOW + 9));
        List<Tuple> progress = List.of(Tuple.of(held.id(), held.leaseToken(), "{}", "c", NOW + 9));

        Row moved = await(PgConnection.connect(vertx, uri)
                .compose(connection -> connection
                        .begin()
                        .compose(transaction -> connection
                                .preparedQuery(PostgresJobSql.BEAT)
                                .executeBatch(beat)
                                .compose(beaten -> connection
                                        .preparedQuery(PostgresJobSql.PROGRESS)
                                        .executeBatch(progress))
                                .compose(updated -> connection
                                        .query("SELECT pg_stat_get_xact_tuples_updated('job'::regclass),"
                                                + " pg_stat_get_xact_tuples_hot_updated('job'::regclass)")
                                        .execute())
                                .compose(rows -> transaction.rollback().map(rows)))
                        .map(rows -> rows.iterator().next())
                        .eventually(connection::close)));

        assertThat(moved.getLong(0)).isEqualTo(2);
        assertThat(moved.getLong(1)).isEqualTo(2);
    }

    @Test
    void noStepOfAJobReadsTheWholeTable() throws Exception {
        sql("INSERT INTO job (id, kind, type, payload, priority, max_attempts, state, run_at, created_at, updated_at,"
                + " finished_at) SELECT 'job-' || n, 3, 'x', '{}', 1 + n % 10, 8,"
                + " CASE WHEN n % 100 = 0 THEN 0 WHEN n % 1000 = 1 THEN 1 ELSE 2 END, n, n, n,"
                + " CASE WHEN n % 100 = 0 OR n % 1000 = 1 THEN 0 ELSE n END FROM generate_series(1, 30000) AS s (n)");
        sql("ANALYZE job");

        assertThat(jobPlan(PostgresJobSql.TAKE, "9", "'w'", "40000", "'n'", "'{1,3}'::bigint[]", "5", "205", "true"))
                .containsPattern("Index Scan using job_due[^\\n]*\\n *Index Cond: [^\\n]*kind = [^\\n]*run_at <=");
        jobPlan(PostgresJobSql.TAKE_ONE, "9", "'w'", "40000", "'n'", "'x'");
        jobPlan(PostgresJobSql.LOCK_SILENT, "40000", "10");
        jobPlan(PostgresJobSql.COUNT_LIVE, "3");
        jobPlan(PostgresJobSql.FIND_KNOWN, "'x'", "'k'");
        assertThat(jobPlan(PostgresJobSql.LIST, "'{0,3}'::bigint[]", "'{1,3}'::bigint[]", "'~'", "NULL", "20"))
                .containsPattern("Limit[^\\n]*\\n *->  Index (Only )?Scan using job_state");
        jobPlan(PostgresJobSql.PURGE, "100", "20");
        assertThat(jobPlan(PostgresJobSql.UNTOLD, "5", "40000", "20"))
                .contains("using job_untold on job n", "using job_untold on job t");
        jobPlan(PostgresJobSql.RETRY_FAILED, "5", "'{1,3}'::bigint[]", "20");
    }

    private String jobPlan(String sql, String... parameters) throws Exception {
        String filled = sql;
        for (int i = parameters.length; i > 0; i--) {
            filled = filled.replace("$" + i, parameters[i - 1]);
        }
        String plan = plan(filled);
        assertThat(plan).doesNotContain("Seq Scan on job");
        return plan;
    }

    private static String job(int number) {
        return "job-" + number;
    }

    private static JobRecords.Claim claim(String worker) {
        return new JobRecords.Claim(worker, "here", NOW, NOW + LEASE);
    }

    private static StoreConfig patient(String url, long millis) {
        StoreConfig config = config(url);
        return new StoreConfig(
                url,
                Duration.ofMillis(millis),
                config.flushInterval(),
                config.maxPendingWrites(),
                config.archiveAfter(),
                config.historyRetention(),
                config.historyDays(),
                config.connections());
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static String everything(Throwable failure) {
        StringBuilder text = new StringBuilder();
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            text.append(cause).append('\n');
        }
        return text.toString();
    }
}
