package dev.sluice.main;

import dev.sluice.api.ApiVerticle;
import dev.sluice.config.ConfigException;
import dev.sluice.config.LoadedConfig;
import dev.sluice.config.SluiceConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code sluice serve}: everything, until it is told to stop. */
@Command(name = "serve", description = "Fetches, checks and serves, until it is told to stop.")
final class ServeCommand implements Callable<Integer> {
    @ParentCommand
    private Sluice sluice = new Sluice();

    @Option(
            names = "--import",
            paramLabel = "FILE",
            description = "A list to import once the API is open. May be repeated.")
    private List<Path> imports = new ArrayList<>();

    @Override
    public Integer call() throws Exception {
        LoadedConfig loaded = load();
        refuseOpenDoor(loaded.config(), true);
        imports.forEach(ImportCommand::requireList);
        return Foreground.run(
                loaded,
                (vertx, telemetry) -> Server.start(vertx, telemetry, loaded, () -> sluice.reload(List.of()), imports));
    }

    /** Where the configuration is broken and an earlier one was kept, the refusal says how to get it back. */
    private LoadedConfig load() {
        try {
            return sluice.load();
        } catch (ConfigException e) {
            String way = ConfigRollback.wayBack(sluice.inputs(List.of()));
            throw way == null ? e : new ConfigException(e, way);
        }
    }

    /**
     * Refuses to listen beyond loopback without a key.
     *
     * @param keyKept whether the database may hold one: then the server asks again once it has looked
     */
    static void refuseOpenDoor(SluiceConfig config, boolean keyKept) {
        String refusal = ApiVerticle.refusal(config.server(), config.security(), keyKept);
        if (refusal != null) {
            throw new UsageException(refusal);
        }
    }
}
