package dev.sluice.store.redis;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sluice.message.CandidatesKept;
import dev.sluice.port.Merge;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import dev.sluice.secret.CredentialVault;
import dev.sluice.store.HealthChange;
import dev.sluice.store.ProxyStore;
import dev.sluice.store.SmallStoreContract;
import dev.sluice.store.StoreException;
import dev.sluice.store.Stores;
import dev.sluice.store.TakenProxy;
import dev.sluice.store.TestVaults;
import io.vertx.core.Future;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.embedded.RedisServer;

/** A real Redis, of the oldest version that is supported. */
class RedisStoreIT extends SmallStoreContract {
    private static final String PASSWORD = "hush-hush-4711";

    private static int port;
    private static @Nullable RedisServer server;

    @TempDir
    Path directory;

    @BeforeAll
    static void start() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        try {
            server = run();
        } catch (IOException | RuntimeException e) {
            System.err.println("SKIPPED: the embedded Redis does not start here: " + e);
            server = null;
        }
        assumeTrue(server != null, "the embedded Redis does not start here");
    }

    private static RedisServer run() throws IOException {
        RedisServer started = RedisServer.newRedisServer()
                .bind("127.0.0.1")
                .port(port)
                .setting("requirepass " + PASSWORD)
                .setting("save \"\"")
                .build();
        started.start();
        return started;
    }

    @AfterAll
    static void stop() throws Exception {
        if (server != null) {
            server.stop();
        }
    }

    private static String address(int at) {
        return "redis://:" + PASSWORD + "@127.0.0.1:" + at + "/0";
    }

    @Override
    protected String url() {
        return address(port);
    }

    @Override
    protected Path data() {
        return directory;
    }

    @Override
    protected void prepare() {
        try {
            redis(Request.cmd(Command.FLUSHALL));
            redis(Request.cmd(Command.CONFIG).arg("SET").arg("maxmemory").arg("0"));
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    protected void cleanUp() {
        // the directory goes with the test
    }

    @Override
    protected Future<ProxyStore> open(CredentialVault vault) {
        return RedisStore.open(vertx, url(), directory, Duration.ofSeconds(20), InstantSource.system(), vault)
                .compose(opened -> ready(opened, vault));
    }

    private Future<ProxyStore> open(String url, Duration timeout, int mostEntries) {
        return RedisStore.open(vertx, url, directory, timeout, InstantSource.system(), TestVaults.usual(), mostEntries);
    }

    @Override
    protected void rewrite(Rewriting rewriting) throws Exception {
        for (String key : keys()) {
            if (key.contains(":entries:")) {
                Response fields = answer(Request.cmd(Command.HGETALL).arg(key));
                for (String field : fields.getKeys()) {
                    redis(Request.cmd(Command.HSET)
                            .arg(key)
                            .arg(field)
                            .arg(rewriting.of(fields.get(field).toString())));
                }
            }
        }
    }

    private static List<String> keys() throws Exception {
        List<String> keys = new ArrayList<>();
        answer(Request.cmd(Command.KEYS).arg("*")).forEach(key -> keys.add(key.toString()));
        return keys;
    }

    @Override
    protected String bytes() throws Exception {
        StringBuilder all = new StringBuilder(bytesOfFiles());
        for (String key : keys()) {
            boolean hash = answer(Request.cmd(Command.TYPE).arg(key)).toString().equals("hash");
            all.append(key)
                    .append(redis(
                            Request.cmd(hash ? Command.HGETALL : Command.GET).arg(key)));
        }
        return all.toString();
    }

    private static Response answer(Request request) throws Exception {
        return Objects.requireNonNull(redis(request));
    }

    private static @Nullable Response redis(Request request) throws Exception {
        Redis client = Redis.createClient(vertx, address(port));
        try {
            return await(client.send(request));
        } finally {
            await(client.close());
        }
    }

    private static String text(Request request) throws Exception {
        return String.valueOf(redis(request));
    }

    private static String meta(String field) throws Exception {
        return text(Request.cmd(Command.HGET).arg("sluice:store:meta").arg(field));
    }

    /** Asks again until the store answers. */
    private <T> T untilDone(Supplier<Future<T>> call) throws Exception {
        for (int i = 0; i < 600; i++) {
            try {
                return await(call.get());
            } catch (Exception e) {
                await(vertx.timer(100, TimeUnit.MILLISECONDS));
            }
        }
        return await(call.get());
    }

    // what is in Redis

    @Test
    void entriesAreJsonInHashesOfBoundedSize() throws Exception {
        keep("a", NOW, many(1_000));

        assertThat(meta("entries")).isEqualTo("1000");
        assertThat(text(Request.cmd(Command.HLEN).arg("sluice:store:entries:0")))
                .isEqualTo("511");
        assertThat(text(Request.cmd(Command.HLEN).arg("sluice:store:entries:1")))
                .isEqualTo("489");
        assertThat(text(Request.cmd(Command.HGET).arg("sluice:store:entries:0").arg("1")))
                .startsWith("{\"id\":1,\"scheme\":\"http\",\"host\":\"192.0.2.1\",\"port\":1,");
    }

    @Test
    void twoStoresShareADatabaseUnderPrefixesOfTheirOwn() throws Exception {
        keep("a", NOW, http(1));
        await(store.close());
        store = await(open(url() + "#other", Duration.ofSeconds(20), 500_000));
        assertThat(await(store.stats()).total()).isZero();
        keep("a", NOW, http(2), http(3));
        await(store.close());

        store = await(open());

        assertThat(await(store.stats()).total()).isEqualTo(1);
        assertThat(text(Request.cmd(Command.HLEN).arg("other:store:entries:0"))).isEqualTo("2");
    }

    @Test
    void aRemovedSettingIsGoneFromRedis() throws Exception {
        await(store.settings().put("x", "y"));
        await(store.settings().remove("x"));

        assertThat(text(Request.cmd(Command.HEXISTS)
                        .arg("sluice:store:settings")
                        .arg("x")))
                .isIn("0", "false");
    }

    // owners

    @Test
    void itHasOneOwner() throws Exception {
        Path elsewhere = directory.resolve("elsewhere");

        StoreException failure = failure(RedisStore.open(
                vertx, url(), elsewhere, Duration.ofMillis(100), InstantSource.system(), TestVaults.usual(), 10));

        assertThat(failure.kind()).isEqualTo(StoreException.Kind.LOCKED);
        assertThat(failure)
                .hasMessageContaining("redis://127.0.0.1:" + port)
                .hasMessageContaining("process " + ProcessHandle.current().pid())
                .hasMessageNotContaining(PASSWORD);
        assertThat(keep("a", NOW, http(1))).isEqualTo(new CandidatesKept(1, 0));
    }

    @Test
    void whoLostTheLockWritesNothingMore() throws Exception {
        keep("a", NOW, http(1));
        redis(Request.cmd(Command.SET).arg("sluice:store:owner").arg("process 1 on another host"));

        StoreException failure = failure(store.keep(batch("a", NOW, http(2)), Merge.UPDATE));

        assertThat(failure.kind()).isEqualTo(StoreException.Kind.LOCKED);
        assertThat(failure).hasMessageContaining("process 1 on another host");
        assertThat(failure(store.takeDue(NOW, 1, 10, 10, LEASE)).kind()).isEqualTo(StoreException.Kind.LOCKED);
        assertThat(failure(store.find(http(1))).kind()).isEqualTo(StoreException.Kind.LOCKED);
        assertThat(meta("entries")).isEqualTo("1");
        await(store.close());
        assertThat(text(Request.cmd(Command.GET).arg("sluice:store:owner")))
                .as("the lock of another is not released")
                .isEqualTo("process 1 on another host");
        redis(Request.cmd(Command.DEL).arg("sluice:store:owner"));
        store = await(open());
        assertThat(await(store.stats()).total()).isEqualTo(1);
    }

    @Test
    void whoComesBackAfterAnotherOwnerIsLockedOut() throws Exception {
        keep("a", NOW, http(1));
        redis(Request.cmd(Command.DEL).arg("sluice:store:owner"));
        ProxyStore second = await(RedisStore.open(
                vertx,
                url(),
                directory.resolve("elsewhere"),
                Duration.ofSeconds(5),
                InstantSource.system(),
                TestVaults.usual(),
                10));
        await(second.keep(batch("a", NOW, http(2)), Merge.UPDATE));
        await(second.close());

        untilLocked();

        assertThat(meta("entries")).isEqualTo("2");
        await(store.close());
        store = await(open());
        assertThat(await(store.stats()).total()).isEqualTo(2);
    }

    private void untilLocked() throws Exception {
        for (int i = 0; i < 600; i++) {
            StoreException failure = failure(store.keep(batch("a", NOW, http(3)), Merge.UPDATE));
            if (failure.kind() == StoreException.Kind.LOCKED) {
                return;
            }
            await(vertx.timer(100, TimeUnit.MILLISECONDS));
        }
        throw new AssertionError("never locked out");
    }

    // a Redis that forgets

    @Test
    void whatIsFlushedUnderItsFeetIsWrittenAgain() throws Exception {
        keep("a", NOW, many(5_000));
        await(store.settings().put("x", "y"));
        redis(Request.cmd(Command.FLUSHALL));

        StoreException failure = failure(store.keep(batch("a", NOW, http(6_000)), Merge.UPDATE));
        assertThat(failure.kind()).isEqualTo(StoreException.Kind.UNAVAILABLE);
        CandidatesKept kept = untilDone(() -> store.keep(batch("a", NOW, http(6_000)), Merge.UPDATE));

        assertThat(kept).isEqualTo(new CandidatesKept(1, 0));
        assertThat(meta("entries")).isEqualTo("5001");
        reopen();
        assertThat(await(store.stats()).total()).isEqualTo(5_001);
        assertThat(await(store.settings().all())).containsEntry("x", "y").containsKey(ProxyStore.DATABASE_NAME);
    }

    @Test
    void aRedisThatWentBackGetsWhatItLost() throws Exception {
        keep("a", NOW, http(1));
        String revision = meta("revision");
        await(store.settings().put("x", "y"));
        keep("a", NOW, http(2));
        // As a restart without its last seconds leaves it.
        redis(Request.cmd(Command.HSET)
                .arg("sluice:store:meta")
                .arg("revision")
                .arg(revision)
                .arg("entries")
                .arg("1"));
        redis(Request.cmd(Command.HDEL).arg("sluice:store:entries:0").arg("2"));
        redis(Request.cmd(Command.DEL).arg("sluice:store:settings"));

        untilDone(() -> store.keep(batch("a", NOW, http(3)), Merge.UPDATE));

        reopen();
        assertThat(await(store.stats()).total()).isEqualTo(3);
        assertThat(await(store.settings().all())).containsEntry("x", "y");
    }

    @Test
    void aRestartOfRedisIsSurvived() throws Exception {
        keep("a", NOW, many(1_000));
        TakenProxy taken = take(NOW, 1).get(0);
        requireNonNull(server).stop();

        StoreException failure = failure(store.keep(batch("a", NOW, http(2_000)), Merge.UPDATE));
        assertThat(failure.kind()).isEqualTo(StoreException.Kind.UNAVAILABLE);
        assertThat(failure).hasMessageContaining("redis://127.0.0.1").hasMessageNotContaining(PASSWORD);
        assertThat(await(store.find(http(1)))).as("memory goes on answering").isPresent();
        server = run();
        HealthChange change = change(taken, alive(taken, NOW));
        assertThat(untilDone(() -> store.write(List.of(change)))).isEqualTo(1);

        reopen();
        assertThat(await(store.stats()).total()).isEqualTo(1_000);
        assertThat(await(store.stats()).alive()).isEqualTo(1);
    }

    @Test
    void somethingElseThatWritesEndsIt() throws Exception {
        keep("a", NOW, http(1));
        redis(Request.cmd(Command.HSET).arg("sluice:store:meta").arg("revision").arg("99"));

        StoreException failure = failure(store.keep(batch("a", NOW, http(2)), Merge.UPDATE));
        for (int i = 0; i < 600 && failure.kind() == StoreException.Kind.UNAVAILABLE; i++) {
            await(vertx.timer(100, TimeUnit.MILLISECONDS));
            failure = failure(store.keep(batch("a", NOW, http(2)), Merge.UPDATE));
        }

        assertThat(failure.kind()).isEqualTo(StoreException.Kind.FAILED);
        assertThat(failure).hasMessageContaining("revision 99").hasMessageContaining("something else");
        assertThat(meta("entries")).isEqualTo("1");
    }

    // no answer

    /** Passes everything on, but loses answers when told to. */
    private final class Middleman implements AutoCloseable {
        private final NetServer listening = vertx.createNetServer();
        private final Queue<NetSocket> open = new ConcurrentLinkedQueue<>();
        private volatile boolean deaf;
        private int port;

        Middleman start() throws Exception {
            listening.connectHandler(client -> {
                client.pause();
                vertx.createNetClient().connect(RedisStoreIT.port, "127.0.0.1").onSuccess(real -> {
                    open.add(client);
                    client.handler(real::write);
                    real.handler(answer -> {
                        if (deaf) {
                            deaf = false;
                            client.close();
                        } else {
                            client.write(answer);
                        }
                    });
                    client.closeHandler(gone -> real.close());
                    real.closeHandler(gone -> client.close());
                    client.resume();
                });
            });
            port = await(listening.listen(0, "127.0.0.1")).actualPort();
            return this;
        }

        @Override
        public void close() throws Exception {
            await(listening.close());
        }
    }

    @Test
    void whatRedisWroteWithoutSayingSoIsInTheModelAgain() throws Exception {
        await(store.close());
        try (Middleman middleman = new Middleman().start()) {
            store = await(open(address(middleman.port), Duration.ofSeconds(20), 100));
            keep("a", NOW, http(1));
            middleman.deaf = true;

            StoreException failure = failure(store.keep(batch("a", NOW, http(2)), Merge.UPDATE));
            assertThat(failure.kind()).isEqualTo(StoreException.Kind.UNAVAILABLE);
            CandidatesKept again = untilDone(() -> store.keep(batch("a", NOW, http(2), http(3)), Merge.UPDATE));

            assertThat(again).as("Redis had written it").isEqualTo(new CandidatesKept(1, 1));
            assertThat(meta("entries")).isEqualTo("3");
            await(store.close());
        }
        store = await(open());
        assertThat(await(store.stats()).total()).isEqualTo(3);
    }

    @Test
    void aLostConnectionIsMadeAnew() throws Exception {
        await(store.close());
        try (Middleman middleman = new Middleman().start()) {
            store = await(open(address(middleman.port), Duration.ofSeconds(20), 100));
            keep("a", NOW, http(1));
            for (NetSocket socket : middleman.open) {
                await(socket.close());
            }

            assertThat(untilDone(() -> store.keep(batch("a", NOW, http(2)), Merge.UPDATE))
                            .added())
                    .isEqualTo(1);
            await(store.close());
        }
        store = await(open());
        assertThat(await(store.stats()).total()).isEqualTo(2);
    }

    // limits and damage

    @Test
    void aFullRedisIsReportedAndWhatFailedIsTakenBack() throws Exception {
        keep("a", NOW, http(1));
        redis(Request.cmd(Command.CONFIG).arg("SET").arg("maxmemory").arg("1"));

        StoreException failure = failure(store.keep(batch("a", NOW, http(2)), Merge.UPDATE));

        assertThat(failure.kind()).isEqualTo(StoreException.Kind.FULL);
        assertThat(failure).hasMessageContaining("maxmemory");
        assertThat(await(store.find(http(2)))).isEmpty();
        redis(Request.cmd(Command.CONFIG).arg("SET").arg("maxmemory").arg("0"));
        assertThat(keep("a", NOW, http(2))).isEqualTo(new CandidatesKept(1, 0));
    }

    @Test
    void moreEntriesThanItTakesAreRefused() throws Exception {
        await(store.close());
        store = await(open(url(), Duration.ofSeconds(20), 3));
        keep("a", NOW, http(1), http(2));

        assertThat(failure(store.keep(batch("a", NOW, http(3), http(4)), Merge.UPDATE))
                        .kind())
                .isEqualTo(StoreException.Kind.FULL);
        assertThat(keep("a", NOW, http(3))).isEqualTo(new CandidatesKept(1, 0));
    }

    @Test
    void aKeyOfAnotherSortIsNamedAndNothingIsWrittenInPart() throws Exception {
        keep("a", NOW, http(1));
        redis(Request.cmd(Command.SET).arg("sluice:store:entries:1").arg("not a hash"));
        List<ProxyKey> keys = new ArrayList<>();
        for (int i = 2; i <= 600; i++) {
            keys.add(http(i));
        }

        StoreException failure = failure(store.keep(batch("a", NOW, keys.toArray(ProxyKey[]::new)), Merge.UPDATE));

        assertThat(failure.kind()).isEqualTo(StoreException.Kind.FAILED);
        assertThat(failure).hasMessageContaining("key sluice:store:entries:1: not a hash");
        assertThat(text(Request.cmd(Command.HLEN).arg("sluice:store:entries:0")))
                .isEqualTo("1");
        assertThat(await(store.stats()).total()).isEqualTo(1);
        redis(Request.cmd(Command.DEL).arg("sluice:store:entries:1"));
        assertThat(keep("a", NOW, keys.toArray(ProxyKey[]::new)).added()).isEqualTo(599);
    }

    @Test
    void missingEntriesAreNoticedAtTheStart() throws Exception {
        keep("a", NOW, many(1_000));
        await(store.close());
        redis(Request.cmd(Command.DEL).arg("sluice:store:entries:1"));

        StoreException failure = failure(open());

        assertThat(failure.kind()).isEqualTo(StoreException.Kind.FAILED);
        assertThat(failure)
                .hasMessageContaining("511 of 1000 entries")
                .hasMessageContaining("HSET sluice:store:meta entries 511 revision 0");
        redis(Request.cmd(Command.HSET)
                .arg("sluice:store:meta")
                .arg("entries")
                .arg("511")
                .arg("revision")
                .arg("0"));
        store = await(open());
        assertThat(await(store.stats()).total()).isEqualTo(511);
    }

    @Test
    void damagedValuesAreNamedAndNotRepeated() throws Exception {
        keep("a", NOW, http(1));
        await(store.close());
        redis(Request.cmd(Command.HSET).arg("sluice:store:entries:0").arg("1").arg("{\"id\":hush-hush"));

        StoreException failure = failure(open());

        assertThat(failure)
                .hasMessageContaining("key sluice:store:entries:0")
                .hasMessageContaining("no JSON")
                .hasMessageNotContaining("hush");
        redis(Request.cmd(Command.HSET)
                .arg("sluice:store:entries:0")
                .arg("1")
                .arg("{\"id\":1,\"host\":\"192.0.2.1\",\"port\":1,\"scheme\":\"http\"}"));
        store = await(open());
        assertThat(find(ProxyKey.of(Scheme.HTTP, "192.0.2.1", 1)).id()).isEqualTo(1);
    }

    @Test
    void aFormatOfTomorrowIsRefused() throws Exception {
        await(store.close());
        redis(Request.cmd(Command.HSET).arg("sluice:store:meta").arg("format").arg("2"));

        assertThat(failure(open()).kind()).isEqualTo(StoreException.Kind.SCHEMA_NEWER);

        redis(Request.cmd(Command.HSET).arg("sluice:store:meta").arg("format").arg("1"));
        store = await(open());
    }

    @Test
    void aRedisThatIsNotThereIsReported() throws Exception {
        int free;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            free = socket.getLocalPort();
        }
        Path elsewhere = directory.resolve("elsewhere");

        StoreException failure = failure(RedisStore.open(
                vertx, address(free), elsewhere, Duration.ZERO, InstantSource.system(), TestVaults.usual(), 10));

        assertThat(failure.kind()).isEqualTo(StoreException.Kind.UNAVAILABLE);
        assertThat(failure).hasMessageContaining("127.0.0.1:" + free).hasMessageNotContaining(PASSWORD);
        assertThat(Stores.isShared(url())).isFalse();
    }
}
