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
    /** How the kinds are mixed. */
    enum Mix {
        realistic,
        demo,
        even
    }

    @ParentCommand
    private Sluice sluice = new Sluice();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private FarmOptions options = new FarmOptions();

    @Option(
            names = "--mix",
            paramLabel = "MIX",
            description = "realistic (mostly dead), demo (mostly working) or even (every kind alike).",
            defaultValue = "realistic")
    private Mix mix = Mix.realistic;

    @Override
    public Integer call() throws Exception {
        LoadedConfig loaded = sluice.load();
        FarmVerticle verticle = new FarmVerticle(
                options.config(
                        switch (mix) {
                            case realistic -> FarmMix.realistic();
                            case demo -> FarmMix.demo();
                            case even -> FarmMix.even();
                        }),
                InstantSource.system());
        return Foreground.run(
                loaded,
                (vertx, telemetry) -> vertx.deployVerticle(verticle).map(id -> {
                    print(verticle.farm());
                    return () -> vertx.undeploy(id);
                }));
    }

    private void print(Farm farm) {
        var out = spec.commandLine().getOut();
        out.println("lists   " + farm.webUrl() + "/list/all.txt (.json, .csv), /list/http.txt, /list/socks5.txt …");
        out.println("truth   " + farm.webUrl() + "/truth.ndjson");
        out.println("target  " + farm.webUrl() + "/ and " + farm.tlsUrl() + "/");
        out.flush();
    }
}
