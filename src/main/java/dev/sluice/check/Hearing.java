package dev.sluice.check;

import dev.sluice.net.Exchange;
import dev.sluice.net.Route;
import dev.sluice.proxy.FailureReason;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A proxy before its judges, by one route: as many are asked, one after another, as must agree. A signed answer is enough
 * by itself. Confined to the context of its check; to be used once.
 *
 * <p>What a judge may have caused is not believed at once: after a time-out or reset the allowed further attempts follow,
 * each at the next judge where there is another; in any case one of another host is asked before a failure counts, and all
 * of them where one has answered genuinely. The judges that failed come back as {@link Verdict#suspects()}.
 *
 * <p>While it is open whether the port speaks this protocol at all, a time-out or reset ends the hearing: one connection.
 */
final class Hearing {
    private final Court court;
    private final Subject subject;
    private final Route route;
    private final Bench bench;
    private final int capabilities;

    private final List<Judge> failedAt = new ArrayList<>();
    private boolean probing;
    private int retriesLeft;
    private int asked;
    private int agreed;
    private @Nullable Verdict common;
    private @Nullable Verdict failure;
    private @Nullable Exchange first;

    /**
     * Not begun.
     *
     * @param bench with a judge at least
     * @param capabilities what a genuine answer proves
     * @param probing whether it is open that the port speaks this protocol
     */
    Hearing(Court court, Subject subject, Route route, Bench bench, int capabilities, boolean probing) {
        this.court = court;
        this.subject = subject;
        this.route = route;
        this.bench = bench;
        this.capabilities = capabilities;
        this.probing = probing;
        this.retriesLeft = court.exchanges().retries();
    }

    /** Never fails; not yet {@linkplain Court#settled settled}. */
    Future<Verdict> begin() {
        return ask(bench.judges().get(asked++));
    }

    /** How the first request ended, null before that. */
    @Nullable
    Exchange first() {
        return first;
    }

    private Future<Verdict> ask(Judge judge) {
        Echo echo = Echo.at(judge, court.nonces().get());
        return court.exchanges().once(route, echo.request()).compose(exchange -> {
            first = first == null ? exchange : first;
            Verdict found = echo.read(exchange, subject.seats().own(), capabilities);
            return found.alive() ? vouched(judge, found) : failed(judge, found);
        });
    }

    private Future<Verdict> vouched(Judge judge, Verdict found) {
        probing = false;
        common = common == null ? found : common.agreeing(found);
        agreed++;
        if (judge.signed() || agreed >= bench.quorum()) {
            return Future.succeededFuture(common);
        }
        if (asked < bench.judges().size()) {
            return ask(bench.judges().get(asked++));
        }
        return Future.succeededFuture(failure == null ? Verdict.none() : suspecting(failure));
    }

    private Future<Verdict> failed(Judge judge, Verdict found) {
        FailureReason reason = found.reason();
        if (found.suspects().isEmpty() || reason == FailureReason.TAMPERED) {
            return Future.succeededFuture(found);
        }
        failure = found;
        boolean secondOpinion = failedAt.isEmpty();
        failedAt.add(judge);
        boolean mayPass = Exchanges.mayPass(reason);
        boolean another = asked < bench.judges().size();
        if (mayPass && probing) {
            return Future.succeededFuture(suspecting(found));
        }
        boolean again = mayPass && retriesLeft > 0;
        if (!again && !(another && (secondOpinion || agreed > 0))) {
            return Future.succeededFuture(suspecting(found));
        }
        retriesLeft -= again ? 1 : 0;
        Judge next = another ? bench.judges().get(asked++) : judge;
        return court.exchanges().pauseAfter(failedAt.size()).compose(waited -> ask(next));
    }

    private Verdict suspecting(Verdict found) {
        return found.suspecting(failedAt.stream().distinct().toList());
    }
}
