package dev.sluice.bench;

import dev.sluice.bus.Channels;
import dev.sluice.message.CheckOutcome;
import dev.sluice.message.CheckOutcomes;
import dev.sluice.message.DueProxy;
import dev.sluice.pool.PooledProxy;
import dev.sluice.proxy.Anonymity;
import dev.sluice.proxy.CheckKind;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.Tampering;
import dev.sluice.proxy.Verified;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** Outcomes of checks, as many a second as is said, as the checker would send them: one in twenty is a failure. */
public final class Traffic {
    private static final int BATCHES_A_SECOND = 20;

    private final int size;
    private final int perSecond;
    private final int[] versions;
    private final SplittableRandom random = new SplittableRandom(3);

    /**
     * Traffic for a database of {@link Stock}.
     *
     * @param perSecond 0 for none
     */
    public Traffic(int size, int perSecond) {
        this.size = size;
        this.perSecond = perSecond;
        this.versions = new int[perSecond == 0 ? 0 : size + 1];
        Arrays.fill(versions, 1);
    }

    /** Sends from now on. */
    public void begin(Vertx vertx) {
        if (perSecond > 0) {
            vertx.setPeriodic(
                    1_000 / BATCHES_A_SECOND,
                    id -> vertx.eventBus()
                            .request(
                                    Channels.CHECK_OUTCOME.address(),
                                    new CheckOutcomes(batch(perSecond / BATCHES_A_SECOND)),
                                    new DeliveryOptions().setLocalOnly(true))
                            .onFailure(Throwable::printStackTrace));
        }
    }

    private List<CheckOutcome> batch(int count) {
        List<CheckOutcome> outcomes = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            outcomes.add(outcome(1 + random.nextInt(size)));
        }
        return outcomes;
    }

    private CheckOutcome outcome(int id) {
        int version = versions[id]++;
        PooledProxy known = Population.proxy(id, version - 1);
        Health health = known.health();
        boolean alive = random.nextInt(20) > 0;
        double latency = health.latencyMillis();
        return new CheckOutcome(
                new DueProxy(id, known.key(), health, CheckKind.LIGHT),
                alive,
                alive ? Verified.FULL : Verified.NONE,
                alive ? FailureReason.NONE : FailureReason.REFUSED,
                alive ? latency : Double.NaN,
                alive ? health.capabilities() : 0,
                alive ? health.anonymity() : Anonymity.UNKNOWN,
                Tampering.NONE,
                alive ? health.exitAddress() : null,
                alive ? 1 : 0,
                alive ? List.of(latency) : List.of(),
                null,
                List.of(),
                System.currentTimeMillis());
    }
}
