package dev.sluice.main;

import dev.sluice.config.ConfigLoader;
import dev.sluice.config.Inputs;
import dev.sluice.config.LoadedConfig;
import dev.sluice.farm.Farm;
import dev.sluice.farm.FarmMix;
import dev.sluice.farm.FarmVerticle;
import dev.sluice.telemetry.Telemetry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/**
 * {@code sluice demo}: serve beside a farm, confined to loopback, with a database that is thrown away. The same server as
 * {@code serve}; only its configuration differs, and {@code --set} may change that too.
 */
@Command(name = "demo", description = "Serves beside a simulated loopback internet. Needs no network.")
final class DemoCommand implements Callable<Integer> {
    @ParentCommand
    private Sluice sluice = new Sluice();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private FarmOptions options = new FarmOptions();

    @Override
    public Integer call() throws Exception {
        Path folder = Files.createTempDirectory("sluice-demo");
        try {
            LoadedConfig planned = sluice.load(demo(folder, "http://127.0.0.1:1"));
            ServeCommand.refuseOpenDoor(planned.config(), false);
            return Foreground.run(planned, (vertx, telemetry) -> start(vertx, telemetry, folder));
        } catch (Exception e) {
            delete(folder);
            throw e;
        }
    }

    private Future<Foreground.Running> start(Vertx vertx, Telemetry telemetry, Path folder) {
        FarmVerticle farm = new FarmVerticle(options.config(FarmMix.demo()), InstantSource.system());
        return vertx.deployVerticle(farm).compose(id -> {
            List<String> settings = demo(folder, farm.farm().webUrl());
            LoadedConfig loaded = sluice.reload(settings);
            return Server.start(vertx, telemetry, loaded, () -> sluice.reload(settings), List.of())
                    .onSuccess(server -> print(server, farm.farm()))
                    .map(server -> () -> server.stop()
                            .eventually(() -> vertx.undeploy(id))
                            .eventually(() -> vertx.executeBlocking(() -> {
                                delete(folder);
                                return null;
                            })));
        });
    }

    /** What makes a demo of the configuration; stands before the user's own settings, so that those win. */
    static List<String> demo(Path folder, String web) {
        List<String> settings = new ArrayList<>(List.of(
                "net.allowed-networks=127.0.0.0/8",
                "store.url=sqlite:" + folder.resolve("demo.db"),
                "judge.tls-listen=127.0.0.1:0",
                "check.connect-timeout=2s",
                "check.first-byte-timeout=3s",
                "schedule.active=60s",
                "schedule.at-risk=30s",
                "schedule.inactive=5m",
                "schedule.confirm=5s",
                "fetch.sources.farm.kind=text",
                "fetch.sources.farm.urls=" + web + "/list/all.txt," + web + "/list/unknown.txt",
                "fetch.sources.farm.interval=60s",
                DemoNetworks.setting()));
        for (String builtIn : ConfigLoader.load(Inputs.of(Map.of()))
                .config()
                .fetch()
                .sources()
                .keySet()) {
            settings.add("fetch.sources." + builtIn + ".enabled=false");
        }
        return settings;
    }

    private void print(Server server, Farm farm) {
        PrintWriter out = spec.commandLine().getErr();
        String api = "localhost:" + server.port();
        out.println();
        out.println("  Sluice is serving beside a simulated internet of "
                + farm.proxies().size() + " entries. Try:");
        out.println();
        out.println("    curl -s " + api + "/get-proxy");
        out.println("    curl -s '" + api + "/get-proxy?country=DE'    # places are made up");
        out.println("    curl -s -x \"$(curl -s " + api + "/get-proxy)\" " + farm.webUrl() + "/");
        out.println("    curl -s " + api + "/stat");
        out.println();
        out.println("  What each entry really is: " + farm.webUrl() + "/truth.ndjson");
        out.println();
        out.flush();
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
