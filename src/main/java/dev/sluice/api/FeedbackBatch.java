package dev.sluice.api;

import dev.sluice.bus.Bus;
import dev.sluice.bus.Channels;
import dev.sluice.message.FeedbackReceived;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;

/**
 * Collects reports of one event loop for {@code keep} and extensions, who need them soon but not one by one. Confined to that
 * loop.
 */
final class FeedbackBatch {
    /** How long a report waits for others at most. */
    static final long WAIT_MILLIS = 50;

    /** So many reports wait no longer. */
    static final int MOST = 1_000;

    private final Vertx vertx;
    private final Bus bus;
    private List<FeedbackReceived.Report> waiting = new ArrayList<>();

    FeedbackBatch(Vertx vertx, Bus bus) {
        this.vertx = vertx;
        this.bus = bus;
    }

    void add(FeedbackReceived.Report report) {
        waiting.add(report);
        if (waiting.size() == 1) {
            vertx.setTimer(WAIT_MILLIS, id -> send());
        } else if (waiting.size() >= MOST) {
            send();
        }
    }

    /** Sends what waits. */
    void send() {
        if (!waiting.isEmpty()) {
            List<FeedbackReceived.Report> reports = waiting;
            waiting = new ArrayList<>();
            bus.publish(Channels.FEEDBACK_RECEIVED, new FeedbackReceived(reports));
        }
    }
}
