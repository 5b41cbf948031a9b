package dev.sluice.main;

import dev.sluice.config.ConfigFile;
import dev.sluice.config.ConfigLoader;
import dev.sluice.config.Inputs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code sluice config history}. */
@Command(name = "history", description = "Lists the configuration files that were in force, newest first.")
final class ConfigHistory implements Callable<Integer> {
    @ParentCommand
    private ConfigCommand parent = new ConfigCommand();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws IOException {
        Inputs inputs = parent.sluice().inputs(List.of());
        List<KeptConfigs.Kept> kept = of(inputs).list();
        if (kept.isEmpty()) {
            spec.commandLine().getOut().println("none is kept yet: a server keeps each one that it puts into force");
            return ExitCode.DONE;
        }
        String present = present(inputs.directory().resolve(ConfigLoader.path(inputs)));
        List<String[]> rows = new ArrayList<>();
        for (KeptConfigs.Kept one : kept) {
            String what = one.hash().equals(present)
                    ? "the present file"
                    : one.replaced() ? "was replaced by a rollback" : "";
            rows.add(new String[] {Integer.toString(rows.size() + 1), one.at().toString(), one.hash(), what});
        }
        Table.print(spec.commandLine().getOut(), new String[] {"N", "SINCE", "CONTENT", ""}, rows);
        return ExitCode.DONE;
    }

    /** Those that belong to the database of a configuration which may be broken. */
    static KeptConfigs of(Inputs inputs) {
        return new KeptConfigs(DataDirectory.of(ConfigLoader.storeUrl(inputs)), InstantSource.system());
    }

    /** Hash of the file as it is now; empty when it can't be read. */
    static String present(Path file) {
        try {
            return ConfigFile.hash(Files.readAllBytes(file));
        } catch (IOException e) {
            return "";
        }
    }
}
