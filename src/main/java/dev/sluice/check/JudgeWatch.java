package dev.sluice.check;

import dev.sluice.judge.JudgeAnswer;
import dev.sluice.judge.JudgeAnswer.Genuine;
import dev.sluice.judge.JudgeForm;
import dev.sluice.net.Exchange;
import dev.sluice.net.ProxyClient;
import dev.sluice.net.Request;
import dev.sluice.net.Route;
import dev.sluice.parse.IpAddress;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the judges directly, without a proxy: which answer, and by which addresses they know us. A judge counts as down
 * after two failures in a row. Confined to one event loop.
 */
final class JudgeWatch {
    private static final Logger LOG = LoggerFactory.getLogger(JudgeWatch.class);
    private static final int FAILURES_UNTIL_DOWN = 2;
    private static final int MAX_OWN = 64;

    private final List<Watched> watched = new ArrayList<>();
    private final Judges judges;
    private final ProxyClient direct;
    private final Supplier<String> nonces;
    private final LinkedHashSet<String> own = new LinkedHashSet<>();

    JudgeWatch(Judges judges, ProxyClient direct, Supplier<String> nonces) {
        this.judges = judges;
        this.direct = direct;
        this.nonces = nonces;
        judges.plain().forEach(judge -> watched.add(seat(judge, null)));
        judges.tls().forEach(judge -> watched.add(seat(judge, judges.tlsPin())));
    }

    private Watched seat(JudgeUrl url, @Nullable String pin) {
        return new Watched(new Judge(url, JudgeForm.SLUICE, pin, judges.signer()));
    }

    /** Who answers now. */
    JudgeSeats seats() {
        List<Judge> plain = new ArrayList<>();
        List<Judge> tls = new ArrayList<>();
        for (Watched one : watched) {
            if (one.up) {
                (one.judge.tls() ? tls : plain).add(one.judge);
            }
        }
        return new JudgeSeats(plain, tls, !judges.tls().isEmpty(), own, 1);
    }

    /** How many judges are up. */
    int up() {
        int count = 0;
        for (Watched one : watched) {
            count += one.up ? 1 : 0;
        }
        return count;
    }

    /** Asks every judge and completes when all have answered or failed. Never fails. */
    Future<Void> probe() {
        List<Future<Void>> all = new ArrayList<>(watched.size());
        for (Watched one : watched) {
            all.add(ask(one));
        }
        return Future.join(all).mapEmpty();
    }

    /** Whether {@code judge} answers to a question that is asked after this call. Calls at the same time share it. */
    Future<Boolean> confirm(Judge judge) {
        for (Watched one : watched) {
            if (one.judge.equals(judge)) {
                return askAnew(one).map(asked -> one.failures == 0);
            }
        }
        return Future.succeededFuture(false);
    }

    private Future<Void> askAnew(Watched one) {
        if (one.asking == null) {
            return ask(one);
        }
        Promise<Void> next = one.next == null ? Promise.promise() : one.next;
        one.next = next;
        return next.future();
    }

    /** Asks, unless a question is under way. */
    private Future<Void> ask(Watched one) {
        if (one.asking != null) {
            return one.asking;
        }
        String nonce = nonces.get();
        Request request = one.judge.echo(nonce);
        Promise<Void> asking = Promise.promise();
        one.asking = asking.future();
        direct.exchange(Route.DIRECT, request).onSuccess(exchange -> {
            JudgeAnswer answer = exchange instanceof Exchange.Reached reached
                            && one.judge.read(reached.body(), nonce) instanceof Genuine genuine
                    ? genuine.answer()
                    : null;
            one.asking = null;
            noted(one, answer, exchange);
            Promise<Void> next = one.next;
            one.next = null;
            asking.complete();
            if (next != null) {
                ask(one).onComplete(next);
            }
        });
        return asking.future();
    }

    private void noted(Watched one, @Nullable JudgeAnswer answer, Exchange exchange) {
        boolean before = one.up;
        if (answer != null) {
            one.failures = 0;
            one.up = true;
            remember(answer.peer());
        } else {
            one.failures++;
            one.up = one.up && one.failures < FAILURES_UNTIL_DOWN;
        }
        if (before == one.up && (one.up || one.failures > 1)) {
            return;
        }
        var event = one.up ? LOG.atInfo() : LOG.atWarn();
        event.addKeyValue(
                        "judge", one.judge.url().host() + ':' + one.judge.url().port())
                .addKeyValue("tls", one.judge.tls())
                .addKeyValue("up", one.up)
                .log(
                        exchange instanceof Exchange.Failed failed
                                ? "judge: " + failed.reason().text()
                                : "judge answered");
    }

    private void remember(String peer) {
        String text = canonical(peer);
        own.remove(text);
        own.add(text);
        if (own.size() > MAX_OWN) {
            own.remove(own.iterator().next());
        }
    }

    /** The canonical form of an address, or {@code text} itself when it is none. */
    static String canonical(String text) {
        byte[] address = IpAddress.parse(text);
        return address == null ? text : IpAddress.format(IpAddress.unmapped(address));
    }

    private static final class Watched {
        private final Judge judge;
        private boolean up;
        private int failures;
        private @Nullable Future<Void> asking;
        private @Nullable Promise<Void> next;

        Watched(Judge judge) {
            this.judge = judge;
        }
    }
}
