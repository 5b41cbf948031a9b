package dev.sluice.main;

import dev.sluice.config.LoadedConfig;
import dev.sluice.store.MigrationStatus;
import dev.sluice.store.Migrations;
import io.vertx.core.Future;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code sluice migrate status|up|down}. */
@Command(
        name = "migrate",
        description = "Shows and changes the schema of the database.",
        subcommands = {MigrateCommand.Status.class, MigrateCommand.Up.class, MigrateCommand.Down.class})
final class MigrateCommand {
    @ParentCommand
    private Sluice sluice = new Sluice();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    private int run(Function<Migrations, Future<MigrationStatus>> step) throws Exception {
        LoadedConfig loaded = sluice.load();
        MigrationStatus status = Foreground.once(
                (vertx, telemetry) -> Migrations.open(vertx, loaded.config().store())
                        .compose(migrations -> step.apply(migrations).eventually(migrations::close)));
        spec.commandLine().getOut().println(status);
        return ExitCode.DONE;
    }

    /** Shows. */
    @Command(name = "status", description = "Shows which steps the database has.")
    static final class Status implements Callable<Integer> {
        @ParentCommand
        private MigrateCommand parent = new MigrateCommand();

        @Override
        public Integer call() throws Exception {
            return parent.run(Migrations::status);
        }
    }

    /** Takes steps. */
    @Command(name = "up", description = "Takes all steps that are missing.")
    static final class Up implements Callable<Integer> {
        @ParentCommand
        private MigrateCommand parent = new MigrateCommand();

        @Override
        public Integer call() throws Exception {
            return parent.run(Migrations::up);
        }
    }

    /** Undoes steps. */
    @Command(name = "down", description = "Undoes the newest step, or all down to a version. Keeps what is stored.")
    static final class Down implements Callable<Integer> {
        @ParentCommand
        private MigrateCommand parent = new MigrateCommand();

        @Option(names = "--to", paramLabel = "VERSION", description = "Version to end at.")
        private @Nullable Integer target;

        @Override
        public Integer call() throws Exception {
            Integer to = target;
            return parent.run(migrations -> to == null ? migrations.down() : migrations.down(to));
        }
    }
}
