package dev.sluice.main;

import dev.sluice.check.CheckVerticle;
import dev.sluice.config.ConfigView;
import dev.sluice.config.LoadedConfig;
import dev.sluice.config.SluiceConfig;
import dev.sluice.port.JobKind;
import dev.sluice.queue.Workers;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code sluice config show}. */
@Command(
        name = "show",
        description =
                "Shows the configuration that serve would use: what differs from the defaults. Secrets are hidden.")
final class ConfigShow implements Callable<Integer> {
    private static final String DEFAULT = "default";
    private static final String BUILT_IN = "built-in";

    @ParentCommand
    private ConfigCommand parent = new ConfigCommand();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(names = "--all", description = "Every key, also those with their defaults.")
    private boolean all;

    @Option(names = "--origin", description = "Also where each value comes from.")
    private boolean origin;

    @Override
    public Integer call() {
        LoadedConfig loaded = parent.sluice().load();
        PrintWriter out = spec.commandLine().getOut();
        lines(loaded, all, origin).forEach(out::println);
        out.println();
        derived(loaded.config()).forEach(line -> out.println("# " + line));
        return ExitCode.DONE;
    }

    /** A line for each key, in the order of the file. */
    static List<String> lines(LoadedConfig loaded, boolean all, boolean origin) {
        List<String> lines = new ArrayList<>();
        ConfigView.of(loaded.config()).forEach((key, value) -> {
            String from = origin(loaded.origins(), key);
            if (all || !from.equals(DEFAULT) && !from.startsWith(BUILT_IN)) {
                lines.add(key + ": " + value + (origin ? "   # " + from : ""));
            }
        });
        return lines;
    }

    /** Of the key itself, or of the one above it that has one. */
    private static String origin(Map<String, String> origins, String key) {
        for (String path = key; !path.isEmpty(); path = path.substring(0, Math.max(0, path.lastIndexOf('.')))) {
            String found = origins.get(path);
            if (found != null) {
                return found;
            }
        }
        return DEFAULT;
    }

    /** What is sized by the machine, or would be. */
    static List<String> derived(SluiceConfig config) {
        Runtime machine = Runtime.getRuntime();
        List<String> lines = new ArrayList<>();
        lines.add("this machine: " + machine.availableProcessors() + " processors, " + (machine.maxMemory() >> 20)
                + " MiB of heap");
        lines.add("check.concurrency: " + CheckVerticle.checksAtOnce(config.check())
                + sized(config.check().concurrency()));
        workers(config).forEach((kind, workers) -> lines.add("queue.workers-" + kind + ": " + workers));
        return lines;
    }

    /** How many workers each kind of job gets on this machine, in the order of the kinds. */
    static Map<String, Integer> workers(SluiceConfig config) {
        Map<String, Integer> workers = new LinkedHashMap<>();
        for (JobKind kind : JobKind.values()) {
            workers.put(kind.text(), Workers.count(kind, config.queue()));
        }
        return workers;
    }

    private static String sized(int configured) {
        return configured > 0 ? " (as configured)" : " (from open files and heap)";
    }
}
