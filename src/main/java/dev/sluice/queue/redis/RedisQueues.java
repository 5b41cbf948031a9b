package dev.sluice.queue.redis;

import dev.sluice.config.QueueConfig;
import dev.sluice.proxy.Secret;
import dev.sluice.queue.Clockwork;
import dev.sluice.queue.JobQueue;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Vertx;
import java.util.random.RandomGenerator;

/** Makes queues that Redis tells of. */
public final class RedisQueues {
    private RedisQueues() {}

    /**
     * The jobs of {@code rows}, told of by a Redis.
     *
     * @param url such as {@code redis://:password@host:port/0}
     * @param rows not started yet
     * @param node name of this instance
     * @param random confined to the queue
     */
    public static RedisQueue of(
            Vertx vertx,
            Secret url,
            JobQueue rows,
            QueueConfig config,
            String node,
            Clockwork clock,
            RandomGenerator random,
            MeterRegistry meters) {
        return new RedisQueue(
                rows, new RedisTransport(vertx, url, clock), config, node, clock, random, meters);
    }
}
