package dev.sluice.main;

import dev.sluice.api.ApiVerticle;
import dev.sluice.config.LoadedConfig;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code sluice config check}. */
@Command(name = "config", description = "Looks at the configuration.", subcommands = ConfigCommand.Check.class)
final class ConfigCommand {
    @ParentCommand
    private Sluice sluice = new Sluice();

    /** Reads it as serve would, and says what is wrong. */
    @Command(name = "check", description = "Says everything that is wrong with the configuration, or that it is sound.")
    static final class Check implements Callable<Integer> {
        @ParentCommand
        private ConfigCommand parent = new ConfigCommand();

        @Spec
        private CommandSpec spec = CommandSpec.create();

        @Override
        public Integer call() {
            LoadedConfig loaded = parent.sluice.load();
            loaded.warnings().forEach(warning -> spec.commandLine().getErr().println("warning: " + warning));
            ServeCommand.refuseOpenDoor(loaded.config(), true);
            String refusal = ApiVerticle.refusal(
                    loaded.config().server(), loaded.config().security(), false);
            if (refusal != null) {
                spec.commandLine()
                        .getErr()
                        .println("warning: without a key in the database it does not start: " + refusal);
            }
            spec.commandLine().getOut().println("the configuration is sound");
            return ExitCode.DONE;
        }
    }
}
