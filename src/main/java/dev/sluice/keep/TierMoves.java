package dev.sluice.keep;

import dev.sluice.cadence.TierTransition;
import dev.sluice.message.ProxyChanged;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts and logs the moves of proxies between tiers. One the rules should never make is a bug, and told as one. */
final class TierMoves {
    private static final Logger LOG = LoggerFactory.getLogger(TierMoves.class);

    private final Map<TierTransition, Counter> counters = new HashMap<>();

    TierMoves(MeterRegistry meters) {
        for (TierTransition legal : TierTransition.LEGAL) {
            counters.put(
                    legal,
                    Counter.builder("sluice.tier.transitions")
                            .description("Moves of proxies between tiers")
                            .tag("from", legal.from().text())
                            .tag("to", legal.to().text())
                            .tag("reason", legal.reason().text())
                            .register(meters));
        }
    }

    void saw(ProxyChanged changed) {
        TierTransition move = TierTransition.between(changed.before(), changed.after());
        if (move == null) {
            return;
        }
        Counter counter = counters.get(move);
        if (counter == null) {
            LOG.atError()
                    .addKeyValue("proxy", changed.id())
                    .addKeyValue("move", move)
                    .log("a proxy moved between tiers as no rule lets it");
            return;
        }
        counter.increment();
        LOG.atDebug()
                .addKeyValue("proxy", changed.id())
                .addKeyValue("from", move.from().text())
                .addKeyValue("to", move.to().text())
                .addKeyValue("reason", move.reason().text())
                .log("a proxy moved to another tier");
    }
}
