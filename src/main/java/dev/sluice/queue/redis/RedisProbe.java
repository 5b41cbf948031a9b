package dev.sluice.queue.redis;

import dev.sluice.proxy.Secret;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClientOptions;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisOptions;
import io.vertx.redis.client.Request;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Looks at a Redis. */
public final class RedisProbe {
    private static final Pattern VERSION = Pattern.compile("redis_version:([0-9.]+)");
    private static final Pattern POLICY = Pattern.compile("maxmemory_policy:([a-z-]+)");

    private RedisProbe() {}

    /**
     * What a Redis says of itself.
     *
     * @param version such as {@code 7.2.4}; empty where it does not tell
     * @param policy what it drops when its memory is full, such as {@code noeviction}; empty where it does not tell
     */
    public record Reading(String version, String policy) {}

    /** Asks the Redis at {@code url}; fails when it does not answer within {@code patience}. Messages repeat no password. */
    public static Future<Reading> look(Vertx vertx, Secret url, Duration patience) {
        Redis client;
        try {
            client = Redis.createClient(
                    vertx,
                    new RedisOptions()
                            .setConnectionString(url.reveal())
                            .setNetClientOptions(new NetClientOptions().setConnectTimeout((int) patience.toMillis())));
        } catch (RuntimeException e) {
            return Future.failedFuture(new IllegalArgumentException("queue.url: not an address of a Redis"));
        }
        return client.send(Request.cmd(Command.INFO))
                .timeout(patience.toMillis(), TimeUnit.MILLISECONDS)
                .map(answer -> {
                    String info = String.valueOf(answer);
                    return new Reading(first(VERSION, info), first(POLICY, info));
                })
                .recover(failure -> Future.failedFuture(new IllegalStateException(
                        "Redis does not answer: " + failure.getClass().getSimpleName())))
                .eventually(client::close);
    }

    private static String first(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        return matcher.find() ? matcher.group(1) : "";
    }
}
