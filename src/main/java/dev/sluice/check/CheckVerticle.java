package dev.sluice.check;

import dev.sluice.bus.Bus;
import dev.sluice.bus.Channels;
import dev.sluice.config.CheckConfig;
import dev.sluice.judge.Nonce;
import dev.sluice.message.CheckAccepted;
import dev.sluice.message.OutcomesKept;
import dev.sluice.net.Deadlines;
import dev.sluice.net.ProxyClient;
import dev.sluice.net.Resolver;
import dev.sluice.parse.AddressPolicy;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves {@link Channels#CHECK_REQUEST}: checks what it is given and hands the outcomes to {@link Channels#CHECK_OUTCOME}.
 * Deploy one instance; connections are spread over all event loops.
 *
 * <p>Credit: everything at once under an epoch of its own when the judges have been asked for the first time, then as
 * outcomes are acknowledged. While nothing is held, everything is granted anew under a new epoch every five seconds, for a
 * schedule that starts later.
 */
public final class CheckVerticle extends VerticleBase {
    private static final Logger LOG = LoggerFactory.getLogger(CheckVerticle.class);
    private static final long START_MILLIS = 5;
    private static final long FLUSH_MILLIS = 100;
    private static final long GRANT_MILLIS = 5_000;
    private static final long JUDGE_MILLIS = 3_000;
    private static final long QUIET_MILLIS = 3_000;
    private static final long DELIVERY_MILLIS = 3_000;
    private static final long QUIET_STEP_MILLIS = 10;

    private final CheckConfig config;
    private final AddressPolicy policy;
    private final Judges judges;
    private final Resolver resolver;
    private final Bus bus;
    private final MeterRegistry registry;
    private final List<Long> timers = new ArrayList<>();
    private @Nullable Running running;

    /**
     * Made, not yet started.
     *
     * @param config how to check
     * @param policy which proxies may be dialled; judges may be dialled anywhere in {@code net.allowed-networks}
     * @param judges who judges
     * @param resolver for proxies and judges that are host names
     * @param bus takes requests from and hands outcomes to it
     * @param registry for {@code sluice_checks_…}
     */
    public CheckVerticle(
            CheckConfig config,
            AddressPolicy policy,
            Judges judges,
            Resolver resolver,
            Bus bus,
            MeterRegistry registry) {
        this.config = config;
        this.policy = policy;
        this.judges = judges;
        this.resolver = resolver;
        this.bus = bus;
        this.registry = registry;
    }

    @Override
    public Future<?> start() {
        SecureRandom random = new SecureRandom();
        Supplier<String> nonces = () -> Nonce.fresh(random);
        int maxAnswer = (int) config.maxAnswer().bytes();
        Deadlines deadlines = new Deadlines(
                config.connectTimeout(), config.tlsTimeout(), config.firstByteTimeout(), config.totalTimeout());
        ProxyClient client = new ProxyClient(vertx, resolver, policy, deadlines, maxAnswer);
        Duration brief = Duration.ofSeconds(3);
        ProxyClient direct = new ProxyClient(
                vertx,
                resolver,
                new AddressPolicy(policy.allowedNetworks(), true),
                new Deadlines(brief, brief, brief, brief.multipliedBy(2)),
                maxAnswer);
        JudgeWatch watch = new JudgeWatch(judges, direct, nonces);
        CheckMeters meters = new CheckMeters(registry);
        Checks checks = new Checks(vertx, config, client, direct, watch::seats, watch::confirm, nonces);
        CheckDesk desk = new CheckDesk(
                config.concurrency() == 0 ? 2_000 : config.concurrency(),
                config.rate(),
                checks::run,
                batch -> bus.request(Channels.CHECK_OUTCOME, batch).map(OutcomesKept::applied),
                credit -> bus.publish(Channels.CHECK_CREDIT, credit),
                this::pause,
                System::nanoTime,
                System::currentTimeMillis,
                meters);
        Bus.Registration requests = bus.serve(
                Channels.CHECK_REQUEST,
                request -> Future.succeededFuture(new CheckAccepted(desk.accept(request.proxies()))));
        running = new Running(client, direct, meters, desk, requests);
        every(START_MILLIS, desk::startDue);
        every(FLUSH_MILLIS, desk::flush);
        watch.probe().onComplete(asked -> {
            meters.judgesUp(watch.up());
            desk.grantAnew();
            every(GRANT_MILLIS, desk::grantAnew);
            every(JUDGE_MILLIS, () -> watch.probe().onComplete(again -> meters.judgesUp(watch.up())));
        });
        return Future.succeededFuture();
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
                .eventually(parts.client::close)
                .eventually(parts.direct::close)
                .eventually(() -> quiet(parts.desk, QUIET_MILLIS))
                .eventually(() -> within(parts.desk.handOverRest()))
                .onFailure(failure -> LOG.atWarn().setCause(failure).log("the checker did not stop cleanly"))
                .eventually(() -> {
                    parts.meters.close();
                    return Future.succeededFuture();
                });
    }

    /** Waits for checks and hand-overs to end, within bounds. */
    private Future<Void> quiet(CheckDesk desk, long leftMillis) {
        if (desk.isQuiet()) {
            return Future.succeededFuture();
        }
        if (leftMillis <= 0) {
            return Future.failedFuture(
                    new TimeoutException(desk.inFlight() + " checks and their hand-over did not end in time"));
        }
        return pause(QUIET_STEP_MILLIS).compose(waited -> quiet(desk, leftMillis - QUIET_STEP_MILLIS));
    }

    private static Future<Void> within(Future<Void> delivery) {
        return delivery.timeout(DELIVERY_MILLIS, TimeUnit.MILLISECONDS);
    }

    private record Running(
            ProxyClient client, ProxyClient direct, CheckMeters meters, CheckDesk desk, Bus.Registration requests) {}
}
