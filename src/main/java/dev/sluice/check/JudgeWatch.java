package dev.sluice.check;

import dev.sluice.judge.JudgeAnswer;
import dev.sluice.judge.JudgeAnswer.Genuine;
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
import java.util.Set;
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
        judges.plain().forEach(judge -> watched.add(new Watched(judge)));
        judges.tls().forEach(judge -> watched.add(new Watched(judge)));
    }

    /** The first plain judge that is up, null when none is. */
    @Nullable
    JudgeUrl plain() {
        return firstUp(false);
    }

    /** The first TLS judge that is up, null when none is. */
    @Nullable
    JudgeUrl tls() {
        return firstUp(true);
    }

    private @Nullable JudgeUrl firstUp(boolean tls) {
        for (Watched one : watched) {
            if (one.up && one.judge.tls() == tls) {
                return one.judge;
            }
        }
        return null;
    }

    /** How many judges are up. */
    int up() {
        int count = 0;
        for (Watched one : watched) {
            count += one.up ? 1 : 0;
        }
        return count;
    }

    /** Addresses by which judges have seen us, canonical text, the latest {@value #MAX_OWN}. */
    Set<String> own() {
        return own;
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
    Future<Boolean> confirm(JudgeUrl judge) {
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
        Request request = one.judge.echo(nonce, judges.tlsPin());
        Promise<Void> asking = Promise.promise();
        one.asking = asking.future();
        direct.exchange(Route.DIRECT, request).onSuccess(exchange -> {
            JudgeAnswer answer = exchange instanceof Exchange.Reached reached
                            && JudgeAnswer.read(reached.body(), judges.signer(), nonce) instanceof Genuine genuine
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
        event.addKeyValue("judge", one.judge.host() + ':' + one.judge.port())
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
        private final JudgeUrl judge;
        private boolean up;
        private int failures;
        private @Nullable Future<Void> asking;
        private @Nullable Promise<Void> next;

        Watched(JudgeUrl judge) {
            this.judge = judge;
        }
    }
}
