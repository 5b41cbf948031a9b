package dev.sluice.check;

import dev.sluice.net.Lane;
import dev.sluice.net.ProxyClient;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Verified;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The checks that one event loop has under way. Takes them in batches and gives them back in batches: what ends within one
 * turn of the loop goes back in one message. Confined to its lane, {@link #start} apart.
 */
final class LaneWork {
    private static final Logger LOG = LoggerFactory.getLogger(LaneWork.class);

    private final Lane lane;
    private final ProxyClient client;
    private final Supplier<Checks> checks;
    private final Consumer<List<Ticket>> back;
    private List<Ticket> ended = new ArrayList<>();

    /**
     * Made, idle.
     *
     * @param checks how to check at the moment; thread-safe
     * @param back gets what has ended, on this lane
     */
    LaneWork(Lane lane, ProxyClient client, Supplier<Checks> checks, Consumer<List<Ticket>> back) {
        this.lane = lane;
        this.client = client;
        this.checks = checks;
        this.back = back;
    }

    /** Starts {@code batch} on the lane; callable on any thread. */
    void start(List<Ticket> batch) {
        lane.execute(() -> {
            for (Ticket ticket : batch) {
                start(ticket);
            }
        });
    }

    private void start(Ticket ticket) {
        ticket.lane = this;
        ticket.startedNanos = System.nanoTime();
        if (!ticket.due.key().usable()) {
            // Without its password it would fail for no fault of its own.
            ticket.ended(Verdict.failed(FailureReason.LOCAL, Verified.NONE));
            return;
        }
        Checks now = checks.get();
        try {
            if (now.connectsOnly(ticket.due)) {
                client.connect(lane, ticket.due.key(), ticket);
            } else {
                now.run(ticket.due).onComplete(found -> {
                    if (found.succeeded()) {
                        ticket.ended(found.result());
                    } else {
                        broke(ticket, found.cause());
                    }
                });
            }
        } catch (RuntimeException e) {
            broke(ticket, e);
        }
    }

    private static void broke(Ticket ticket, Throwable failure) {
        LOG.atError()
                .addKeyValue("proxy", ticket.due.key().url())
                .setCause(failure)
                .log("a check broke");
        ticket.ended(Verdict.failed(FailureReason.LOCAL, Verified.NONE));
    }

    /** Takes back a check that has ended. */
    void ended(Ticket ticket) {
        if (!lane.inLane()) {
            lane.execute(() -> ended(ticket));
            return;
        }
        ticket.endedNanos = System.nanoTime();
        if (ended.isEmpty()) {
            lane.execute(this::giveBack);
        }
        ended.add(ticket);
    }

    private void giveBack() {
        List<Ticket> batch = ended;
        ended = new ArrayList<>(batch.size());
        back.accept(batch);
    }

    /** Worst lateness of the loop since last asked, nanoseconds. Thread-safe. */
    long lagNanos() {
        return lane.lagNanos();
    }
}
