package dev.sluice.api;

import dev.sluice.bus.Bus;
import dev.sluice.bus.Channels;
import dev.sluice.message.JobChanged;
import dev.sluice.port.JobRecord;
import dev.sluice.port.JobState;
import dev.sluice.port.Jobs;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows jobs by server-sent events: how a job stands at once, then every change, until it is over. What happens in this
 * process is told as it happens; what another instance does is seen by asking the store every {@value #ASK_MILLIS} ms. A
 * client that reads slowly misses steps of the progress, never the end; one that reads nothing for long is cut off.
 * Confined to one event loop.
 */
final class JobEvents {
    private static final Logger LOG = LoggerFactory.getLogger(JobEvents.class);

    static final String TYPE = "text/event-stream";

    /** Streams an instance of the API keeps open at a time. */
    static final int MOST = 64;

    private static final long ASK_MILLIS = 2_000;
    private static final long BEAT_MILLIS = 15_000;
    /** A client that takes nothing for so many questions is gone. */
    private static final int PATIENCE = 15;

    private final Vertx vertx;
    private final Jobs jobs;
    private final Bus.Registration registration;
    private final Map<String, Set<Follower>> followers = new HashMap<>();
    /** Jobs whose state was asked for and is not known yet. */
    private final Set<String> asked = new HashSet<>();

    private int open;
    private long timer = -1;
    private boolean stopped;

    JobEvents(Vertx vertx, Bus bus, Jobs jobs) {
        this.vertx = vertx;
        this.jobs = jobs;
        this.registration = bus.subscribe(Channels.JOB_CHANGED, this::changed);
    }

    Future<Void> stop() {
        stopped = true;
        all().forEach(Follower::end);
        return registration.stop();
    }

    private List<Follower> all() {
        List<Follower> all = new ArrayList<>();
        followers.values().forEach(all::addAll);
        return all;
    }

    /** Answers with the events of a job that is {@code now} as it is. */
    void follow(Exchange exchange, JobRecord now) {
        if (exchange.gone()) {
            return;
        }
        if (exchange.wantsHeadOnly() && now.state().live()) {
            exchange.streamHead(200, TYPE);
            return;
        }
        if (!exchange.canStream() || !now.state().live() || stopped) {
            exchange.send(200, TYPE, Buffer.buffer(line(JobForm.event(now))));
            return;
        }
        if (open == MOST) {
            exchange.problem(Problems.tooManyStreams(MOST));
            return;
        }
        Follower follower = new Follower(exchange, now.id());
        followers.computeIfAbsent(now.id(), id -> new HashSet<>()).add(follower);
        open++;
        follower.tell(JobForm.event(now), false);
        if (timer < 0) {
            timer = vertx.setPeriodic(ASK_MILLIS, id -> ask());
        }
        // What changed between the look and the wish to follow.
        look(now.id());
    }

    private void changed(JobChanged changed) {
        Set<Follower> all = followers.get(changed.id());
        if (all != null) {
            JobState state = JobState.of(changed.state());
            boolean over = state != null && !state.live();
            for (Follower follower : List.copyOf(all)) {
                follower.tell(JobForm.event(changed), over);
            }
        }
    }

    private void ask() {
        all().forEach(Follower::beat);
        for (String id : List.copyOf(followers.keySet())) {
            look(id);
        }
    }

    private void look(String id) {
        if (!asked.add(id)) {
            // A slow store is not asked again before it has answered.
            return;
        }
        Context context = vertx.getOrCreateContext();
        jobs.get(id)
                .onComplete(answer -> context.runOnContext(here -> {
                    asked.remove(id);
                    if (answer.succeeded()) {
                        looked(id, answer.result());
                    } else {
                        LOG.atDebug()
                                .addKeyValue("job", id)
                                .setCause(answer.cause())
                                .log("a job could not be read");
                    }
                }));
    }

    private void looked(String id, Optional<JobRecord> found) {
        Set<Follower> all = followers.get(id);
        if (all == null) {
            return;
        }
        for (Follower follower : List.copyOf(all)) {
            if (found.isEmpty()) {
                follower.end();
            } else {
                follower.tell(JobForm.event(found.get()), !found.get().state().live());
            }
        }
    }

    private static String line(JsonObject event) {
        return "event: job\ndata: " + event.encode() + "\n\n";
    }

    /** A client that follows a job. */
    private final class Follower {
        private final Exchange exchange;
        private final String job;
        private final HttpServerResponse response;
        private @Nullable JsonObject told;
        private long writtenNanos = System.nanoTime();
        private int stalled;
        private boolean ended;

        Follower(Exchange exchange, String job) {
            this.exchange = exchange;
            this.job = job;
            this.response = exchange.stream(200, TYPE);
            response.closeHandler(closed -> leave());
            response.exceptionHandler(failure -> leave());
        }

        void tell(JsonObject event, boolean last) {
            if (ended) {
                return;
            }
            if (!event.equals(told) && (last || !response.writeQueueFull())) {
                told = event;
                write(line(event));
            }
            if (last) {
                end();
            }
        }

        /** Keeps the connection from looking idle, and gives up on a client that takes nothing. */
        void beat() {
            if (ended) {
                return;
            }
            if (response.writeQueueFull()) {
                if (++stalled >= PATIENCE) {
                    leave();
                    exchange.request().connection().close();
                }
                return;
            }
            stalled = 0;
            if (System.nanoTime() - writtenNanos > BEAT_MILLIS * 1_000_000) {
                write(": still there\n\n");
            }
        }

        private void write(String text) {
            writtenNanos = System.nanoTime();
            response.write(text).onFailure(gone -> leave());
        }

        void end() {
            if (!ended) {
                leave();
                exchange.streamed();
            }
        }

        private void leave() {
            if (ended) {
                return;
            }
            ended = true;
            open--;
            Set<Follower> all = followers.get(job);
            if (all != null && all.remove(this) && all.isEmpty()) {
                followers.remove(job);
            }
            if (open == 0 && timer >= 0) {
                vertx.cancelTimer(timer);
                timer = -1;
            }
        }
    }
}
