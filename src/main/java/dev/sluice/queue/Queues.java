package dev.sluice.queue;

import dev.sluice.config.QueueConfig;
import dev.sluice.port.JobRecords;
import dev.sluice.proxy.Secret;
import dev.sluice.queue.redis.RedisQueues;
import dev.sluice.queue.sql.SqlQueue;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Vertx;
import java.security.SecureRandom;
import java.util.random.RandomGenerator;

/** Makes the queue a configuration asks for. */
public final class Queues {
    private Queues() {}

    /**
     * Jobs in {@code records}, told of by Redis where {@code queue.url} is given.
     *
     * @param node name of this instance
     * @param random confined to the queue
     * @param afterwards cleans up after jobs that are dropped or purged
     */
    public static JobQueue of(
            Vertx vertx,
            JobRecords records,
            QueueConfig config,
            String node,
            Clockwork clock,
            RandomGenerator random,
            JobNews news,
            JobQueue.Afterwards afterwards,
            MeterRegistry meters) {
        JobIds ids = new JobIds(clock::nowMillis, new SecureRandom());
        SqlQueue rows = new SqlQueue(records, config, ids, clock, news, afterwards);
        Secret url = config.url();
        return url == null ? rows : RedisQueues.of(vertx, url, rows, config, node, clock, random, meters);
    }
}
