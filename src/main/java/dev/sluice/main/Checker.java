package dev.sluice.main;

import dev.sluice.message.CheckOutcome;
import dev.sluice.message.DueProxy;
import dev.sluice.port.Checking;
import io.vertx.core.Future;
import java.util.List;

/** What {@code check} needs of the checker. Thread-safe. */
interface Checker extends Checking {
    /** Completes when judges have been asked for the first time. */
    Future<Void> start();

    /**
     * Takes from the front of {@code proxies} what there is room for and tells how many. Each ends in one
     * {@link CheckOutcome}, unless it is stopped before.
     */
    int offer(List<DueProxy> proxies);

    /** Ends what is under way within seconds; what has ended is handed over before. */
    Future<Void> stop();
}
