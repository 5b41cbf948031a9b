package dev.sluice.check;

import dev.sluice.judge.Tripwire;
import dev.sluice.net.Exchange;
import dev.sluice.net.Request;
import dev.sluice.net.Route;
import dev.sluice.proxy.Capability;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Tampering;
import io.vertx.core.Future;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Everything a proxy does: a judged request, a known page where the judge has one, TLS through a tunnel. A proxy that does
 * only one of plain HTTP and tunnels is alive, with that capability. Thread-safe; futures never fail.
 *
 * <p><b>HTTPS is claimed only where TLS to a judge ended well in this check.</b> A proxy that lets the attempt time out or
 * resets it may be slow, or may be one that swaps certificates and stalls: neither is proven. It stays alive for plain
 * HTTP, which was judged, and loses the claim to HTTPS even where it had one, until TLS ends well again. This holds for
 * SOCKS as well, though it passes any bytes on by nature. Where no TLS judge is set up, a tunnel to the plain judge must do;
 * where there are some and none is up, there is no verdict on what lives.
 */
final class Comprehensive {
    private static final Logger LOG = LoggerFactory.getLogger(Comprehensive.class);

    private final Court court;

    Comprehensive(Court court) {
        this.court = court;
    }

    /** The hearing that {@link #after} goes on from. */
    Hearing plain(Subject subject, ProxyKey key, boolean probing) {
        int proven = Subject.isSocks(key.scheme()) && !subject.seats().tlsExpected()
                ? Capability.HTTP.bit() | Capability.HTTPS.bit()
                : Capability.HTTP.bit();
        Bench bench = Bench.plain(subject.seats(), true);
        return new Hearing(court, subject, Route.through(key), bench, proven, probing);
    }

    /** What the rest of the check makes of the end of its first hearing; not yet settled. */
    Future<Verdict> after(Subject subject, ProxyKey key, Verdict heard) {
        if (heard.alive()) {
            return page(key, heard).compose(intact -> encrypted(subject, key, intact));
        }
        boolean refused = heard.reason() == FailureReason.TARGET || heard.reason() == FailureReason.RESET;
        return refused && !Subject.isSocks(key.scheme())
                ? onlyTunnelled(subject, key, heard)
                : Future.succeededFuture(heard);
    }

    /** A known page must arrive as it is. */
    private Future<Verdict> page(ProxyKey key, Verdict found) {
        Judge judge = found.answers().get(0).judge();
        String token = court.nonces().get();
        Request request = judge.page(token);
        if (request == null) {
            return Future.succeededFuture(found);
        }
        return court.exchanges().patiently(Route.through(key), request).map(exchange -> {
            if (!(exchange instanceof Exchange.Reached reached)) {
                return Echo.failed(Exchanges.reason(exchange), judge);
            }
            if (reached.status() >= 400) {
                return Echo.failed(Echo.refusal(reached.status()), judge);
            }
            Tripwire.Difference difference = new Tripwire(judge.signer()).compare(token, reached.body());
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

    /** Whether it tunnels to TLS. That it does not is no fault; that another key answers is. */
    private Future<Verdict> encrypted(Subject subject, ProxyKey key, Verdict found) {
        if (!found.alive()) {
            return Future.succeededFuture(found);
        }
        if (subject.cannotTellCertificates()) {
            return Future.succeededFuture(Verdict.none());
        }
        if (Capability.HTTPS.in(found.capabilities())) {
            return Future.succeededFuture(found);
        }
        Bench bench = Bench.tunnel(subject.seats(), 1);
        return tunnelled(subject, key, bench, false)
                .compose(tunnel -> court.settled(subject, tunnel))
                .map(tunnel -> encrypted(subject, key, found, tunnel));
    }

    private static Verdict encrypted(Subject subject, ProxyKey key, Verdict found, Verdict tunnel) {
        if (tunnel.alive()) {
            return found.with(tunnel);
        }
        if (tunnel.reason() == FailureReason.TAMPERED) {
            return found.caught(tunnel.tampering());
        }
        if (!tunnel.reason().isVerdict()) {
            return tunnel;
        }
        if (Capability.HTTPS.in(subject.due().health().capabilities())) {
            LOG.atDebug()
                    .addKeyValue("proxy", key.url())
                    .addKeyValue("reason", tunnel.reason())
                    .log("HTTPS is not proven any more");
        }
        return found;
    }

    /** A proxy that refuses plain requests may still tunnel. */
    private Future<Verdict> onlyTunnelled(Subject subject, ProxyKey key, Verdict refused) {
        if (subject.cannotTellCertificates()) {
            return Future.succeededFuture(Verdict.none());
        }
        Bench bench = Bench.tunnel(subject.seats(), subject.seats().unsigned());
        return tunnelled(subject, key, bench, true).map(tunnel -> {
            boolean tells = tunnel.alive()
                    || tunnel.reason() == FailureReason.TAMPERED
                    || !tunnel.reason().isVerdict();
            return tells ? tunnel : refused;
        });
    }

    private Future<Verdict> tunnelled(Subject subject, ProxyKey key, Bench bench, boolean probing) {
        return new Hearing(court, subject, Route.tunnelling(key), bench, Capability.HTTPS.bit(), probing).begin();
    }
}
