package dev.sluice.check;

import dev.sluice.net.Exchange;
import dev.sluice.net.ProxyClient;
import dev.sluice.pace.AnchorReadings;
import dev.sluice.pace.OutageGuard;
import dev.sluice.port.Checking;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Known endpoints that are connected to again and again: when they can't be reached, our own network is at fault.
 *
 * <p>Anchors that the operator names count from the start. Of those found by default (judges, resolvers, the gateway) only
 * ones that have answered once do: not every gateway has a port that answers. A port that answered by refusing goes on
 * counting as reached when it refuses; of all others a connection must open. Confined to one event loop.
 */
final class Anchors {
    private static final Logger LOG = LoggerFactory.getLogger(Anchors.class);
    private static final double NANOS_A_MILLI = 1e6;
    private static final int MOST_BY_DEFAULT = 5;

    private final ProxyClient client;
    private final LongSupplier nanos;
    private final boolean named;
    private final boolean guarded;
    private final List<Anchor> candidates = new ArrayList<>();
    private List<Anchor> anchors = List.of();
    private OutageGuard guard;
    private AnchorReadings readings;

    /**
     * Made, none asked yet.
     *
     * @param configured {@code host:port} as the operator names them; empty: {@code defaults}
     * @param defaults {@code host:port} to try
     * @param client without a rule against private addresses
     * @param guarded whether verdicts shall wait for anchors
     */
    Anchors(List<String> configured, List<String> defaults, ProxyClient client, boolean guarded, LongSupplier nanos) {
        this.client = client;
        this.nanos = nanos;
        this.guarded = guarded;
        this.named = !configured.isEmpty();
        for (String address : new LinkedHashSet<>(named ? configured : defaults)) {
            candidates.add(new Anchor(address));
        }
        this.guard = new OutageGuard(0, nanos.getAsLong());
        this.readings = new AnchorReadings(0, nanos.getAsLong());
        if (named) {
            adopt(candidates);
        }
    }

    /** Asks the candidates for the first time. Never fails. */
    Future<Void> start() {
        return probe();
    }

    private void adopt(List<Anchor> chosen) {
        anchors = List.copyOf(chosen);
        for (int i = 0; i < chosen.size(); i++) {
            chosen.get(i).index = i;
        }
        readings = new AnchorReadings(chosen.size(), nanos.getAsLong());
        guard = new OutageGuard(guarded ? chosen.size() : 0, nanos.getAsLong());
        LOG.atInfo()
                .addKeyValue(
                        "anchors", chosen.stream().map(anchor -> anchor.address).toList())
                .addKeyValue("guard", guarded)
                .log("anchors");
    }

    /** Asks every anchor that is not being asked; completes when those have answered. Never fails. */
    Future<Void> probe() {
        List<Future<Void>> asked = new ArrayList<>();
        List<Anchor> all = anchors.isEmpty() ? candidates : anchors;
        for (Anchor anchor : all) {
            if (!anchor.asking) {
                asked.add(ask(anchor));
            }
        }
        return Future.join(asked).<Void>mapEmpty().otherwiseEmpty().onComplete(done -> qualify());
    }

    private void qualify() {
        if (anchors.isEmpty()) {
            List<Anchor> reached = candidates.stream()
                    .filter(anchor -> anchor.up)
                    .limit(MOST_BY_DEFAULT)
                    .toList();
            if (!reached.isEmpty()) {
                adopt(reached);
            }
        }
    }

    private Future<Void> ask(Anchor anchor) {
        anchor.asking = true;
        long started = nanos.getAsLong();
        return client.connect(anchor.key).map(exchange -> {
            anchor.asking = false;
            long ended = nanos.getAsLong();
            boolean opened = exchange instanceof Exchange.Connected;
            boolean refused = exchange instanceof Exchange.Failed failed && failed.reason() == FailureReason.REFUSED;
            if (anchors.isEmpty() && refused && !named) {
                anchor.answersByRefusing = true;
            }
            noted(anchor, opened || refused && anchor.answersByRefusing, started, ended);
            return null;
        });
    }

    private void noted(Anchor anchor, boolean ok, long started, long ended) {
        if (anchor.index >= 0 && ok != anchor.up) {
            (ok ? LOG.atInfo() : LOG.atWarn())
                    .addKeyValue("anchor", anchor.address)
                    .addKeyValue("up", ok)
                    .log("anchor");
        }
        anchor.up = ok;
        anchor.delayMillis = ok ? (ended - started) / NANOS_A_MILLI : anchor.delayMillis;
        if (anchor.index < 0) {
            return;
        }
        readings.probed(anchor.index, ok, started, ended);
        if (guarded) {
            guard.anchor(anchor.index, ok, started, ended);
        }
    }

    /** How many count. */
    int size() {
        return anchors.size();
    }

    /** What decides about failures; another one once anchors by default are known. */
    OutageGuard guard() {
        return guard;
    }

    /** Probes since the last call. */
    AnchorReadings.Reading read() {
        return readings.take();
    }

    /** For the API. */
    List<Checking.Anchor> states() {
        return anchors.stream()
                .map(anchor -> new Checking.Anchor(anchor.address, anchor.up, anchor.delayMillis))
                .toList();
    }

    private static final class Anchor {
        private final String address;
        private final ProxyKey key;
        private int index = -1;
        private boolean up;
        private boolean asking;
        private boolean answersByRefusing;
        private double delayMillis = Double.NaN;

        Anchor(String address) {
            int colon = address.lastIndexOf(':');
            this.address = address;
            this.key = ProxyKey.of(
                    Scheme.HTTP,
                    address.substring(0, colon).replace("[", "").replace("]", ""),
                    Integer.parseInt(address.substring(colon + 1)));
        }
    }
}
