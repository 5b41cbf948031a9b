package dev.sluice.api;

import static dev.sluice.pool.Entries.NOW;
import static dev.sluice.pool.Entries.entry;

import dev.sluice.bus.Bus;
import dev.sluice.judge.JudgeSigner;
import dev.sluice.pool.Pool;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A whole API that wants {@link Surroundings#KEY}, on a free port of loopback, with a pool of proxies that do not exist. For
 * tests and benchmarks.
 */
public final class ApiUnderTest implements AutoCloseable {
    /** The key that every request needs. */
    public static final String KEY = Surroundings.KEY;

    private final Vertx vertx;
    private final Surroundings around;
    private final ApiVerticle api;

    private ApiUnderTest(Vertx vertx, Surroundings around, ApiVerticle api) {
        this.vertx = vertx;
        this.around = around;
        this.api = api;
    }

    /** Starts it with {@code proxies} proxies in its pool. */
    public static ApiUnderTest start(int proxies) {
        Vertx vertx = Vertx.vertx();
        Surroundings around = new Surroundings();
        around.judge = new JudgeEndpoint(new JudgeSigner("a key of enough bytes".getBytes(StandardCharsets.US_ASCII)));
        for (int id = 1; id <= proxies; id++) {
            around.pool.put(entry(id).latency(id).lists("proxyscrape").pooled());
        }
        around.now.addAndGet(10);
        around.keepKey(OpenApiDocument.packaged().exampleOfKey());
        around.states = List.of(Surroundings.source("proxyscrape", NOW, null));
        ApiVerticle api = Surroundings.deploy(
                vertx, around.verticle(Surroundings.server(0, null), Surroundings.withKey(), new Bus(vertx)));
        return new ApiUnderTest(vertx, around, api);
    }

    /** Where it listens. */
    public int port() {
        return api.port();
    }

    /** What it serves; whoever writes to it is the only one. */
    public Pool pool() {
        return around.pool;
    }

    /** Lets time pass for the API: views are made anew after a millisecond. */
    public void pass(long millis) {
        around.now.addAndGet(millis);
    }

    /** Pairs of application and proxy that feedback is remembered of. */
    public int feedbackPairs() {
        return around.feedback.size();
    }

    @Override
    public void close() {
        vertx.close().await();
        around.telemetry.close();
    }
}
