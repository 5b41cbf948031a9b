package dev.sluice.keep;

import dev.sluice.bus.Loop;
import dev.sluice.cadence.Demand;
import dev.sluice.port.Census.Figures;
import dev.sluice.store.ProxyStore;
import dev.sluice.store.StoreStats;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts what is stored, at most a tenth of the time spent counting. Confined
 * to its event loop, except what it tells.
 */
final class StoreCensus {
    private static final int REST_PER_DURATION = 9;
    private static final Logger LOG = LoggerFactory.getLogger(StoreCensus.class);

    private final Loop loop;
    private final ProxyStore store;
    private final LongSupplier nanoClock;
    private final Demand demand;
    private volatile Figures figures = Figures.NONE;
    private volatile boolean answers = true;

    StoreCensus(Loop loop, ProxyStore store, LongSupplier nanoClock, Demand demand) {
        this.loop = loop;
        this.store = store;
        this.nanoClock = nanoClock;
        this.demand = demand;
    }

    /** Counts once; completes with the rest that is due then, and does not fail. */
    Future<Duration> count() {
        long start = nanoClock.getAsLong();
        return loop.answer(store::stats).transform(result -> {
            if (result.succeeded()) {
                figures = figures(result.result());
                demand.counted(result.result().checksPerSecond());
            } else if (answers) {
                LOG.atWarn().addKeyValue("error", result.cause().getMessage()).log("the store cannot be counted");
            }
            answers = result.succeeded();
            return Future.succeededFuture(Duration.ofNanos(REST_PER_DURATION * (nanoClock.getAsLong() - start)));
        });
    }

    /** The last count. Thread-safe. */
    Figures figures() {
        return figures;
    }

    /** Whether the last count succeeded. Thread-safe. */
    boolean answers() {
        return answers;
    }

    private static Figures figures(StoreStats stats) {
        Map<String, Long> byProtocol = new HashMap<>();
        stats.byScheme().forEach((scheme, count) -> byProtocol.put(scheme.text(), count));
        Map<String, Long> byTier = new HashMap<>();
        stats.byTier().forEach((tier, count) -> byTier.put(tier.text(), count));
        return new Figures(
                stats.total(),
                stats.alive(),
                stats.neverChecked(),
                stats.archived(),
                Map.copyOf(byProtocol),
                Map.copyOf(byTier),
                stats.listedBySource(),
                stats.aliveBySource(),
                stats.located());
    }
}
