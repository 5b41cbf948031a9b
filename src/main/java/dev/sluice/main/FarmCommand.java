package dev.sluice.main;

import dev.sluice.config.LoadedConfig;
import dev.sluice.farm.Farm;
import dev.sluice.farm.FarmMix;
import dev.sluice.farm.FarmVerticle;
import java.time.InstantSource;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code sluice farm}: the simulated internet alone. */
@Command(name = "farm", description = "Plays a loopback internet of proxies, for tests and benchmarks.")
final class FarmCommand implements Callable<Integer> {
    @ParentCommand
    private Sluice sluice = new Sluice();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private FarmOptions options = new FarmOptions();

    @Mixin
    private ConditionOptions conditions = new ConditionOptions();

    @Option(
            names = "--mix",
            paramLabel = "MIX",
            description =
                    "realistic (mostly dead), demo (mostly working), even (every kind alike), everything (realistic,"
                            + " with every kind of enemy), or weights by kind, for example silent=70,mute=15,http-elite=15."
                            + " The kinds stand in docs/farm.md.",
            defaultValue = "realistic")
    private String mix = "realistic";

    @Option(
            names = "--control-port",
            paramLabel = "PORT",
            description = "Port of what steers the farm while it runs; 0, unless given, takes a free one.",
            defaultValue = "0")
    private int controlPort;

    @Override
    public Integer call() throws Exception {
        LoadedConfig loaded = sluice.load();
        FarmVerticle verticle =
                new FarmVerticle(options.config(mix(), controlPort, conditions.conditions()), InstantSource.system());
        return Foreground.run(
                loaded,
                (vertx, telemetry) -> vertx.deployVerticle(verticle).map(id -> {
                    print(verticle.farm());
                    return () -> vertx.undeploy(id);
                }));
    }

    private FarmMix mix() {
        try {
            return FarmMix.parse(mix);
        } catch (IllegalArgumentException e) {
            throw new UsageException(String.valueOf(e.getMessage()));
        }
    }

    private void print(Farm farm) {
        var out = spec.commandLine().getOut();
        out.println("lists   " + farm.webUrl() + "/list/all.txt (.json, .csv), /list/http.txt, /list/socks5.txt …");
        out.println("truth   " + farm.webUrl() + "/truth.ndjson");
        out.println("target  " + farm.webUrl() + "/ and " + farm.tlsUrl() + "/");
        out.println(
                "anchor  " + farm.anchor().getHostString() + ':' + farm.anchor().getPort());
        out.println("control " + farm.controlUrl() + "/control/outage?for=60s and others by POST; counts at "
                + farm.controlUrl() + "/truth");
        out.flush();
    }
}
