package dev.sluice.main;

import dev.sluice.store.Backup;
import dev.sluice.store.Backups;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code sluice restore FILE}. */
@Command(
        name = "restore",
        description = "Puts a copy that backup made in the place of the database. No server may be using it.")
final class RestoreCommand implements Callable<Integer> {
    @ParentCommand
    private Sluice sluice = new Sluice();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "FILE", description = "The copy.")
    private Path file = Path.of("");

    @Option(
            names = "--replace",
            description = "Also where the database holds proxies: a SQLite file is put aside, tables of PostgreSQL are"
                    + " emptied.")
    private boolean replace;

    @Override
    public Integer call() throws Exception {
        var store = sluice.load(List.of("log.level=warn")).config().store();
        Backup restored = Foreground.once((vertx, telemetry) -> Backups.restore(vertx, store, file, replace));
        if (restored.aside() != null) {
            spec.commandLine().getErr().println("The database that was there is now " + restored.aside());
        }
        spec.commandLine()
                .getOut()
                .printf("%d proxies are back, schema version %d%n", restored.proxies(), restored.version());
        return ExitCode.DONE;
    }
}
