package dev.sluice.geo;

import dev.sluice.config.GeoConfig;
import dev.sluice.net.BodySink;
import dev.sluice.net.GuardedHttp;
import dev.sluice.net.HttpFetch;
import dev.sluice.net.HttpFetchException;
import dev.sluice.net.HttpFetchException.Kind;
import dev.sluice.net.Validators;
import dev.sluice.proxy.Location;
import dev.sluice.proxy.Secret;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks a web service, and never more of it than it bears: within the budget, not before the time it named, and after
 * failures in a row not at all for a while. Thread-safe.
 */
final class WebService {
    private static final Logger LOG = LoggerFactory.getLogger(WebService.class);

    private static final int MAX_BYTES = 64 * 1024;
    /** Addresses asked for at the same time; beyond it none is. */
    private static final int MAX_UNDER_WAY = 64;
    /** Failures in a row after which it is left alone. */
    private static final int MAX_FAILURES = 5;

    private static final long SHORTEST_REST_MILLIS = 30_000;
    private static final long LONGEST_REST_MILLIS = 1_800_000;
    private static final long LIMITED_REST_MILLIS = 60_000;
    private static final long FORBIDDEN_REST_MILLIS = 600_000;
    private static final long LONGEST_BACK_OFF_MILLIS = 10_000;

    private final Vertx vertx;
    private final GuardedHttp http;
    private final String template;
    private final Map<String, String> headers;
    private final Duration timeout;
    private final int attempts;
    private final long backOffMillis;
    private final WebAnswer answers;
    private final InstantSource clock;
    private final Budget minute;
    private final Budget day;
    private final Map<String, Future<Optional<Location>>> underWay = new HashMap<>();
    private long restUntilMillis;
    private int failures;
    private long asked;
    private long refused;

    /**
     * @param template {@code geo.web-service}
     * @param backOffMillis wait before the second try at most; doubles with each
     */
    WebService(
            Vertx vertx, GuardedHttp http, String template, GeoConfig config, InstantSource clock, long backOffMillis) {
        this.vertx = vertx;
        this.http = http;
        this.template = template;
        Secret key = config.webKey();
        this.headers = key == null ? Map.of() : Map.of("Authorization", "Bearer " + key.reveal());
        this.timeout = config.webTimeout();
        this.attempts = config.webAttempts();
        this.backOffMillis = backOffMillis;
        this.answers = new WebAnswer(config.webFields());
        this.clock = clock;
        this.minute = new Budget(Duration.ofMinutes(1).toMillis(), config.webBudgetMinute());
        this.day = new Budget(Duration.ofDays(1).toMillis(), config.webBudgetDay());
    }

    /** Requests in a stretch of time. */
    private static final class Budget {
        private final long lengthMillis;
        private final int most;
        private long stretch;
        private int used;

        Budget(long lengthMillis, int most) {
            this.lengthMillis = lengthMillis;
            this.most = most;
        }

        boolean has(long nowMillis) {
            long current = Math.floorDiv(nowMillis, lengthMillis);
            if (current != stretch) {
                stretch = current;
                used = 0;
            }
            return used < most;
        }

        void use() {
            used++;
        }
    }

    /** Requests sent. */
    synchronized long asked() {
        return asked;
    }

    /** Requests not sent: no budget, too many under way, or left alone after failures. */
    synchronized long refused() {
        return refused;
    }

    /**
     * Asks for an address; who asks for one that is being asked for shares the answer. Never fails.
     *
     * @param address canonical text
     * @return {@link Location#UNKNOWN} when the service knows nothing; empty when it could not be asked
     */
    Future<Optional<Location>> ask(String address) {
        Promise<Optional<Location>> answer = Promise.promise();
        synchronized (this) {
            Future<Optional<Location>> asking = underWay.get(address);
            if (asking != null) {
                return asking;
            }
            if (underWay.size() >= MAX_UNDER_WAY) {
                refused++;
                return Future.succeededFuture(Optional.empty());
            }
            underWay.put(address, answer.future());
        }
        attempt(address, 1, answer);
        return answer.future();
    }

    private void attempt(String address, int number, Promise<Optional<Location>> answer) {
        if (!admitted()) {
            end(address, answer, Optional.empty());
            return;
        }
        URI url = URI.create(template.replace("{address}", URLEncoder.encode(address, StandardCharsets.UTF_8)));
        Body body = new Body();
        // The address asked for may be a client's business: plain http elsewhere gets neither it nor the key.
        HttpFetch fetch = new HttpFetch(url, headers, Validators.NONE, timeout, MAX_BYTES, false);
        http.get(fetch, body)
                .compose(fetched -> read(body))
                .onComplete(
                        location -> {
                            succeeded();
                            end(address, answer, Optional.of(location));
                        },
                        failure -> failed(address, number, answer, failure));
    }

    private Future<Location> read(Body body) {
        try {
            return Future.succeededFuture(answers.read(body.bytes.toByteArray()));
        } catch (IOException e) {
            return Future.failedFuture(e);
        }
    }

    /** Whether a request may be sent now; it counts then. */
    private synchronized boolean admitted() {
        long now = clock.millis();
        if (now < restUntilMillis || !minute.has(now) || !day.has(now)) {
            refused++;
            return false;
        }
        minute.use();
        day.use();
        asked++;
        if (failures >= MAX_FAILURES) {
            // One request tries whether it answers again; the others wait for what comes of it.
            restUntilMillis = now + restMillis();
        }
        return true;
    }

    /** Whether it failed so often that one request must be enough. */
    private synchronized boolean onTrial() {
        return failures >= MAX_FAILURES;
    }

    private synchronized void succeeded() {
        failures = 0;
        restUntilMillis = 0;
    }

    private void failed(String address, int number, Promise<Optional<Location>> answer, Throwable failure) {
        HttpFetchException http = failure instanceof HttpFetchException fetching ? fetching : null;
        int status = http == null ? 0 : http.status();
        if (status == 404) {
            succeeded();
            end(address, answer, Optional.of(Location.UNKNOWN));
            return;
        }
        Duration retryAfter = http == null ? null : http.retryAfter();
        if (retryAfter != null || status == 429) {
            rest(retryAfter == null ? LIMITED_REST_MILLIS : retryAfter.toMillis(), failure);
        } else if (status == 401 || status == 403) {
            rest(FORBIDDEN_REST_MILLIS, failure);
        } else if (passing(http, status) && number < attempts && !onTrial()) {
            long wait = backOffMillis << Math.min(20, number - 1);
            // Full jitter: instances that failed together do not come back together.
            vertx.setTimer(
                    1 + ThreadLocalRandom.current().nextLong(Math.min(LONGEST_BACK_OFF_MILLIS, wait)),
                    id -> attempt(address, number + 1, answer));
            return;
        } else {
            count(failure);
        }
        end(address, answer, Optional.empty());
    }

    /** Whether another try may do better. */
    private static boolean passing(@Nullable HttpFetchException http, int status) {
        if (http == null) {
            return false;
        }
        return http.kind() == Kind.UNREACHABLE
                || http.kind() == Kind.TIMEOUT
                || http.kind() == Kind.BROKEN
                || status == 408
                || status >= 500;
    }

    private void count(Throwable failure) {
        long rest;
        synchronized (this) {
            failures++;
            if (failures < MAX_FAILURES) {
                rest = 0;
            } else {
                rest = restMillis();
                restUntilMillis = clock.millis() + rest;
            }
        }
        if (rest == 0) {
            LOG.atDebug().setCause(failure).log("the web service for locations failed");
        } else {
            tell(rest, failure);
        }
    }

    /** Longer with each failure behind the first ones. */
    private long restMillis() {
        return Math.min(LONGEST_REST_MILLIS, SHORTEST_REST_MILLIS << Math.min(10, failures - MAX_FAILURES));
    }

    private void rest(long millis, Throwable failure) {
        synchronized (this) {
            restUntilMillis = Math.max(restUntilMillis, clock.millis() + millis);
        }
        tell(millis, failure);
    }

    private static void tell(long millis, Throwable failure) {
        LOG.atWarn()
                .addKeyValue("seconds", millis / 1_000)
                .addKeyValue("reason", failure.getMessage())
                .log("the web service for locations is left alone for a while");
    }

    private void end(String address, Promise<Optional<Location>> answer, Optional<Location> location) {
        synchronized (this) {
            underWay.remove(address);
        }
        answer.complete(location);
    }

    /** Gathers an answer, which is bounded. */
    private static final class Body implements BodySink {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        @Override
        public Future<Void> accept(byte[] piece, int offset, int length) {
            bytes.write(piece, offset, length);
            return Future.succeededFuture();
        }
    }
}
