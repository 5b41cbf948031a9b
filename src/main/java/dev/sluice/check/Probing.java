package dev.sluice.check;

import dev.sluice.net.Exchange;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds out what a port of unknown scheme speaks, by as few connections as can be. Thread-safe; futures never fail.
 *
 * <p>SOCKS5 is tried first, and its end tells what remains: nothing when no connection came about (one SYN for a dead
 * port); HTTP alone when the port answered in HTTP; else SOCKS4 and HTTP, both at the same time, so that a mute port holds
 * its place for two first-byte timeouts. That one protocol is spoken does not end the search: a port that speaks two becomes
 * two entries.
 */
final class Probing {
    /** The letter H, which begins every answer in HTTP, where SOCKS5 has its version. */
    private static final String ANSWERED_IN_HTTP = "SOCKS5 reply of version " + (int) 'H' + ' ';

    /** Of several failures the one that tells most. */
    private static final List<FailureReason> TELLING = List.of(
            FailureReason.TAMPERED,
            FailureReason.AUTH,
            FailureReason.TARGET,
            FailureReason.JUDGE_MISMATCH,
            FailureReason.TIMEOUT,
            FailureReason.RESET);

    private final Comprehensive comprehensive;

    Probing(Comprehensive comprehensive) {
        this.comprehensive = comprehensive;
    }

    /** The best that was found, with everything {@linkplain Verdict#spoken() spoken}; not yet settled. */
    Future<Verdict> run(Subject subject) {
        Hearing hearing = comprehensive.plain(subject, candidate(subject, Scheme.SOCKS5), true);
        return hearing.begin()
                .compose(heard -> comprehensive.after(subject, candidate(subject, Scheme.SOCKS5), heard))
                .compose(socks5 -> {
                    if (isUnreached(socks5.reason())) {
                        return Future.succeededFuture(socks5);
                    }
                    return answeredInHttp(hearing.first())
                            ? one(subject, Scheme.HTTP).map(Probing::best)
                            : both(subject, socks5);
                });
    }

    private Future<Verdict> both(Subject subject, Verdict socks5) {
        Future<Found> socks4 = one(subject, Scheme.SOCKS4);
        Future<Found> http = one(subject, Scheme.HTTP);
        return Future.all(socks4, http)
                .map(all -> best(new Found(Scheme.SOCKS5, socks5), socks4.result(), http.result()));
    }

    private Future<Found> one(Subject subject, Scheme scheme) {
        ProxyKey key = candidate(subject, scheme);
        return comprehensive
                .plain(subject, key, true)
                .begin()
                .compose(heard -> comprehensive.after(subject, key, heard))
                .map(verdict -> new Found(scheme, verdict));
    }

    private static ProxyKey candidate(Subject subject, Scheme scheme) {
        return subject.due().key().withScheme(scheme);
    }

    private static boolean answeredInHttp(@Nullable Exchange exchange) {
        return exchange instanceof Exchange.Failed failed
                && failed.reason() == FailureReason.PROTOCOL
                && failed.detail().startsWith(ANSWERED_IN_HTTP);
    }

    private static boolean isUnreached(FailureReason reason) {
        return switch (reason) {
            case REFUSED, CONNECT_TIMEOUT, UNREACHABLE, DNS, FORBIDDEN, LOCAL -> true;
            default -> false;
        };
    }

    /**
     * Of {@code all}, the preferred first: what was caught, for a port that tampers in one protocol is not trusted in
     * another; else nothing when a protocol was left open; else the first that is alive; else the failure that tells most.
     */
    private static Verdict best(Found... all) {
        List<Scheme> spoken = new ArrayList<>(all.length);
        Verdict best = all[0].verdict;
        for (Found found : all) {
            Verdict verdict = found.verdict;
            if (verdict.alive() || verdict.reason() == FailureReason.TAMPERED) {
                spoken.add(found.scheme);
            }
            best = weight(verdict) < weight(best) ? verdict : best;
        }
        return best.speaking(spoken);
    }

    private static int weight(Verdict verdict) {
        FailureReason reason = verdict.reason();
        if (reason == FailureReason.TAMPERED) {
            return -3;
        }
        if (!reason.isVerdict()) {
            return -2;
        }
        if (verdict.alive()) {
            return -1;
        }
        int rank = TELLING.indexOf(reason);
        return rank < 0 ? TELLING.size() : rank;
    }

    private record Found(Scheme scheme, Verdict verdict) {}
}
