package dev.sluice.store.redis;

import dev.sluice.store.StoreException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClientOptions;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.RedisOptions;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.ResponseType;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A connection, whose answers come in the order of what was sent. Every future fails with {@link StoreException}. */
final class RedisLink {
    private static final long CONNECT_MILLIS = 3_000;
    private static final long ANSWER_MILLIS = 5_000;
    /** Of a script with a whole chunk of an import: 20 MB to be sent and written. */
    private static final long WRITE_MILLIS = 30_000;

    private static final int MOST_WAITING = 512;
    /** First words of refusals that may end by themselves. */
    private static final List<String> PASSING =
            List.of("LOADING", "BUSY", "READONLY", "MASTERDOWN", "CLUSTERDOWN", "MISCONF", "NOREPLICAS");

    private final RedisAddress address;
    private final Redis client;
    private final RedisConnection connection;

    private RedisLink(RedisAddress address, Redis client, RedisConnection connection) {
        this.address = address;
        this.client = client;
        this.connection = connection;
    }

    /**
     * Connects.
     *
     * @param gone called at least once when the connection has ended, also when this side ended it
     */
    static Future<RedisLink> open(Vertx vertx, RedisAddress address, Runnable gone) {
        Redis client;
        try {
            client = Redis.createClient(
                    vertx,
                    new RedisOptions()
                            .setConnectionString(address.url().reveal())
                            .setMaxPoolSize(1)
                            .setMaxPoolWaiting(1)
                            .setMaxWaitingHandlers(MOST_WAITING)
                            .setNetClientOptions(new NetClientOptions()
                                    .setConnectTimeout((int) CONNECT_MILLIS)
                                    .setTcpKeepAlive(true)));
        } catch (RuntimeException e) {
            return Future.failedFuture(failure(address, e));
        }
        return client.connect()
                .timeout(CONNECT_MILLIS, TimeUnit.MILLISECONDS)
                .map(connection -> {
                    connection.exceptionHandler(cause -> gone.run());
                    connection.endHandler(end -> gone.run());
                    return new RedisLink(address, client, connection);
                })
                .recover(cause -> client.close().transform(any -> Future.failedFuture(failure(address, cause))));
    }

    /** Runs a script of {@link Scripts}. */
    Future<List<String>> run(String script, List<String> arguments) {
        return send(eval(script, arguments), arguments.size() > MOST_WAITING ? WRITE_MILLIS : ANSWER_MILLIS)
                .map(RedisLink::texts);
    }

    /** Runs a script of {@link Scripts} that reads a lot. */
    Future<Response> read(String script, List<String> arguments) {
        return send(eval(script, arguments), WRITE_MILLIS);
    }

    private Request eval(String script, List<String> arguments) {
        Request request = Request.cmd(Command.EVAL)
                .arg(script)
                .arg(2)
                .arg(address.owner())
                .arg(address.meta());
        arguments.forEach(request::arg);
        return request;
    }

    Future<Response> send(Request request) {
        return send(request, ANSWER_MILLIS);
    }

    private Future<Response> send(Request request, long millis) {
        return connection
                .send(request)
                .timeout(millis, TimeUnit.MILLISECONDS)
                .recover(cause -> Future.failedFuture(failure(address, cause)));
    }

    Future<Void> close() {
        return client.close().timeout(CONNECT_MILLIS, TimeUnit.MILLISECONDS).otherwiseEmpty();
    }

    static List<String> texts(Response response) {
        List<String> texts = new ArrayList<>();
        if (response.type() == ResponseType.MULTI) {
            for (int i = 0; i < response.size(); i++) {
                texts.add(String.valueOf(response.get(i)));
            }
        } else {
            texts.add(response.toString());
        }
        return texts;
    }

    /** What a refusal of Redis, or no answer at all, means. */
    private static StoreException failure(RedisAddress address, Throwable cause) {
        String said = address.harmless(cause);
        StoreException.Kind kind = kind(cause, said);
        String expected = kind == StoreException.Kind.FULL ? " (expected: room, see maxmemory)" : "";
        return new StoreException(kind, address.name() + ": " + said + expected, cause);
    }

    private static StoreException.Kind kind(Throwable cause, String said) {
        boolean answer = cause instanceof Response reply && reply.type() == ResponseType.ERROR;
        if (!answer || said.contains("CONNECTION_CLOSED")) {
            return StoreException.Kind.UNAVAILABLE;
        }
        if (said.startsWith("OOM ") || said.contains("-OOM ")) {
            return StoreException.Kind.FULL;
        }
        for (String word : PASSING) {
            if (said.startsWith(word)) {
                return StoreException.Kind.UNAVAILABLE;
            }
        }
        return StoreException.Kind.FAILED;
    }
}
