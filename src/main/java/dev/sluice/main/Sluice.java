package dev.sluice.main;

import dev.sluice.config.ConfigLoader;
import dev.sluice.config.Inputs;
import dev.sluice.config.LoadedConfig;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.List;
import java.util.jar.Manifest;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** Entry point: {@code sluice COMMAND}. */
@Command(
        name = "sluice",
        description = "A reservoir of working HTTP and SOCKS proxies.",
        mixinStandardHelpOptions = true,
        versionProvider = Sluice.Version.class,
        sortOptions = false,
        subcommands = {
            ServeCommand.class,
            DemoCommand.class,
            FarmCommand.class,
            CheckCommand.class,
            JudgeCommand.class,
            ImportCommand.class,
            JobsCommand.class,
            ExportCommand.class,
            MigrateCommand.class,
            BackupCommand.class,
            RestoreCommand.class,
            KeysCommand.class,
            GeoCommand.class,
            ConfigCommand.class,
            DoctorCommand.class
        })
public final class Sluice implements Runnable {
    @Option(
            names = "--config",
            scope = ScopeType.INHERIT,
            paramLabel = "FILE",
            description = "Configuration in YAML or JSON; conf/sluice.yaml unless given.")
    private @Nullable Path config;

    @Option(
            names = "--preset",
            scope = ScopeType.INHERIT,
            paramLabel = "NAME",
            description = "development, staging or production.")
    private @Nullable String preset;

    @Option(
            names = "--set",
            scope = ScopeType.INHERIT,
            paramLabel = "KEY=VALUE",
            description = "Overrides one key, for example server.port=9090. May be repeated.")
    private List<String> overrides = new ArrayList<>();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    /** Runs a command and ends the process with its code. */
    public static void main(String[] arguments) {
        Fatal.watch();
        System.exit(run(arguments));
    }

    /** Runs a command and returns its exit code. */
    static int run(String... arguments) {
        return new CommandLine(new Sluice())
                .setExecutionExceptionHandler((failure, command, parsed) -> {
                    command.getErr().println(Failures.describe(failure));
                    return ExitCode.of(failure);
                })
                .execute(arguments);
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a command is missing");
    }

    /**
     * The configuration in force, and logging set up by it.
     *
     * @throws dev.sluice.config.ConfigException with every problem there is
     */
    LoadedConfig load() {
        return load(List.of());
    }

    /** As {@link #load()}, with settings of the command's own that {@code --set} may override. */
    LoadedConfig load(List<String> own) {
        LoadedConfig loaded = reload(own);
        Logs.configure(loaded.config().log());
        return loaded;
    }

    /** Reads the same inputs again; leaves logging alone. */
    LoadedConfig reload(List<String> own) {
        return ConfigLoader.load(inputs(own));
    }

    /** What this process reads its configuration from, with settings of the command's own under {@code --set}. */
    Inputs inputs(List<String> own) {
        List<String> settings = new ArrayList<>(own);
        settings.addAll(overrides);
        return Inputs.of(System.getenv()).withFile(config).withPreset(preset).withSettings(settings);
    }

    /** Version from the jar's manifest. */
    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() throws IOException {
            String version = ofJar();
            return new String[] {version == null ? "sluice (not from a jar)" : "sluice " + version};
        }

        /** The version; null where the program does not run from its jar. */
        static @Nullable String ofJar() throws IOException {
            Enumeration<URL> manifests = Sluice.class.getClassLoader().getResources("META-INF/MANIFEST.MF");
            while (manifests.hasMoreElements()) {
                try (InputStream in = manifests.nextElement().openStream()) {
                    var attributes = new Manifest(in).getMainAttributes();
                    if ("Sluice".equals(attributes.getValue("Implementation-Title"))) {
                        return attributes.getValue("Implementation-Version");
                    }
                }
            }
            return null;
        }
    }
}
