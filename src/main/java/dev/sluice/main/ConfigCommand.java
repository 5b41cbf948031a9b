package dev.sluice.main;

import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

/** {@code sluice config}. */
@Command(
        name = "config",
        description = "Looks at the configuration, and brings an earlier one back.",
        subcommands = {ConfigCheck.class, ConfigShow.class, ConfigHistory.class, ConfigRollback.class})
final class ConfigCommand {
    @ParentCommand
    private Sluice sluice = new Sluice();

    /** The options of the process. */
    Sluice sluice() {
        return sluice;
    }
}
