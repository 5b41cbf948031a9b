package dev.sluice.check;

import dev.sluice.bus.Bus;
import dev.sluice.bus.Channels;
import dev.sluice.config.CheckConfig;
import dev.sluice.config.ConfigException;
import dev.sluice.config.Problem;
import dev.sluice.config.SluiceConfig;
import dev.sluice.message.CheckAccepted;
import dev.sluice.message.DueProxy;
import dev.sluice.message.OutcomesKept;
import dev.sluice.port.Checking;
import dev.sluice.port.Reloadable;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves {@link Channels#CHECK_REQUEST}: checks what it is given and hands the outcomes to {@link Channels#CHECK_OUTCOME}.
 * Deploy one instance; its {@link CheckEngine} spreads the work over the event loops.
 *
 * <p>Credit: everything at once under an epoch of its own when judges and anchors have been asked for the first time, then as
 * outcomes are acknowledged and as the rate grows. While nothing is held, everything is granted anew under a new epoch every
 * five seconds, for a schedule that starts later.
 */
public final class CheckVerticle extends VerticleBase implements Checking, Reloadable {
    private static final Logger LOG = LoggerFactory.getLogger(CheckVerticle.class);
    private static final long GRANT_MILLIS = 5_000;
    private static final long GRANT_MORE_MILLIS = 250;
    private static final long QUIET_MILLIS = 3_000;
    private static final long DELIVERY_MILLIS = 3_000;
    private static final long QUIET_STEP_MILLIS = 10;

    private static final List<String> LIVE = List.of(
            "check.mode",
            "check.targets",
            "check.adaptive",
            "check.concurrency",
            "check.rate",
            "check.per-address",
            "check.per-network",
            "check.connect-timeout",
            "check.connect-timeout-floor",
            "check.tls-timeout",
            "check.first-byte-timeout",
            "check.total-timeout",
            "check.retries",
            "check.deep-requests");

    private final CheckSetup setup;
    private final Bus bus;
    private final List<Long> timers = new ArrayList<>();
    private volatile @Nullable Running running;

    /**
     * Made, not yet started.
     *
     * @param bus takes requests from and hands outcomes to it
     */
    public CheckVerticle(CheckSetup setup, Bus bus) {
        this.setup = setup;
        this.bus = bus;
    }

    @Override
    public Future<?> start() {
        CheckDesk desk = new CheckDesk(
                this::width,
                batch -> bus.request(Channels.CHECK_OUTCOME, batch).map(OutcomesKept::applied),
                credit -> bus.publish(Channels.CHECK_CREDIT, credit),
                this::pause,
                System::currentTimeMillis);
        CheckEngine engine =
                new CheckEngine(vertx, setup, desk::ended, event -> bus.publish(Channels.CHECK_SUSPENDED, event));
        Bus.Registration requests = bus.serve(
                Channels.CHECK_REQUEST,
                request -> Future.succeededFuture(new CheckAccepted(accept(desk, engine, request.proxies()))));
        running = new Running(engine, desk, requests);
        engine.start().onComplete(asked -> {
            desk.grantAnew();
            every(GRANT_MILLIS, desk::grantAnew);
            every(GRANT_MORE_MILLIS, desk::grantMore);
        });
        return Future.succeededFuture();
    }

    private static int accept(CheckDesk desk, CheckEngine engine, List<DueProxy> proxies) {
        int accepted = engine.offer(proxies.subList(0, desk.creditFor(proxies.size())));
        desk.accepted(accepted);
        return accepted;
    }

    private int width() {
        Running parts = running;
        return parts == null ? 0 : parts.engine.width();
    }

    @Override
    public Checking.State state() {
        Running parts = running;
        return parts == null ? Checking.State.NOT_RUNNING : parts.engine.state();
    }

    /** How many checks this machine makes at the same time by a configuration. */
    public static int checksAtOnce(CheckConfig config) {
        return config.concurrency() > 0
                ? config.concurrency()
                : Descriptors.ofThisProcess().checksAtOnce();
    }

    @Override
    public List<String> liveKeys() {
        return LIVE;
    }

    @Override
    public Prepared prepare(SluiceConfig next) {
        Running parts = running;
        if (parts == null) {
            return () -> {};
        }
        try {
            return parts.engine.prepare(next.check())::run;
        } catch (IllegalArgumentException e) {
            throw new ConfigException(List.of(
                    new Problem("", "check.targets", String.valueOf(e.getMessage()), "targets that can be asked")));
        }
    }

    private void every(long millis, Runnable task) {
        if (running != null) {
            timers.add(vertx.setPeriodic(millis, id -> task.run()));
        }
    }

    private Future<Void> pause(long millis) {
        Promise<Void> over = Promise.promise();
        vertx.setTimer(millis, id -> over.complete());
        return over.future();
    }

    @Override
    public Future<?> stop() {
        Running parts = running;
        running = null;
        timers.forEach(vertx::cancelTimer);
        if (parts == null) {
            return Future.succeededFuture();
        }
        parts.desk.close();
        return parts.requests
                .stop()
                .eventually(parts.engine::stop)
                .eventually(() -> quiet(parts.desk, QUIET_MILLIS))
                .eventually(() -> parts.desk.handOverRest().timeout(DELIVERY_MILLIS, TimeUnit.MILLISECONDS))
                .onFailure(failure -> LOG.atWarn().setCause(failure).log("the checker did not stop cleanly"));
    }

    /** Waits for hand-overs to end, within bounds. */
    private Future<Void> quiet(CheckDesk desk, long leftMillis) {
        if (desk.isQuiet()) {
            return Future.succeededFuture();
        }
        if (leftMillis <= 0) {
            return Future.failedFuture(new TimeoutException("a hand-over did not end in time"));
        }
        return pause(QUIET_STEP_MILLIS).compose(waited -> quiet(desk, leftMillis - QUIET_STEP_MILLIS));
    }

    private record Running(CheckEngine engine, CheckDesk desk, Bus.Registration requests) {}
}
