package dev.sluice.api;

import static dev.sluice.pool.Entries.entry;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bus.Bus;
import dev.sluice.config.ByteSize;
import dev.sluice.config.ConfigLoader;
import dev.sluice.config.ServerConfig;
import dev.sluice.config.SluiceConfig;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a reload changes in the API, as those see it who ask it. */
class FollowedConfigVerticleTest {
    private static final Duration NEVER = Duration.ofHours(1);

    private final Vertx vertx = Vertx.vertx();
    private final Surroundings around = new Surroundings();
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(10))
            .build();

    @AfterEach
    void stop() throws Exception {
        await(vertx.close());
        around.telemetry.close();
    }

    private ApiVerticle api() {
        return around.verticle(server(NEVER, NEVER), Surroundings.noKey(), new Bus(vertx));
    }

    private static ServerConfig server(Duration shedAfter, Duration drainTimeout) {
        return new ServerConfig(
                "127.0.0.1",
                0,
                null,
                Duration.ofSeconds(30),
                Duration.ofSeconds(10),
                shedAfter,
                new ByteSize(4_096),
                drainTimeout,
                Duration.ZERO);
    }

    private static SluiceConfig with(ServerConfig server) {
        SluiceConfig usual = ConfigLoader.defaults();
        return new SluiceConfig(
                server,
                usual.judge(),
                usual.store(),
                usual.fetch(),
                usual.check(),
                usual.schedule(),
                usual.pool(),
                usual.queue(),
                usual.geo(),
                usual.security(),
                usual.net(),
                usual.log(),
                usual.traces(),
                usual.features(),
                usual.extensions());
    }

    private CompletableFuture<HttpResponse<String>> get(ApiVerticle api, String path) {
        return http.sendAsync(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + api.port() + path))
                        .timeout(Duration.ofSeconds(60))
                        .build(),
                BodyHandlers.ofString());
    }

    /** Asks again and again until the answer has this status; each answer is an event of its own. */
    private void until(ApiVerticle api, String path, int status) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (get(api, path).get(10, TimeUnit.SECONDS).statusCode() != status) {
            assertThat(System.nanoTime()).as("an answer " + status).isLessThan(deadline);
        }
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    @Test
    void runningRequestsHaveAsLongAsAReloadSaysToEnd() throws Exception {
        Promise<Void> asked = Promise.promise();
        around.judge = request -> asked.tryComplete();
        ApiVerticle api = api();
        String deployment = await(vertx.deployVerticle(api));
        CompletableFuture<HttpResponse<String>> running = get(api, "/judge");
        await(asked.future());

        api.follow(with(server(NEVER, Duration.ZERO)));
        await(vertx.undeploy(deployment));

        assertThat(running).failsWithin(Duration.ofSeconds(20));
    }

    @Test
    void requestsAreRefusedAfterAsLongAWaitAsAReloadSays() throws Exception {
        around.pool.put(entry(1).latency(30).pooled());
        around.now.addAndGet(10);
        ApiVerticle api = api();
        await(vertx.deployVerticle(api));
        until(api, "/get-proxy", 200);
        until(api, "/stat", 200);

        // Every timer is late by some nanoseconds, time and again.
        api.follow(with(server(Duration.ZERO, NEVER)));
        until(api, "/get-proxy", 503);
        until(api, "/stat", 503);

        api.follow(with(server(NEVER, Duration.ZERO)));
        until(api, "/get-proxy", 200);
        until(api, "/stat", 200);
    }
}
