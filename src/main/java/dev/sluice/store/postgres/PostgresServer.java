package dev.sluice.store.postgres;

import dev.sluice.store.StoreException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxException;
import io.vertx.core.net.NetClientOptions;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A database on a server: how it is reached, and what its errors mean. */
final class PostgresServer {
    private static final Logger LOG = LoggerFactory.getLogger(PostgresServer.class);

    private static final int CONNECT_TIMEOUT_MILLIS = 5_000;
    private static final int MAX_WAITING = 1_000;
    private static final int IDLE_MINUTES = 10;
    private static final int FIRST_PAUSE_MILLIS = 100;
    private static final int LONGEST_PAUSE_MILLIS = 2_000;
    private static final int CLASH_ATTEMPTS = 4;
    private static final int CLASH_PAUSE_MILLIS = 20;

    /** Longer than the server lets a statement run: who waits for longer waits for a connection that is dead. */
    private static final int ANSWER_SECONDS = 40;

    private final Vertx vertx;
    private final PgConnectOptions options;
    private volatile @Nullable Silence silence;

    /**
     * Reads a connection URI.
     *
     * @throws StoreException when it is none; its text is not repeated, for it may hold a password
     */
    PostgresServer(Vertx vertx, String url) {
        this.vertx = vertx;
        try {
            options = PgConnectOptions.fromUri(url);
        } catch (RuntimeException e) {
            throw new StoreException(
                    StoreException.Kind.FAILED,
                    "store.url: not a connection URI of PostgreSQL"
                            + " (expected: postgresql://user:password@host:port/database)");
        }
        options.setCachePreparedStatements(true)
                .addProperty("application_name", "sluice")
                // Every statement has an index that yields its rows in order. Before the first statistics exist the
                // planner thinks that it has few rows, and would collect and sort all that is due: 250 ms instead of
                // 20 for a thousand of half a million.
                .addProperty("enable_bitmapscan", "off")
                // The store's own statements take milliseconds; migrations lift the limit for themselves.
                .addProperty("statement_timeout", "30000")
                .addProperty("lock_timeout", "10000")
                .addProperty("idle_in_transaction_session_timeout", "30000");
    }

    /** Name in messages, without user and password. */
    String name() {
        return "database " + options.getHost() + ':' + options.getPort() + '/' + options.getDatabase();
    }

    /** A pool whose server has answered, at the latest after {@code patience}. Fails with UNAVAILABLE or FAILED. */
    Future<Pool> connect(int connections, Duration patience) {
        Pool pool = PgBuilder.pool()
                .with(new PoolOptions()
                        .setMaxSize(connections)
                        .setMaxWaitQueueSize(MAX_WAITING)
                        .setConnectionTimeout(2 * CONNECT_TIMEOUT_MILLIS)
                        .setConnectionTimeoutUnit(TimeUnit.MILLISECONDS)
                        .setIdleTimeout(IDLE_MINUTES)
                        .setIdleTimeoutUnit(TimeUnit.MINUTES))
                .with(new NetClientOptions().setConnectTimeout(CONNECT_TIMEOUT_MILLIS))
                .connectingTo(options)
                .using(vertx)
                .build();
        long deadline = System.nanoTime() + patience.toNanos();
        return greet(pool, deadline, FIRST_PAUSE_MILLIS)
                .map(pool)
                .recover(failure -> pool.close().transform(closed -> Future.failedFuture(failure)));
    }

    /** Watches from now on whether the server answers. While it does not, {@link #run} fails at once. */
    Silence watch() {
        PgConnectOptions plain = new PgConnectOptions(options).setCachePreparedStatements(false);
        // A connection of its own for each: one that is stuck would tell of nothing but itself.
        Silence watching = new Silence(
                vertx,
                name(),
                () -> PgConnection.connect(vertx, plain)
                        .compose(connection ->
                                connection.query("SELECT 1").execute().eventually(connection::close)),
                System::nanoTime,
                Silence.Waits.USUAL);
        silence = watching;
        return watching;
    }

    /** Whether the server answers, as far as is known. */
    boolean answers() {
        Silence watching = silence;
        return watching == null || !watching.lasts();
    }

    private Future<Void> greet(Pool pool, long deadline, int pauseMillis) {
        long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
        return pool.query("SELECT 1")
                .execute()
                .<Void>mapEmpty()
                .timeout(Math.max(1, left), TimeUnit.MILLISECONDS)
                .recover(cause -> {
                    StoreException failure = failure("connecting", cause);
                    long remaining = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
                    if (failure.kind() != StoreException.Kind.UNAVAILABLE || remaining <= 0) {
                        return Future.failedFuture(failure);
                    }
                    LOG.atDebug().addKeyValue("database", name()).log("Not reachable yet: {}", failure.getMessage());
                    return vertx.timer(Math.max(1, Math.min(pauseMillis, remaining)), TimeUnit.MILLISECONDS)
                            .compose(paused -> greet(pool, deadline, Math.min(2 * pauseMillis, LONGEST_PAUSE_MILLIS)));
                });
    }

    /**
     * Runs {@code work}, again after a growing pause where it clashed with another transaction. Fails with
     * {@link StoreException}.
     */
    <T> Future<T> run(String action, Supplier<Future<T>> work) {
        return run(action, work, 1);
    }

    private <T> Future<T> run(String action, Supplier<Future<T>> work, int attempt) {
        Silence watching = silence;
        if (watching == null) {
            return attempt(action, work, attempt);
        }
        if (watching.lasts()) {
            return Future.failedFuture(new StoreException(
                    StoreException.Kind.UNAVAILABLE, name() + ": " + action + " failed: the server does not answer"));
        }
        watching.asked();
        return attempt(action, () -> begin(work).timeout(ANSWER_SECONDS, TimeUnit.SECONDS), attempt)
                .onComplete(result -> watching.over(result.succeeded() || isAnswer(result.cause())));
    }

    /** Whether a failure is something the server said, or that we never asked. */
    private static boolean isAnswer(Throwable failure) {
        return !(failure instanceof StoreException refused)
                || refused.kind() != StoreException.Kind.UNAVAILABLE
                || refused.getCause() == null;
    }

    private <T> Future<T> attempt(String action, Supplier<Future<T>> work, int attempt) {
        return begin(work).recover(cause -> {
            if (attempt < CLASH_ATTEMPTS && isClash(cause)) {
                return vertx.timer((long) CLASH_PAUSE_MILLIS << attempt, TimeUnit.MILLISECONDS)
                        .compose(paused -> attempt(action, work, attempt + 1));
            }
            return Future.failedFuture(failure(action, cause));
        });
    }

    /** Does what takes milliseconds of processor time where no event loop waits for it. */
    <T> Future<T> aside(Callable<T> work) {
        return vertx.executeBlocking(work, false);
    }

    private static <T> Future<T> begin(Supplier<Future<T>> work) {
        try {
            return work.get();
        } catch (StoreException refused) {
            return Future.failedFuture(refused);
        }
    }

    /** What {@code cause} means, where {@code action} was tried. Details of rows stay out: they may hold passwords. */
    StoreException failure(String action, Throwable cause) {
        if (cause instanceof StoreException known) {
            return known;
        }
        String what = name() + ": " + action + " failed: ";
        if (cause instanceof PgException pg) {
            String state = String.valueOf(pg.getSqlState());
            // without the cause, whose fields carry the row
            return new StoreException(kind(state), what + pg.getErrorMessage() + " (SQLSTATE " + state + ')');
        }
        boolean gone = cause instanceof IOException
                || cause instanceof TimeoutException
                || cause instanceof VertxException
                || cause instanceof IllegalStateException;
        return new StoreException(
                gone ? StoreException.Kind.UNAVAILABLE : StoreException.Kind.FAILED, what + cause.getMessage(), cause);
    }

    private static StoreException.Kind kind(String state) {
        if (state.equals("53100") || state.equals("25006")) { // disk full; read-only transaction
            return StoreException.Kind.FULL;
        }
        boolean passing = state.startsWith("08") // connection
                || state.startsWith("53") // resources, too many connections
                || state.startsWith("57") // shutting down, starting up, statement timeout
                || state.startsWith("40") // clashes with other transactions
                || state.equals("55P03"); // lock not available
        return passing ? StoreException.Kind.UNAVAILABLE : StoreException.Kind.FAILED;
    }

    /** Serialisation failure, deadlock, lock timeout, or a row that another transaction inserted at the same moment. */
    private static boolean isClash(Throwable cause) {
        if (!(cause instanceof PgException pg)) {
            return false;
        }
        return switch (String.valueOf(pg.getSqlState())) {
            case "40001", "40P01", "55P03", "23505" -> true;
            default -> false;
        };
    }
}
