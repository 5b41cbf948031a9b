package dev.sluice.main;

import dev.sluice.api.ApiVerticle;
import dev.sluice.config.ConfigDiff;
import dev.sluice.config.ConfigException;
import dev.sluice.config.ConfigLoader;
import dev.sluice.config.Inputs;
import dev.sluice.config.LoadedConfig;
import dev.sluice.config.SluiceConfig;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code sluice config check}: reads a configuration as serve would, and says what is wrong with it before it hurts. */
@Command(
        name = "check",
        description = {
            "Says everything that is wrong with the configuration, or that it is sound;",
            "beside a running server also what a reload would put into force."
        })
final class ConfigCheck implements Callable<Integer> {
    @ParentCommand
    private ConfigCommand parent = new ConfigCommand();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(arity = "0..1", paramLabel = "FILE", description = "The file to look at, instead of the one in use.")
    private @Nullable Path file;

    @Override
    public Integer call() throws Exception {
        Inputs inputs = parent.sluice().inputs(List.of());
        LoadedConfig loaded = ConfigLoader.load(file == null ? inputs : inputs.withFile(file));
        Logs.configure(loaded.config().log());
        PrintWriter err = spec.commandLine().getErr();
        loaded.warnings().forEach(warning -> err.println("warning: " + warning));
        ServeCommand.refuseOpenDoor(loaded.config(), true);
        String refusal =
                ApiVerticle.refusal(loaded.config().server(), loaded.config().security(), false);
        if (refusal != null) {
            err.println("warning: without a key in the database it does not start: " + refusal);
        }
        List<Finding> findings = ConfigCheckup.of(loaded.config(), Path.of(""));
        findings.forEach(err::println);
        PrintWriter out = spec.commandLine().getOut();
        boolean broken = findings.stream().anyMatch(finding -> finding.level() == Finding.Level.PROBLEM);
        out.println(broken ? "the configuration is well-formed, and will not work" : "the configuration is sound");
        compare(inputs, loaded.config(), out);
        return broken ? ExitCode.FAILED : ExitCode.DONE;
    }

    /** Against what the server at the configured address has put into force last, where one answers. */
    private static void compare(Inputs inputs, SluiceConfig next, PrintWriter out)
            throws IOException, InterruptedException {
        if (next.server().port() == 0) {
            return;
        }
        ServerClient server = new ServerClient(next.server(), next.security().adminKey());
        if (!server.answers()) {
            return;
        }
        for (KeptConfigs.Kept kept : new KeptConfigs(DataDirectory.of(next.store()), InstantSource.system()).list()) {
            if (!kept.replaced()) {
                print(inputs, kept, next, server.address(), out);
                return;
            }
        }
    }

    private static void print(Inputs inputs, KeptConfigs.Kept kept, SluiceConfig next, String server, PrintWriter out) {
        ConfigDiff diff;
        try {
            diff = ConfigDiff.between(
                    ConfigLoader.load(inputs.withFile(kept.file())).config(), next);
        } catch (ConfigException e) {
            return;
        }
        out.println("the server at " + server + " was given its configuration last at " + kept.at()
                + (diff.isEmpty() ? "; this one is the same" : "; of what has changed since"));
        diff.live().forEach(key -> out.println("  a reload puts into force: " + key));
        diff.restart().forEach(key -> out.println("  needs a restart: " + key));
    }
}
