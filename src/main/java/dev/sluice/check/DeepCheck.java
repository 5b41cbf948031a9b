package dev.sluice.check;

import dev.sluice.message.DeepResult;
import dev.sluice.net.Route;
import dev.sluice.proxy.Capability;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.ProxyKey;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Judged requests in a row, each on a connection of its own and none repeated: how steady a proxy is. All go to the judge
 * that answered first, so that latencies compare. It ends early, without a verdict, when our own side fails, is stopped, or
 * the judge is down; and when the proxy is caught. Thread-safe; futures never fail.
 */
final class DeepCheck {
    private static final double LOW = 0.1;
    private static final double HIGH = 0.9;

    private final Court court;
    private final int requests;

    /**
     * A deep check.
     *
     * @param requests how many, 1 or more
     */
    DeepCheck(Court court, int requests) {
        this.court = court;
        this.requests = requests;
    }

    /** {@code found}, which is alive, with what was measured. */
    Future<Verdict> run(Subject subject, ProxyKey key, Verdict found) {
        Row row = new Row(subject, routeFor(key, found), found.answers().get(0).judge(), found);
        next(row);
        return row.end.future();
    }

    /** By absolute form where plain HTTP is proven, else by tunnel. */
    static Route routeFor(ProxyKey key, Verdict found) {
        return Capability.HTTP.in(found.capabilities()) ? Route.through(key) : Route.tunnelling(key);
    }

    /** Futures are not chained from request to request: a thousand of them would unwind on one stack. */
    private void next(Row row) {
        if (row.made == requests) {
            row.end.complete(
                    row.found.measured(result(requests, row.answers.size(), latencies(row.answers)), row.answers));
            return;
        }
        row.made++;
        one(row).onComplete(
                        answer -> {
                            if (answer.alive()) {
                                row.answers.addAll(answer.answers());
                                next(row);
                            } else if (answer.reason() == FailureReason.TAMPERED) {
                                row.end.complete(row.found.caught(answer.tampering()));
                            } else if (answer.reason().isVerdict()) {
                                next(row);
                            } else {
                                row.end.complete(answer);
                            }
                        },
                        row.end::fail);
    }

    private Future<Verdict> one(Row row) {
        Echo echo = Echo.at(row.judge, court.nonces().get());
        return court.exchanges()
                .once(row.route, echo.request())
                .map(exchange -> echo.read(exchange, row.subject.seats().own(), Capability.NONE))
                .compose(answer -> court.settled(row.subject, answer));
    }

    private static double[] latencies(List<Verdict.Answer> answers) {
        return answers.stream().mapToDouble(Verdict.Answer::latencyMillis).toArray();
    }

    /** The figures for {@code latencies} of the successes, in any order. */
    static DeepResult result(int requests, int successes, double[] latencies) {
        double[] sorted = latencies.clone();
        Arrays.sort(sorted);
        return new DeepResult(
                requests, successes, quantile(sorted, 0.5), quantile(sorted, HIGH) - quantile(sorted, LOW));
    }

    /** Linear between neighbours (Hyndman and Fan 1996, type 7); NaN of nothing. */
    private static double quantile(double[] sorted, double q) {
        if (sorted.length == 0) {
            return Double.NaN;
        }
        double at = q * (sorted.length - 1);
        int below = (int) at;
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
    }

    /** One run. Confined to the context of its check. */
    private static final class Row {
        private final Subject subject;
        private final Route route;
        private final Judge judge;
        private final Verdict found;
        private final List<Verdict.Answer> answers = new ArrayList<>();
        private final Promise<Verdict> end = Promise.promise();
        private int made;

        Row(Subject subject, Route route, Judge judge, Verdict found) {
            this.subject = subject;
            this.route = route;
            this.judge = judge;
            this.found = found;
        }
    }
}
