package dev.sluice.check;

import dev.sluice.config.CheckConfig;
import dev.sluice.config.CheckMode;
import dev.sluice.judge.AnonymityRules;
import dev.sluice.judge.JudgeAnswer;
import dev.sluice.judge.Tripwire;
import dev.sluice.message.DueProxy;
import dev.sluice.net.Exchange;
import dev.sluice.net.ProxyClient;
import dev.sluice.net.Request;
import dev.sluice.net.Route;
import dev.sluice.proxy.Anonymity;
import dev.sluice.proxy.Capability;
import dev.sluice.proxy.CheckKind;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.Tampering;
import dev.sluice.proxy.Verified;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks one proxy. Futures never fail; each ends with a verdict, or with {@code LOCAL} or {@code FORBIDDEN}, which are
 * none. Confined to one event loop.
 *
 * <ul>
 *   <li>Connect: a TCP connection.
 *   <li>Light: one judged request.
 *   <li>Comprehensive, also for what was never judged: a judged request, a known page, TLS through a tunnel. A proxy that
 *       does only one of plain HTTP and tunnels is alive, with that capability.
 * </ul>
 */
final class Checks {
    private static final Logger LOG = LoggerFactory.getLogger(Checks.class);
    private static final double NANOS_A_MILLI = 1e6;
    private static final long FIRST_PAUSE_MILLIS = 250;

    /** What an entry of unknown scheme is asked for, the preferred first. */
    private static final List<Scheme> PROBED = List.of(Scheme.SOCKS5, Scheme.SOCKS4, Scheme.HTTP);

    /** Of several failures the one that tells most. */
    private static final List<FailureReason> TELLING = List.of(
            FailureReason.LOCAL,
            FailureReason.TAMPERED,
            FailureReason.AUTH,
            FailureReason.TARGET,
            FailureReason.JUDGE_MISMATCH,
            FailureReason.TIMEOUT,
            FailureReason.RESET);

    private final CheckConfig config;
    private final ProxyClient client;
    private final JudgeWatch watch;
    private final Tripwire tripwire;
    private final LongFunction<Future<Void>> pause;
    private final Supplier<String> nonces;

    /**
     * Checks by {@code config}.
     *
     * @param pause completes after so many milliseconds
     * @param nonces a fresh nonce each time
     */
    Checks(
            CheckConfig config,
            ProxyClient client,
            Judges judges,
            JudgeWatch watch,
            LongFunction<Future<Void>> pause,
            Supplier<String> nonces) {
        this.config = config;
        this.client = client;
        this.watch = watch;
        this.tripwire = new Tripwire(judges.signer());
        this.pause = pause;
        this.nonces = nonces;
    }

    /** Checks {@code due} as thoroughly as its kind, the mode and the judges allow. */
    Future<Verdict> run(DueProxy due) {
        Judge judge = watch.seats().firstPlain();
        if (config.mode() == CheckMode.CONNECT
                || due.kind() == CheckKind.CONNECT
                || judge == null && config.mode() == CheckMode.AUTO) {
            return connect(due.key());
        }
        if (judge == null) {
            return Future.succeededFuture(Verdict.failed(FailureReason.LOCAL, Verified.NONE));
        }
        boolean thorough =
                due.kind().thorough() || !due.health().judged() || due.health().verified() != Verified.FULL;
        if (due.key().scheme() == Scheme.UNKNOWN) {
            return probe(due.key(), judge).compose(found -> heldAgainst(found, judge));
        }
        if (thorough) {
            return comprehensive(due.key(), judge, config.retries()).compose(found -> heldAgainst(found, judge));
        }
        return light(due, judge);
    }

    private Future<Verdict> connect(ProxyKey key) {
        return client.connect(key)
                .map(exchange -> exchange instanceof Exchange.Connected connected
                        ? Verdict.connected(connected.connectNanos() / NANOS_A_MILLI)
                        : Verdict.failed(reason(exchange), Verified.CONNECT));
    }

    /** Where the judge may have caused the failure, asks it: a judge that is down is never held against a proxy. */
    private Future<Verdict> heldAgainst(Verdict found, Judge judge) {
        boolean doubtful = switch (found.reason()) {
            case TARGET, TIMEOUT, RESET, JUDGE_MISMATCH -> true;
            default -> false;
        };
        if (!doubtful) {
            return Future.succeededFuture(found);
        }
        return watch.confirm(judge).map(up -> up ? found : Verdict.failed(FailureReason.LOCAL, Verified.NONE));
    }

    private Future<Verdict> light(DueProxy due, Judge judge) {
        int known = due.health().capabilities();
        boolean onlyTunnels = Capability.HTTPS.in(known) && !Capability.HTTP.in(known) && !isSocks(due.key());
        if (!onlyTunnels) {
            return echo(Route.through(due.key()), judge, plainCapabilities(due.key()), config.retries())
                    .compose(found -> heldAgainst(found, judge));
        }
        Judge target = tunnelTarget(judge);
        return tunnelled(due.key(), target, config.retries()).compose(found -> heldAgainst(found, target));
    }

    /** The TLS judge that is up, else {@code plain}. */
    private Judge tunnelTarget(Judge plain) {
        Judge secure = watch.seats().firstTls();
        return secure == null ? plain : secure;
    }

    private Future<Verdict> comprehensive(ProxyKey key, Judge judge, int retries) {
        return echo(Route.through(key), judge, plainCapabilities(key), retries).compose(found -> {
            if (found.alive()) {
                return page(key, judge, found, retries).compose(intact -> encrypted(key, intact, retries));
            }
            boolean mayTunnel =
                    !isSocks(key) && (found.reason() == FailureReason.TARGET || found.reason() == FailureReason.RESET);
            return mayTunnel ? onlyTunnelled(key, judge, found) : Future.succeededFuture(found);
        });
    }

    /** A proxy that refuses plain requests may still tunnel. */
    private Future<Verdict> onlyTunnelled(ProxyKey key, Judge judge, Verdict refused) {
        return tunnelled(key, tunnelTarget(judge), 0)
                .map(found -> found.alive() || found.reason() == FailureReason.TAMPERED ? found : refused);
    }

    private Future<Verdict> tunnelled(ProxyKey key, Judge target, int retries) {
        return echo(Route.tunnelling(key), target, Capability.HTTPS.bit(), retries);
    }

    /** A known page must arrive as it is. */
    private Future<Verdict> page(ProxyKey key, Judge judge, Verdict found, int retries) {
        String token = nonces.get();
        return exchange(Route.through(key), Objects.requireNonNull(judge.page(token)), retries)
                .map(exchange -> {
                    if (!(exchange instanceof Exchange.Reached reached)) {
                        return Verdict.failed(reason(exchange), Verified.FULL);
                    }
                    if (reached.status() >= 400) {
                        return Verdict.failed(refusal(reached.status()), Verified.FULL);
                    }
                    Tripwire.Difference difference = tripwire.compare(token, reached.body());
                    if (reached.status() == 200 && difference == Tripwire.Difference.NONE) {
                        return found;
                    }
                    LOG.atDebug()
                            .addKeyValue("proxy", key.url())
                            .addKeyValue("status", reached.status())
                            .addKeyValue("difference", difference)
                            .log("a known page arrived altered");
                    return found.caught(Tampering.CONTENT);
                });
    }

    /**
     * Whether it tunnels to TLS. That it does not is no fault; that another key answers is. While no TLS judge answers,
     * though there are some, a liar could not be told: no verdict.
     */
    private Future<Verdict> encrypted(ProxyKey key, Verdict found, int retries) {
        if (!found.alive()) {
            return Future.succeededFuture(found);
        }
        JudgeSeats seats = watch.seats();
        Judge secure = seats.firstTls();
        if (secure == null && seats.tlsExpected()) {
            return Future.succeededFuture(Verdict.failed(FailureReason.LOCAL, Verified.NONE));
        }
        Judge target = secure == null ? seats.firstPlain() : secure;
        boolean proven = secure == null && isSocks(key);
        if (target == null || proven) {
            return Future.succeededFuture(found);
        }
        return tunnelled(key, target, retries).map(tunnel -> {
            if (tunnel.alive()) {
                return found.with(Capability.HTTPS.bit());
            }
            return tunnel.reason() == FailureReason.TAMPERED ? found.caught(tunnel.tampering()) : found;
        });
    }

    /** Which of the protocols the port speaks, a connection each; the first failure to connect ends it. */
    private Future<Verdict> probe(ProxyKey key, Judge judge) {
        return probe(key, judge, 0, new ArrayList<>(), null);
    }

    private Future<Verdict> probe(ProxyKey key, Judge judge, int index, List<Scheme> spoken, @Nullable Verdict best) {
        if (index == PROBED.size()) {
            Verdict found = best == null ? Verdict.failed(FailureReason.PROTOCOL, Verified.FULL) : best;
            return Future.succeededFuture(found.speaking(spoken));
        }
        ProxyKey candidate = key.withScheme(PROBED.get(index));
        return comprehensive(candidate, judge, 0).compose(found -> {
            if (isUnreached(found.reason()) && best == null) {
                return Future.succeededFuture(found);
            }
            boolean speaks = found.alive() || found.reason() == FailureReason.TAMPERED;
            if (speaks) {
                spoken.add(candidate.scheme());
            }
            return probe(key, judge, index + 1, spoken, better(best, found));
        });
    }

    private static boolean isUnreached(FailureReason reason) {
        return switch (reason) {
            case REFUSED, CONNECT_TIMEOUT, UNREACHABLE, DNS, FORBIDDEN, LOCAL -> true;
            default -> false;
        };
    }

    /** The first that is alive; else what tells most. A port that tampers in one protocol is not trusted in another. */
    private static Verdict better(@Nullable Verdict best, Verdict found) {
        if (best == null || best.reason() == FailureReason.TAMPERED) {
            return best == null ? found : best;
        }
        if (best.alive() || found.alive()) {
            Verdict alive = best.alive() ? best : found;
            return found.reason() == FailureReason.TAMPERED ? found : alive;
        }
        return rank(found.reason()) < rank(best.reason()) ? found : best;
    }

    private static int rank(FailureReason reason) {
        int rank = TELLING.indexOf(reason);
        return rank < 0 ? TELLING.size() : rank;
    }

    private static boolean isSocks(ProxyKey key) {
        return key.scheme() == Scheme.SOCKS4 || key.scheme() == Scheme.SOCKS5;
    }

    /** What a judged request without TLS proves: a SOCKS proxy passes any bytes on. */
    private static int plainCapabilities(ProxyKey key) {
        return isSocks(key) ? Capability.HTTP.bit() | Capability.HTTPS.bit() : Capability.HTTP.bit();
    }

    /** One judged request. */
    private Future<Verdict> echo(Route route, Judge judge, int capabilities, int retries) {
        String nonce = nonces.get();
        Request request = judge.echo(nonce);
        return exchange(route, request, retries).map(exchange -> {
            if (!(exchange instanceof Exchange.Reached reached)) {
                Verdict failed = Verdict.failed(reason(exchange), Verified.FULL);
                return failed.reason() == FailureReason.TAMPERED ? failed.caught(Tampering.CERTIFICATE) : failed;
            }
            return judged(judge, request, nonce, reached, capabilities);
        });
    }

    private Verdict judged(Judge judge, Request request, String nonce, Exchange.Reached reached, int capabilities) {
        if (reached.status() >= 400) {
            return Verdict.failed(refusal(reached.status()), Verified.FULL);
        }
        JudgeAnswer.Reading reading = judge.read(reached.body(), nonce);
        if (reading instanceof JudgeAnswer.Surrounded surrounded) {
            return verdict(request, surrounded.answer(), reached, capabilities).caught(Tampering.CONTENT);
        }
        if (reached.status() == 200 && reading instanceof JudgeAnswer.Genuine genuine) {
            return verdict(request, genuine.answer(), reached, capabilities);
        }
        return Verdict.failed(FailureReason.JUDGE_MISMATCH, Verified.FULL);
    }

    private Verdict verdict(Request request, JudgeAnswer answer, Exchange.Reached reached, int capabilities) {
        Anonymity anonymity = AnonymityRules.judge(
                request.headers(), answer.headers(), watch.seats().own(), answer.peer());
        return Verdict.judged(
                reached.firstByteNanos() / NANOS_A_MILLI, capabilities, anonymity, JudgeWatch.canonical(answer.peer()));
    }

    private static FailureReason refusal(int status) {
        return status == 407 ? FailureReason.AUTH : FailureReason.TARGET;
    }

    private static FailureReason reason(Exchange exchange) {
        return exchange instanceof Exchange.Failed failed ? failed.reason() : FailureReason.PROTOCOL;
    }

    /** With further attempts after a time-out or reset. The nonce may come back twice: it is not a proxy's to know why. */
    private Future<Exchange> exchange(Route route, Request request, int retries) {
        return attempt(route, request, retries, FIRST_PAUSE_MILLIS);
    }

    private Future<Exchange> attempt(Route route, Request request, int retries, long pauseMillis) {
        return client.exchange(route, request).compose(exchange -> {
            FailureReason reason = FailureReason.NONE;
            if (exchange instanceof Exchange.Failed failed) {
                reason = failed.reason();
                LOG.atDebug()
                        .addKeyValue(
                                "proxy",
                                route.proxy() == null ? "none" : route.proxy().url())
                        .addKeyValue("reason", reason)
                        .addKeyValue("retries_left", retries)
                        .log(failed.detail());
            }
            if (retries == 0 || reason != FailureReason.TIMEOUT && reason != FailureReason.RESET) {
                return Future.succeededFuture(exchange);
            }
            return pause.apply(pauseMillis).compose(waited -> attempt(route, request, retries - 1, pauseMillis * 2));
        });
    }
}
