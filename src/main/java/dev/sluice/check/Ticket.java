package dev.sluice.check;

import dev.sluice.message.DueProxy;
import dev.sluice.net.ProxyClient;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Verified;
import org.jspecify.annotations.Nullable;

/** One accepted check on its way through the engine. Belongs to the engine's loop, and to a lane while it is under way. */
final class Ticket implements ProxyClient.ConnectListener {
    private static final double NANOS_A_MILLI = 1e6;

    final DueProxy due;
    /** How often its verdict was dropped and it was asked again. */
    int repeats;

    long startedNanos;
    long endedNanos;
    long endedMillis;

    @Nullable
    LaneWork lane;

    @Nullable
    Verdict verdict;

    Ticket(DueProxy due) {
        this.due = due;
    }

    @Override
    public void connectEnded(FailureReason reason, long connectNanos) {
        ended(
                reason == FailureReason.NONE
                        ? Verdict.connected(connectNanos / NANOS_A_MILLI)
                        : Verdict.failed(reason, Verified.CONNECT));
    }

    void ended(Verdict found) {
        LaneWork on = lane;
        if (on != null) {
            verdict = found;
            lane = null;
            on.ended(this);
        }
    }
}
