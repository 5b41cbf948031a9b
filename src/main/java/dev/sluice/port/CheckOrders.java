package dev.sluice.port;

import io.vertx.core.Future;
import java.util.List;

/** Has entries checked before their time. {@code store} answers it, {@code api} asks. Thread-safe. */
@FunctionalInterface
public interface CheckOrders {
    /** Priority of what somebody waits for. */
    int AT_ONCE = 10;

    /** Most entries at once. */
    int MOST = 1_000;

    /**
     * Makes entries due now. What is being checked at present, is archived or unknown is left alone.
     *
     * @param ids 1..{@value #MOST} of them
     * @param priority 1..10
     * @return how many are due now; fails when the database does not answer
     */
    Future<Integer> expedite(List<Long> ids, int priority, long nowMillis);
}
