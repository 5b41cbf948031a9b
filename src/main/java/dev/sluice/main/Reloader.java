package dev.sluice.main;

import dev.sluice.api.StrategySwitch;
import dev.sluice.bus.Bus;
import dev.sluice.bus.Channels;
import dev.sluice.config.ConfigDiff;
import dev.sluice.config.ConfigException;
import dev.sluice.config.LoadedConfig;
import dev.sluice.config.Problem;
import dev.sluice.config.SluiceConfig;
import dev.sluice.fetch.FetchVerticle;
import dev.sluice.message.ConfigChanged;
import dev.sluice.pool.Strategy;
import dev.sluice.port.Reload;
import dev.sluice.schedule.ScheduleVerticle;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.util.List;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads the configuration again and puts into force what can change while running. One reload at a time. */
final class Reloader implements Reload {
    private static final Logger LOG = LoggerFactory.getLogger(Reloader.class);

    private final Supplier<LoadedConfig> reread;
    private final Bus bus;
    private final StrategySwitch strategies;
    private final FetchVerticle fetch;
    private final ScheduleVerticle schedule;
    private final ConfigLedger ledger;
    private final WorkerExecutor worker;
    /** Touched on {@link #worker} only, which has one thread. */
    private SluiceConfig running;

    Reloader(
            Vertx vertx,
            SluiceConfig running,
            Supplier<LoadedConfig> reread,
            Bus bus,
            StrategySwitch strategies,
            FetchVerticle fetch,
            ScheduleVerticle schedule,
            ConfigLedger ledger) {
        this.reread = reread;
        this.bus = bus;
        this.strategies = strategies;
        this.fetch = fetch;
        this.schedule = schedule;
        this.ledger = ledger;
        this.worker = vertx.createSharedWorkerExecutor("sluice-reload", 1);
        this.running = running;
    }

    @Override
    public Future<Result> reload() {
        return worker.executeBlocking(this::apply);
    }

    private Result apply() {
        LoadedConfig read;
        try {
            read = reread.get();
        } catch (ConfigException e) {
            List<String> problems = e.problems().stream().map(Problem::toString).toList();
            LOG.atWarn().addKeyValue("problems", problems.size()).log("configuration refused, the old one stays");
            return new Result(List.of(), List.of(), problems);
        }
        SluiceConfig next = read.config();
        ConfigDiff diff = ConfigDiff.between(running, next);
        SluiceConfig inForce = ConfigDiff.inForce(running, next);
        if (!diff.live().isEmpty()) {
            Logs.level(inForce.log().level());
            strategies.configured(Strategy.of(inForce.pool().strategy()));
            schedule.enable(inForce.schedule().enabled());
            fetch.apply(inForce.fetch());
        }
        running = inForce;
        ledger.reread(read, inForce);
        LOG.atInfo()
                .addKeyValue("applied", diff.live())
                .addKeyValue("restart", diff.restart())
                .log("configuration read again");
        bus.publish(Channels.CONFIG_CHANGED, new ConfigChanged(diff.live(), diff.restart()));
        return new Result(diff.live(), diff.restart(), List.of());
    }
}
