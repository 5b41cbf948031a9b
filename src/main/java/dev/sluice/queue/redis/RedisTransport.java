package dev.sluice.queue.redis;

import dev.sluice.port.JobKind;
import dev.sluice.proxy.Secret;
import dev.sluice.queue.Clockwork;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClientOptions;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.RedisOptions;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Redis 6.2 and newer. All instances read as one consumer of one group: who took an entry out is of no interest, as leases
 * are in the database; so there are no consumers to remove, whose entries Redis would lose with them. Streams are never
 * trimmed, and an entry is acknowledged and deleted in one step: entries that are deleted but not acknowledged stay in the
 * group's list of pending ones for ever, and before version 7 come back from {@code XAUTOCLAIM} as nothing. Scripts are sent
 * whole each time, so a restart of Redis leaves none missing.
 */
final class RedisTransport implements Transport {
    private static final String GROUP = "workers";
    private static final String CONSUMER = "sluice";
    private static final String WAKE = "sluice:jobs:wake";
    private static final String LEADER = "sluice:jobs:leader";
    private static final String EMPTY_SINCE = "sluice:jobs:empty-since";
    private static final String BEAT = "-";
    private static final long COMMAND_MILLIS = 1_500;
    private static final long BEAT_MILLIS = 5_000;
    private static final int MOST_COMMANDS_WAITING = 512;
    private static final int CONNECTIONS = 2;
    private static final int TIDIED_AT_ONCE = 1_000;
    private static final Pattern VERSION = Pattern.compile("redis_version:(\\d+)\\.(\\d+)");
    private static final Pattern POLICY = Pattern.compile("maxmemory_policy:([a-z-]+)");
    private static final Logger LOG = LoggerFactory.getLogger(RedisTransport.class);

    private static final String PUBLISH =
            """
            local room = tonumber(ARGV[1]) - redis.call('XLEN', KEYS[1])
            local count = 0
            for i = 3, #ARGV do
              if count >= room then break end
              redis.call('XADD', KEYS[1], '*', 'id', ARGV[i])
              count = count + 1
            end
            if count > 0 then redis.call('PUBLISH', KEYS[2], ARGV[2]) end
            return count
            """;

    /** Flat: number of the key, entry, id (empty where there is none), and so on. */
    private static final String READ =
            """
            local wanted = tonumber(ARGV[3])
            local found = {}
            for k = 1, #KEYS do
              if wanted <= 0 then break end
              local reply = redis.call('XREADGROUP', 'GROUP', ARGV[1], ARGV[2], 'COUNT', wanted, 'STREAMS', KEYS[k], '>')
              if reply then
                for _, entry in ipairs(reply[1][2]) do
                  local id = ''
                  local fields = entry[2]
                  if fields and fields[1] == 'id' and fields[2] then id = fields[2] end
                  found[#found + 1] = k
                  found[#found + 1] = entry[1]
                  found[#found + 1] = id
                  wanted = wanted - 1
                end
              end
            end
            return found
            """;

    private static final String DONE =
            """
            redis.call('XACK', KEYS[1], ARGV[1], unpack(ARGV, 2))
            redis.call('XDEL', KEYS[1], unpack(ARGV, 2))
            return redis.status_reply('OK')
            """;

    private static final String TIDY =
            """
            local pending = redis.call('XPENDING', KEYS[1], ARGV[1], 'IDLE', ARGV[2], '-', '+', ARGV[3])
            for _, entry in ipairs(pending) do
              redis.call('XACK', KEYS[1], ARGV[1], entry[1])
              redis.call('XDEL', KEYS[1], entry[1])
            end
            return #pending
            """;

    private static final String LEAD =
            """
            local leader = redis.call('GET', KEYS[1])
            if leader and leader ~= ARGV[1] then return -1 end
            redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
            return tonumber(redis.call('GET', KEYS[2]) or '0')
            """;

    private final Vertx vertx;
    private final Secret url;
    private final Clockwork clock;
    private @Nullable Session session;

    /** Two connections: one for commands, one that is told of arrivals. */
    private record Session(Redis client, RedisConnection commands, Ears ears, AtomicBoolean over) {}

    /** @param url such as {@code redis://:password@host:port/0} */
    RedisTransport(Vertx vertx, Secret url, Clockwork clock) {
        this.vertx = vertx;
        this.url = url;
        this.clock = clock;
    }

    @Override
    public Future<Boolean> connect(Ears ears, long nowMillis) {
        Redis client;
        try {
            client = Redis.createClient(vertx, options());
        } catch (RuntimeException e) {
            return Future.failedFuture(unreachable(e));
        }
        AtomicBoolean over = new AtomicBoolean();
        return close()
                .compose(closed -> bounded("connecting", client::connect))
                .compose(commands -> {
                    Session opened = new Session(client, commands, ears, over);
                    commands.exceptionHandler(cause -> gone(opened, cause));
                    commands.endHandler(end -> gone(opened, closedByRedis()));
                    session = opened;
                    return check(commands)
                            .compose(checked -> bounded("connecting", client::connect))
                            .compose(wakes -> listen(opened, wakes))
                            .compose(listening -> prepare(nowMillis));
                })
                .recover(cause -> {
                    session = null;
                    over.set(true);
                    return bounded("closing", client::close).transform(any -> Future.failedFuture(unreachable(cause)));
                });
    }

    private RedisOptions options() {
        return new RedisOptions()
                .setConnectionString(url.reveal())
                .setMaxPoolSize(CONNECTIONS)
                .setMaxPoolWaiting(CONNECTIONS)
                .setMaxWaitingHandlers(MOST_COMMANDS_WAITING)
                .setNetClientOptions(new NetClientOptions()
                        .setConnectTimeout((int) COMMAND_MILLIS)
                        .setTcpKeepAlive(true));
    }

    /** Says what is known to go wrong with the way this Redis is set up; it is used all the same. */
    private Future<Void> check(RedisConnection commands) {
        return send(commands, Request.cmd(Command.INFO)).map(answer -> {
            String info = answer.toString();
            Matcher version = VERSION.matcher(info);
            if (version.find()) {
                int major = Integer.parseInt(version.group(1));
                int minor = Integer.parseInt(version.group(2));
                if (major < 6 || (major == 6 && minor < 2)) {
                    LOG.atWarn()
                            .addKeyValue("version", major + "." + minor)
                            .log("Redis is too old for the queue of jobs (expected: 6.2 or newer)");
                }
            }
            Matcher policy = POLICY.matcher(info);
            if (policy.find() && !policy.group(1).equals("noeviction")) {
                LOG.atWarn()
                        .addKeyValue("policy", policy.group(1))
                        .log("Redis may drop ids of jobs when its memory is full; jobs come late then"
                                + " (expected: maxmemory-policy noeviction)");
            }
            return null;
        });
    }

    private Future<Void> listen(Session opened, RedisConnection wakes) {
        HeardLast heard = new HeardLast(clock.nanos());
        wakes.exceptionHandler(cause -> gone(opened, cause));
        wakes.endHandler(end -> gone(opened, closedByRedis()));
        wakes.handler(message -> {
            heard.nanos = clock.nanos();
            // ["message", channel, text], in either version of the protocol.
            if (message != null && message.size() == 3 && "message".equals(message.get(0).toString())) {
                JobKind kind = JobKind.of(message.get(2).toString());
                if (kind != null) {
                    opened.ears().arrived().accept(kind);
                }
            }
        });
        return send(wakes, Request.cmd(Command.SUBSCRIBE).arg(WAKE)).map(subscribed -> {
            clock.after(BEAT_MILLIS, () -> beat(opened, heard));
            return null;
        });
    }

    private static final class HeardLast {
        private volatile long nanos;

        HeardLast(long nanos) {
            this.nanos = nanos;
        }
    }

    /** Hears itself say something: a connection whose other end has vanished looks like one where nothing happens. */
    private void beat(Session opened, HeardLast heard) {
        if (opened.over().get()) {
            return;
        }
        if (clock.nanos() - heard.nanos > TimeUnit.MILLISECONDS.toNanos(3 * BEAT_MILLIS)) {
            gone(opened, new IllegalStateException("nothing was heard for " + 3 * BEAT_MILLIS + " ms"));
            return;
        }
        send(opened.commands(), Request.cmd(Command.PUBLISH).arg(WAKE).arg(BEAT))
                .onFailure(cause -> gone(opened, cause))
                .onSuccess(sent -> clock.after(BEAT_MILLIS, () -> beat(opened, heard)));
    }

    private void gone(Session lost, Throwable cause) {
        if (lost.over().compareAndSet(false, true)) {
            lost.ears().gone().accept(unreachable(cause));
        }
    }

    private static IllegalStateException closedByRedis() {
        return new IllegalStateException("the connection was closed");
    }

    /** Messages of the client may repeat the address, with the password in it. */
    private IllegalStateException unreachable(Throwable cause) {
        String message = String.valueOf(cause.getMessage()).replace(url.reveal(), "redis://***");
        Matcher userInfo = USER_INFO.matcher(url.reveal());
        if (userInfo.find() && !userInfo.group(1).isEmpty()) {
            message = message.replace(userInfo.group(1), "***");
        }
        return new IllegalStateException("queue.url: Redis: " + message);
    }

    private static final Pattern USER_INFO = Pattern.compile("//[^/@]*?:([^/]*)@");

    @Override
    public Future<Boolean> prepare(long nowMillis) {
        List<Future<Boolean>> groups = new ArrayList<>();
        for (JobKind kind : JobKind.values()) {
            for (Lane lane : Lane.values()) {
                groups.add(send(Request.cmd(Command.XGROUP)
                                .arg("CREATE")
                                .arg(lane.stream(kind))
                                .arg(GROUP)
                                .arg("0")
                                .arg("MKSTREAM"))
                        .map(true)
                        .recover(cause -> String.valueOf(cause.getMessage()).startsWith("BUSYGROUP")
                                ? Future.succeededFuture(false)
                                : Future.failedFuture(cause)));
            }
        }
        return Future.join(groups).compose(made -> {
            boolean any = groups.stream().anyMatch(Future::result);
            return any
                    ? send(Request.cmd(Command.SET).arg(EMPTY_SINCE).arg(nowMillis)).map(true)
                    : Future.succeededFuture(false);
        });
    }

    @Override
    public Future<Integer> publish(JobKind kind, Lane lane, List<String> ids, int room) {
        Request script = script(PUBLISH, lane.stream(kind), WAKE).arg(room).arg(kind.text());
        ids.forEach(script::arg);
        return send(script).map(Response::toInteger);
    }

    @Override
    public Future<List<Delivery>> read(JobKind kind, List<Lane> lanes, int limit) {
        String[] streams = lanes.stream().map(lane -> lane.stream(kind)).toArray(String[]::new);
        return send(script(READ, streams).arg(GROUP).arg(CONSUMER).arg(limit)).map(found -> {
            List<Delivery> deliveries = new ArrayList<>(found.size() / 3);
            for (int i = 0; i + 2 < found.size(); i += 3) {
                String id = found.get(i + 2).toString();
                deliveries.add(new Delivery(
                        lanes.get(found.get(i).toInteger() - 1),
                        found.get(i + 1).toString(),
                        id.isEmpty() ? null : id));
            }
            return deliveries;
        });
    }

    @Override
    public Future<Void> done(JobKind kind, Lane lane, List<String> entries) {
        Request script = script(DONE, lane.stream(kind)).arg(GROUP);
        entries.forEach(script::arg);
        return send(script).mapEmpty();
    }

    @Override
    public Future<Integer> tidy(JobKind kind, Lane lane, long olderThanMillis) {
        return send(script(TIDY, lane.stream(kind)).arg(GROUP).arg(olderThanMillis).arg(TIDIED_AT_ONCE))
                .map(Response::toInteger);
    }

    @Override
    public Future<Long> lead(String name, long millis) {
        return send(script(LEAD, LEADER, EMPTY_SINCE).arg(name).arg(millis)).map(Response::toLong);
    }

    @Override
    public Future<Void> close() {
        Session open = session;
        session = null;
        if (open == null) {
            return Future.succeededFuture();
        }
        open.over().set(true);
        return bounded("closing", () -> open.client().close()).otherwiseEmpty();
    }

    private static Request script(String lua, String... keys) {
        Request request = Request.cmd(Command.EVAL).arg(lua).arg(keys.length);
        for (String key : keys) {
            request.arg(key);
        }
        return request;
    }

    private Future<Response> send(Request request) {
        Session open = session;
        return open == null ? Future.failedFuture("Redis is not connected") : send(open.commands(), request);
    }

    private Future<Response> send(RedisConnection connection, Request request) {
        return bounded("a command", () -> connection.send(request))
                .recover(cause -> Future.failedFuture(
                        String.valueOf(cause.getMessage()).contains("NOGROUP")
                                ? new StreamsLostException()
                                : cause));
    }

    private <T> Future<T> bounded(String what, java.util.function.Supplier<Future<T>> call) {
        return clock.answer(COMMAND_MILLIS, what, call);
    }
}
