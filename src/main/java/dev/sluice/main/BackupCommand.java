package dev.sluice.main;

import dev.sluice.store.Backup;
import dev.sluice.store.Backups;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code sluice backup FILE}. */
@Command(
        name = "backup",
        description = "Copies the database, as it is at this moment, into a file. A server may go on working with it.")
final class BackupCommand implements Callable<Integer> {
    @ParentCommand
    private Sluice sluice = new Sluice();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "FILE", description = "Where to put it; must not exist.")
    private Path file = Path.of("");

    @Override
    public Integer call() throws Exception {
        var store = sluice.load(List.of("log.level=warn")).config().store();
        Backup made = Foreground.once((vertx, telemetry) -> Backups.make(vertx, store, file));
        spec.commandLine().getErr().println("Keys are not in it: keep the pepper and the encryption key beside it.");
        spec.commandLine()
                .getOut()
                .printf(
                        "%s: %d proxies, schema version %d, %d bytes%n",
                        made.file(), made.proxies(), made.version(), made.bytes());
        return ExitCode.DONE;
    }
}
