package dev.sluice.check;

import dev.sluice.bus.Loop;
import dev.sluice.config.CheckConfig;
import dev.sluice.config.CheckMode;
import dev.sluice.message.DueProxy;
import dev.sluice.net.Exchange;
import dev.sluice.net.ProxyClient;
import dev.sluice.net.Route;
import dev.sluice.proxy.Capability;
import dev.sluice.proxy.CheckKind;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.Verified;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Checks one proxy. Futures never fail; each ends with a verdict, or with {@code LOCAL} or {@code FORBIDDEN}, which are
 * none. Stateless and thread-safe: a check goes on, and ends, on the context it was called on.
 *
 * <ul>
 *   <li>Connect: a TCP connection.
 *   <li>Light: one judged request.
 *   <li>Comprehensive, also for what was never judged: {@link Comprehensive}, then the operator's {@link TargetChecks}.
 *   <li>Deep: the same, then a {@link DeepCheck}.
 * </ul>
 */
final class Checks {
    private static final double NANOS_A_MILLI = 1e6;

    private final Vertx vertx;
    private final CheckConfig config;
    private final ProxyClient client;
    private final Supplier<JudgeSeats> seats;
    private final Court court;
    private final Comprehensive comprehensive;
    private final Probing probing;
    private final TargetChecks targets;
    private final DeepCheck deep;

    /**
     * Checks by {@code config}.
     *
     * @param client requests through proxies
     * @param direct requests to the operator's targets without a proxy
     * @param seats which judges answer now, thread-safe
     * @param confirm whether a judge answers to a question that is asked after the call; thread-safe, never fails, may
     *     complete on any context
     * @param nonces a fresh nonce each time, thread-safe
     * @throws IllegalArgumentException naming a target that can't be asked
     */
    Checks(
            Vertx vertx,
            CheckConfig config,
            ProxyClient client,
            ProxyClient direct,
            Supplier<JudgeSeats> seats,
            Function<Judge, Future<Boolean>> confirm,
            Supplier<String> nonces) {
        this.vertx = vertx;
        this.config = config;
        this.client = client;
        this.seats = seats;
        Exchanges exchanges = new Exchanges(
                client, config.retries(), millis -> vertx.timer(millis).mapEmpty());
        this.court = new Court(exchanges, confirm, nonces);
        this.comprehensive = new Comprehensive(court);
        this.probing = new Probing(comprehensive);
        this.targets = new TargetChecks(
                config.targets(), exchanges, request -> direct.exchange(Route.DIRECT, request), System::nanoTime);
        this.deep = new DeepCheck(court, config.deepRequests());
    }

    /** Whether all that is asked of {@code due} is a TCP connection. Thread-safe. */
    boolean connectsOnly(DueProxy due) {
        return config.mode() == CheckMode.CONNECT
                || due.kind() == CheckKind.CONNECT
                || config.mode() == CheckMode.AUTO && seats.get().plain().isEmpty();
    }

    /** Checks {@code due} as thoroughly as its kind, the mode and the judges allow. */
    Future<Verdict> run(DueProxy due) {
        if (config.mode() == CheckMode.CONNECT || due.kind() == CheckKind.CONNECT) {
            return connect(due.key());
        }
        JudgeSeats seated = seats.get();
        boolean unknown = due.key().scheme() == Scheme.UNKNOWN;
        boolean thorough = unknown
                || due.kind().thorough()
                || !due.health().judged()
                || due.health().verified() != Verified.FULL;
        if (!Bench.plain(seated, thorough).isComplete()) {
            return config.mode() == CheckMode.AUTO ? connect(due.key()) : Future.succeededFuture(Verdict.none());
        }
        Subject subject = new Subject(due, seated, new Loop(vertx.getOrCreateContext()));
        if (unknown) {
            return probing.run(subject)
                    .compose(found -> court.settled(subject, found))
                    .compose(found -> further(subject, found));
        }
        return thorough ? comprehensive(subject) : light(subject);
    }

    private Future<Verdict> connect(ProxyKey key) {
        return client.connect(key)
                .map(exchange -> exchange instanceof Exchange.Connected connected
                        ? Verdict.connected(connected.connectNanos() / NANOS_A_MILLI)
                        : Verdict.failed(Exchanges.reason(exchange), Verified.CONNECT));
    }

    private Future<Verdict> comprehensive(Subject subject) {
        ProxyKey key = subject.due().key();
        return comprehensive
                .plain(subject, key, false)
                .begin()
                .compose(heard -> comprehensive.after(subject, key, heard))
                .compose(found -> court.settled(subject, found))
                .compose(found -> further(subject, found));
    }

    /** What follows on a comprehensive check that found a working proxy. */
    private Future<Verdict> further(Subject subject, Verdict found) {
        if (!found.alive()) {
            return Future.succeededFuture(found);
        }
        ProxyKey due = subject.due().key();
        ProxyKey key =
                found.spoken().isEmpty() ? due : due.withScheme(found.spoken().get(0));
        return targets.run(subject, key, found)
                .compose(passed -> passed.alive() && subject.due().kind() == CheckKind.DEEP
                        ? deep.run(subject, key, passed)
                        : Future.succeededFuture(passed));
    }

    /** By the way that is known to work. What an HTTP proxy does besides is not looked at. */
    private Future<Verdict> light(Subject subject) {
        ProxyKey key = subject.due().key();
        int known = subject.due().health().capabilities();
        boolean socks = Subject.isSocks(key.scheme());
        boolean onlyTunnels = Capability.HTTPS.in(known) && !Capability.HTTP.in(known) && !socks;
        Hearing hearing = onlyTunnels
                ? new Hearing(
                        court,
                        subject,
                        Route.tunnelling(key),
                        Bench.tunnel(subject.seats(), 1),
                        Capability.HTTPS.bit(),
                        false)
                : new Hearing(
                        court,
                        subject,
                        Route.through(key),
                        Bench.plain(subject.seats(), false),
                        socks ? socksCapabilities(subject) : Capability.HTTP.bit(),
                        false);
        return hearing.begin().compose(found -> court.settled(subject, found));
    }

    /** A SOCKS proxy keeps the HTTPS it has, and gets none by a light check that a comprehensive one would have to prove. */
    private static int socksCapabilities(Subject subject) {
        boolean https = !subject.seats().tlsExpected()
                || Capability.HTTPS.in(subject.due().health().capabilities());
        return Capability.HTTP.bit() | (https ? Capability.HTTPS.bit() : Capability.NONE);
    }
}
