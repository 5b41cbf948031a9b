package dev.sluice.check;

import dev.sluice.config.TargetConfig;
import dev.sluice.net.Exchange;
import dev.sluice.net.Request;
import dev.sluice.net.Route;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Tampering;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The checks of the operator's own, in the order of their names. A target that does not pass when it is asked directly,
 * without a proxy, is left out until that has been asked again: it is held against nobody. Thread-safe; futures never fail
 * and complete on the context of the check.
 */
final class TargetChecks {
    private static final Logger LOG = LoggerFactory.getLogger(TargetChecks.class);

    private final List<DirectTarget> targets;
    private final Exchanges exchanges;

    /**
     * The checks in {@code configs}.
     *
     * @param direct asks without a proxy; thread-safe, never fails
     * @param nanos a clock for durations
     * @throws IllegalArgumentException naming the target that can't be asked
     */
    TargetChecks(
            Map<String, TargetConfig> configs,
            Exchanges exchanges,
            Function<Request, Future<Exchange>> direct,
            LongSupplier nanos) {
        this.targets = configs.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(entry -> new DirectTarget(TargetCheck.of(entry.getKey(), entry.getValue()), direct, nanos))
                .toList();
        this.exchanges = exchanges;
    }

    /** {@code found}, which is alive, unless a target says otherwise. */
    Future<Verdict> run(Subject subject, ProxyKey key, Verdict found) {
        return next(subject, key, found, 0);
    }

    private Future<Verdict> next(Subject subject, ProxyKey key, Verdict found, int index) {
        if (index == targets.size()) {
            return Future.succeededFuture(found);
        }
        return one(subject, key, found, targets.get(index))
                .compose(after -> after.alive() ? next(subject, key, after, index + 1) : Future.succeededFuture(after));
    }

    private Future<Verdict> one(Subject subject, ProxyKey key, Verdict found, DirectTarget target) {
        if (target.isKnownToFail()) {
            return Future.succeededFuture(found);
        }
        TargetCheck check = target.check();
        Route route = check.request().tls() ? Route.tunnelling(key) : DeepCheck.routeFor(key, found);
        return exchanges.patiently(route, check.request()).compose(exchange -> {
            FailureReason reason = Exchanges.reason(exchange);
            if (reason != FailureReason.NONE && !reason.isVerdict()) {
                return Future.succeededFuture(Verdict.failed(reason, found.verified()));
            }
            String fault = check.fault(exchange);
            return fault == null
                    ? Future.succeededFuture(found)
                    : heldAgainst(subject, key, found, target, exchange, fault);
        });
    }

    private static Future<Verdict> heldAgainst(
            Subject subject, ProxyKey key, Verdict found, DirectTarget target, Exchange exchange, String fault) {
        return subject.loop().answer(target::standing).map(standing -> switch (standing) {
            case FAILS -> found;
            case UNASKED -> Verdict.none();
            case PASSES -> {
                LOG.atDebug()
                        .addKeyValue("proxy", key.url())
                        .addKeyValue("target", target.check().name())
                        .addKeyValue("fault", fault)
                        .log("a target check did not pass");
                // Directly a certificate came that is valid: another one is the proxy's doing.
                yield Exchanges.reason(exchange) == FailureReason.TAMPERED
                        ? found.caught(Tampering.CERTIFICATE)
                        : found.failingTarget();
            }
        });
    }
}
