package dev.sluice.api;

import dev.sluice.bus.Bus;
import dev.sluice.bus.Channel;
import dev.sluice.bus.Channels;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.json.JsonObject;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Collects what happens for those who follow it by {@code GET /api/v1/events}. One for all instances of the API, so that
 * everybody sees the same events in the same order. Deployed behind the API, so that it is stopped before it: then all who
 * follow are let go, and the API does not wait for them.
 */
public final class EventFeed extends VerticleBase {
    /** Name of the event that tells figures. */
    static final String STATUS = "status";

    private static final String PREFIX = "sluice.";
    private static final List<Channel<?, Void>> TOLD = List.of(
            Channels.PROXY_CHANGED,
            Channels.SOURCE_FETCHED,
            Channels.SOURCE_CHANGED,
            Channels.JOB_CHANGED,
            Channels.CONFIG_CHANGED,
            Channels.CHECK_SUSPENDED);

    private static final Logger LOG = LoggerFactory.getLogger(EventFeed.class);
    private static final long STATUS_MILLIS = 5_000;

    private final Bus bus;
    private final StatusBoard board;
    private final Limits limits;
    private final InstantSource clock;
    private final EventRing ring;
    private final Set<Runnable> listeners = new CopyOnWriteArraySet<>();
    private final AtomicInteger followers = new AtomicInteger();
    private final List<Bus.Registration> registrations = new ArrayList<>();
    private volatile boolean stopped;
    private boolean refreshing;
    private long timer = -1;

    /**
     * What the feed holds and gives at most.
     *
     * @param events that are kept for those who come back, 1 and up
     * @param bytes of them all together
     * @param followers at the same time, over all instances of the API
     * @param lifetime of an answer: whoever follows comes back then, and shows the key again; 0 ends it with what there is
     */
    public record Limits(int events, long bytes, int followers, Duration lifetime) {
        /** 20,000 events, 8 MiB, 64 followers, an hour. */
        public static final Limits USUAL = new Limits(20_000, 8L << 20, 64, Duration.ofHours(1));
    }

    /** A feed that knows of nothing yet. */
    public EventFeed(Bus bus, StatusBoard board, Limits limits) {
        this(
                bus,
                board,
                limits,
                InstantSource.system(),
                Long.toString(new SecureRandom().nextLong() & Long.MAX_VALUE, Character.MAX_RADIX));
    }

    /** With a clock and a name of its own, for tests. */
    EventFeed(Bus bus, StatusBoard board, Limits limits, InstantSource clock, String process) {
        this.bus = bus;
        this.board = board;
        this.limits = limits;
        this.clock = clock;
        this.ring = new EventRing(process, limits.events(), limits.bytes());
    }

    /** Names of all events but {@code gap}. */
    static List<String> types() {
        List<String> types = new ArrayList<>();
        TOLD.forEach(channel -> types.add(type(channel)));
        types.add(STATUS);
        return types;
    }

    private static String type(Channel<?, ?> channel) {
        return channel.address().substring(PREFIX.length());
    }

    @Override
    public Future<?> start() {
        TOLD.forEach(this::follow);
        timer = vertx.setPeriodic(0, STATUS_MILLIS, id -> refresh());
        return Future.succeededFuture();
    }

    @Override
    public Future<?> stop() {
        stopped = true;
        vertx.cancelTimer(timer);
        wake();
        List<Future<Void>> ending = new ArrayList<>();
        registrations.forEach(registration -> ending.add(registration.stop()));
        return ending.isEmpty() ? Future.succeededFuture() : Future.join(ending);
    }

    private <Q> void follow(Channel<Q, Void> channel) {
        registrations.add(bus.subscribe(channel, message -> {
            JsonObject form = bus.form(channel, message);
            if (form != null) {
                tell(type(channel), form);
            }
        }));
    }

    private void refresh() {
        if (refreshing) {
            // A slow database is not asked again before it has answered.
            return;
        }
        refreshing = true;
        board.refresh(vertx).onComplete(done -> {
            refreshing = false;
            if (done.failed()) {
                LOG.atDebug().setCause(done.cause()).log("jobs could not be counted");
            }
            // Kept for nobody it would only push out what did happen.
            if (followers.get() > 0 && !stopped) {
                tell(STATUS, board.figures());
            }
        });
    }

    /** Takes an event in and wakes those who follow. */
    void tell(String type, JsonObject data) {
        if (!data.containsKey("at")) {
            data.put("at", clock.instant().truncatedTo(ChronoUnit.MILLIS).toString());
        }
        ring.tell(type, data);
        wake();
    }

    private void wake() {
        listeners.forEach(Runnable::run);
    }

    EventRing ring() {
        return ring;
    }

    Limits limits() {
        return limits;
    }

    /** Whether nothing happens here any more. */
    boolean stopped() {
        return stopped;
    }

    /** Makes room for one who follows; false when there are too many. */
    boolean enter() {
        if (followers.incrementAndGet() > limits.followers()) {
            followers.decrementAndGet();
            return false;
        }
        return true;
    }

    /** One who followed has gone. */
    void leave() {
        followers.decrementAndGet();
    }

    /** Runs {@code wake} on any thread after each event. */
    void listen(Runnable wake) {
        listeners.add(wake);
    }

    /** Takes {@link #listen} back. */
    void hush(Runnable wake) {
        listeners.remove(wake);
    }
}
