package dev.sluice.check;

import io.vertx.core.Future;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * What every hearing needs. Thread-safe.
 *
 * @param exchanges requests through proxies
 * @param confirm whether a judge answers to a question that is asked after the call, on any context
 * @param nonces a fresh nonce each time
 */
record Court(Exchanges exchanges, Function<Judge, Future<Boolean>> confirm, Supplier<String> nonces) {
    /**
     * What is left of {@code found} when the judges that may have caused it have been asked directly: all of it when one of
     * them answers, else no verdict. A judge that is down is never held against a proxy.
     */
    Future<Verdict> settled(Subject subject, Verdict found) {
        return found.suspects().isEmpty() ? Future.succeededFuture(found) : settled(subject, found, 0);
    }

    private Future<Verdict> settled(Subject subject, Verdict found, int index) {
        List<Judge> suspects = found.suspects();
        if (index == suspects.size()) {
            return Future.succeededFuture(Verdict.none());
        }
        return subject.loop()
                .answer(() -> confirm.apply(suspects.get(index)))
                .compose(up ->
                        up ? Future.succeededFuture(found.suspecting(List.of())) : settled(subject, found, index + 1));
    }
}
