package dev.sluice.api;

import static dev.sluice.pool.Entries.NOW;
import static dev.sluice.pool.Entries.entry;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bus.Bus;
import dev.sluice.bus.Channels;
import dev.sluice.message.ConfigChanged;
import dev.sluice.message.ProxyChanged;
import dev.sluice.message.SourceChanged;
import dev.sluice.message.SourceFetched;
import dev.sluice.pool.PooledProxy;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code /api/v1/events}, followed. */
final class EventsVerticleTest {
    private static final Duration HOUR = Duration.ofHours(1);
    private static final int FOLLOWERS = 3;

    private Vertx vertx;
    private Bus bus;
    private Surroundings around;
    private EventFeed feed;
    private HttpClient client;
    private int port;

    @BeforeEach
    void start() {
        start(new EventFeed.Limits(1_000, 8 << 20, FOLLOWERS, HOUR));
    }

    private void start(EventFeed.Limits limits) {
        vertx = Vertx.vertx();
        bus = new Bus(vertx);
        around = new Surroundings();
        feed = around.feed(bus, limits);
        around.feed = feed;
        // Two instances that share a port: who follows comes to either.
        port = deploy().port();
        deploy();
        vertx.deployVerticle(feed).await();
        client = vertx.createHttpClient();
    }

    private ApiVerticle deploy() {
        return Surroundings.deploy(vertx, around.verticle(Surroundings.server(0, null), Surroundings.noKey(), bus));
    }

    @AfterEach
    void stop() {
        vertx.close().await();
        around.telemetry.close();
    }

    /** A block of an answer: {@code name: value} lines. */
    private record Block(String id, String event, String data) {
        static Block of(String text) {
            String id = "";
            String event = "";
            String data = "";
            for (String line : text.split("\n", -1)) {
                id = line.startsWith("id: ") ? line.substring(4) : id;
                event = line.startsWith("event: ") ? line.substring(7) : event;
                data = line.startsWith("data: ") ? line.substring(6) : data;
            }
            return new Block(id, event, data);
        }

        JsonObject json() {
            return new JsonObject(data);
        }

        long number() {
            return Long.parseLong(id.substring(id.indexOf('-') + 1));
        }
    }

    /** One who follows. */
    private final class Follower {
        private final HttpClientResponse response;
        private final BlockingQueue<Block> blocks = new LinkedBlockingQueue<>();
        private final StringBuilder rest = new StringBuilder();

        Follower(String query, String lastEventId, boolean paused) {
            RequestOptions options = new RequestOptions()
                    .setMethod(HttpMethod.GET)
                    .setHost("127.0.0.1")
                    .setPort(port)
                    .setURI("/api/v1/events" + query);
            if (!lastEventId.isEmpty()) {
                options.putHeader("Last-Event-ID", lastEventId);
            }
            response = client.request(options)
                    .compose(request -> request.send().onSuccess(answer -> {
                        if (paused) {
                            answer.pause();
                        }
                        answer.handler(bytes -> take(bytes.toString()));
                        answer.endHandler(end -> blocks.add(new Block("", "end", "")));
                        answer.exceptionHandler(cut -> blocks.add(new Block("", "end", "")));
                    }))
                    .await();
        }

        private void take(String text) {
            rest.append(text);
            for (int end = rest.indexOf("\n\n"); end >= 0; end = rest.indexOf("\n\n")) {
                blocks.add(Block.of(rest.substring(0, end)));
                rest.delete(0, end + 2);
            }
        }

        Block next() throws InterruptedException {
            Block block = blocks.poll(20, TimeUnit.SECONDS);
            assertThat(block).as("something within 20 seconds").isNotNull();
            return block;
        }

        /** The next of an event, passing over figures. */
        Block next(Predicate<Block> wanted) throws InterruptedException {
            Block block = next();
            while (!wanted.test(block)) {
                block = next();
            }
            return block;
        }

        List<Block> fetched(int count) throws InterruptedException {
            List<Block> all = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                all.add(next(block -> block.event.equals("source.fetched")));
            }
            return all;
        }

        void leave() {
            response.request().connection().close().await();
        }
    }

    private Follower follow(String query, String lastEventId) {
        return new Follower(query, lastEventId, false);
    }

    private void tell(int count) {
        bus.publish(Channels.SOURCE_FETCHED, fetched(count, ""));
    }

    private static SourceFetched fetched(int count, String error) {
        return new SourceFetched("a", NOW, SourceFetched.Result.COMPLETE, count, 0, 0, error);
    }

    private static List<Integer> counts(List<Block> blocks) {
        return blocks.stream().map(block -> block.json().getInteger("entries")).toList();
    }

    @Test
    void whoeverFollowsSeesTheSameInTheSameOrder() throws Exception {
        long seed = new Random().nextLong();
        Follower one = follow("?types=source.fetched", "");
        Follower other = follow("?types=source.fetched", "");
        one.next();
        other.next();
        List<Thread> tellers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            Random random = new Random(seed + i);
            Thread teller = new Thread(() -> {
                for (int k = 0; k < 100; k++) {
                    tell(random.nextInt(1_000_000));
                }
            });
            tellers.add(teller);
            teller.start();
        }

        List<Block> seen = one.fetched(300);

        assertThat(other.fetched(300)).as("seed %s", seed).isEqualTo(seen);
        assertThat(seen.stream().map(Block::number).toList())
                .as("seed %s", seed)
                .isSorted()
                .doesNotHaveDuplicates();
        for (Thread teller : tellers) {
            teller.join();
        }
    }

    @Test
    void whoComesBackGetsWhatWasMissedOnceAndInOrder() throws Exception {
        Follower first = follow("?types=source.fetched", "");
        first.next();
        for (int i = 1; i <= 10; i++) {
            tell(i);
        }
        List<Block> seen = first.fetched(4);
        first.leave();
        for (int i = 11; i <= 20; i++) {
            tell(i);
        }

        Follower back = follow("?types=source.fetched", seen.get(3).id);

        assertThat(back.next().id).as("where it begins").isEqualTo(seen.get(3).id);
        assertThat(counts(back.fetched(16))).containsExactly(5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20);
        Follower byParameter = follow("?types=source.fetched&last_event_id=" + seen.get(3).id, "");
        assertThat(counts(byParameter.fetched(2))).containsExactly(5, 6);
    }

    @Test
    void whoWasWithAnotherProcessIsToldSoAndGetsWhatThereIs() throws Exception {
        feed.tell("source.fetched", new JsonObject().put("entries", 1));

        Follower follower = follow("", "another-7");

        follower.next();
        Block gap = follower.next();
        assertThat(gap.event).isEqualTo("gap");
        assertThat(gap.json().getString("reason")).isEqualTo("other-process");
        assertThat(gap.json().getValue("missed")).isNull();
        assertThat(counts(follower.fetched(1))).containsExactly(1);
    }

    @Test
    void whatHasFallenOutIsToldWithItsNumber() throws Exception {
        stop();
        start(new EventFeed.Limits(5, 8 << 20, FOLLOWERS, HOUR));
        for (int i = 1; i <= 12; i++) {
            feed.tell("source.fetched", new JsonObject().put("entries", i));
        }

        Follower follower = follow("", "playedprocess-3");

        follower.next();
        Block gap = follower.next();
        assertThat(gap.json())
                .isEqualTo(new JsonObject().put("reason", "too-old").put("missed", 4));
        assertThat(gap.id)
                .as("who leaves now and comes back misses nothing more")
                .isEqualTo("playedprocess-7");
        assertThat(counts(follower.fetched(5))).containsExactly(8, 9, 10, 11, 12);
    }

    @Test
    void aSlowReaderIsNotWaitedForAndToldWhatItMissed() throws Exception {
        stop();
        start(new EventFeed.Limits(10, 8 << 20, FOLLOWERS, HOUR));
        Follower slow = new Follower("?types=source.fetched", "", true);
        JsonObject large = new JsonObject().put("text", "t".repeat(200_000));
        int told = 200;
        for (int i = 1; i <= told; i++) {
            feed.tell("source.fetched", large.copy().put("entries", i));
        }

        slow.response.resume();

        long expected = slow.next().number() + 1;
        long gaps = 0;
        while (expected <= told) {
            Block block = slow.next();
            if (block.event.equals("gap")) {
                assertThat(block.json().getString("reason")).isEqualTo("too-slow");
                expected += block.json().getLong("missed");
                assertThat(block.number()).isEqualTo(expected - 1);
                gaps++;
            } else {
                assertThat(block.number()).isEqualTo(expected);
                assertThat(block.json().getLong("entries")).isEqualTo(expected++);
            }
        }
        assertThat(gaps).isPositive();
    }

    @Test
    void onlySoManyFollowAndThoseWhoLeaveMakeRoom() throws Exception {
        List<Follower> all = new ArrayList<>();
        for (int i = 0; i < FOLLOWERS; i++) {
            all.add(follow("", ""));
        }
        Follower refused = follow("", "");
        assertThat(refused.response.statusCode()).isEqualTo(503);
        assertThat(refused.response.getHeader("Retry-After")).isEqualTo("30");

        all.get(0).leave();

        int status = 503;
        for (int i = 0; i < 1_000 && status == 503; i++) {
            status = follow("", "").response.statusCode();
        }
        assertThat(status).isEqualTo(200);
    }

    @Test
    void anAnswerEndsAfterItsTimeAndWhenTheFeedStops() throws Exception {
        Follower follower = follow("", "");
        vertx.undeploy(feed.deploymentID()).await();
        assertThat(follower.next(block -> block.event.equals("end"))).isNotNull();
        assertThat(follow("", "").next(block -> block.event.equals("end")))
                .as("a feed that has stopped gives what it has")
                .isNotNull();

        stop();
        start(new EventFeed.Limits(10, 8 << 20, FOLLOWERS, Duration.ofMillis(20)));
        assertThat(follow("", "").next(block -> block.event.equals("end"))).isNotNull();
    }

    @Test
    void figuresAreToldWhileSomebodyFollows() throws Exception {
        Follower follower = follow("?types=status", "");
        follower.next();

        JsonObject figures =
                follower.next(block -> block.event.equals("status")).json();

        assertThat(figures.fieldNames())
                .contains("at", "pool", "entries", "sources", "jobs", "check", "store_answers", "pending_writes");
    }

    @Test
    void whatChangesIsToldWithoutPasswords() throws Exception {
        Follower follower = follow("?types=proxy.changed,config.changed,source.changed", "");
        follower.next();
        PooledProxy proxy = entry(7).credentials("me", "s3cret-marker").pooled();
        bus.publish(Channels.PROXY_CHANGED, new ProxyChanged(7, proxy.key(), proxy.health(), proxy.health()));
        bus.publish(Channels.CONFIG_CHANGED, new ConfigChanged(List.of("log.level"), List.of()));

        bus.publish(Channels.SOURCE_CHANGED, new SourceChanged("alpha", false, false));

        Block changed = follower.next();

        assertThat(changed.event).isEqualTo("proxy.changed");
        assertThat(changed.json().getLong("id")).isEqualTo(7);
        assertThat(changed.json().getString("at")).isEqualTo("2025-06-15T15:06:40Z");
        assertThat(changed.data).doesNotContain("s3cret-marker");
        assertThat(follower.next().event).isEqualTo("config.changed");
        Block source = follower.next();
        assertThat(source.event).isEqualTo("source.changed");
        assertThat(source.json().fieldNames()).containsExactly("source", "enabled", "chosen", "at");
    }

    @Test
    void whatIsNoIdOfAnEventIsRefused() {
        assertThat(follow("", "nonsense").response.statusCode()).isEqualTo(400);
        assertThat(follow("?types=nonesuch", "").response.statusCode()).isEqualTo(400);
    }
}
