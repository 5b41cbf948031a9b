package dev.sluice.main;

import dev.sluice.api.JudgeVerticle;
import dev.sluice.check.CheckEngine;
import dev.sluice.check.CheckSetup;
import dev.sluice.check.Judges;
import dev.sluice.config.CheckMode;
import dev.sluice.config.SluiceConfig;
import dev.sluice.judge.JudgeSigner;
import dev.sluice.message.CheckOutcome;
import dev.sluice.message.DueProxy;
import dev.sluice.net.Names;
import dev.sluice.parse.AddressPolicy;
import dev.sluice.telemetry.Telemetry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.function.Consumer;

/** The engine of {@code serve}, with name resolution and a judge of its own beside it. */
final class EngineChecker implements Checker {
    private final CheckEngine engine;
    private final Names names;

    private EngineChecker(CheckEngine engine, Names names) {
        this.engine = engine;
        this.names = names;
    }

    /**
     * An engine that is not started yet; its judge listens already. Fails when the judge can't.
     *
     * @param ended gets outcomes, on a thread of the engine's that it must not block
     */
    static Future<Checker> open(
            Vertx vertx, Telemetry telemetry, SluiceConfig config, Consumer<List<CheckOutcome>> ended) {
        AddressPolicy policy =
                new AddressPolicy(config.net().allowedNetworks(), config.check().allowPrivate());
        return judges(vertx, config).map(judges -> {
            Names names = new Names(vertx, policy);
            CheckSetup setup = new CheckSetup(config.check(), policy, judges, names, telemetry.registry());
            // Progress shows when judgement is suspended.
            return new EngineChecker(new CheckEngine(vertx, setup, ended, suspended -> {}), names);
        });
    }

    private static Future<Judges> judges(Vertx vertx, SluiceConfig config) {
        JudgeSigner signer = Server.signer(config.judge().secret());
        if (config.check().mode() == CheckMode.CONNECT) {
            return Future.succeededFuture(Judges.of(List.of(), List.of(), null, signer));
        }
        // Ends with Vert.x.
        JudgeVerticle judge = new JudgeVerticle(config.judge(), signer, Server.identity());
        return vertx.deployVerticle(judge).map(id -> new OwnJudge(config).judges(0, judge, signer));
    }

    @Override
    public Future<Void> start() {
        return engine.start();
    }

    @Override
    public int offer(List<DueProxy> proxies) {
        return engine.offer(proxies);
    }

    @Override
    public State state() {
        return engine.state();
    }

    @Override
    public Future<Void> stop() {
        return engine.stop().eventually(names::close);
    }
}
