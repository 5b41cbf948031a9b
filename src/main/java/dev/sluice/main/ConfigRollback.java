package dev.sluice.main;

import dev.sluice.config.ConfigDiff;
import dev.sluice.config.ConfigException;
import dev.sluice.config.ConfigFile;
import dev.sluice.config.ConfigLoader;
import dev.sluice.config.Inputs;
import dev.sluice.config.LoadedConfig;
import dev.sluice.config.SluiceConfig;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code sluice config rollback}: an earlier file takes the place of the present one, which is kept. */
@Command(
        name = "rollback",
        description = {
            "Writes an earlier configuration back over the present file, which is kept first,",
            "and has a running server read it."
        })
final class ConfigRollback implements Callable<Integer> {
    private static final int LARGEST = 1 << 20;

    @ParentCommand
    private ConfigCommand parent = new ConfigCommand();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(
            arity = "0..1",
            paramLabel = "N",
            description =
                    "Which, as config history counts; without it the newest that was in force and is not the present one.")
    private @Nullable Integer number;

    @Override
    public Integer call() throws Exception {
        Inputs inputs = parent.sluice().inputs(List.of());
        PrintWriter out = spec.commandLine().getOut();
        SluiceConfig next = rollBack(inputs, number, out);
        tell(next, out);
        return ExitCode.DONE;
    }

    /**
     * What to do about a broken configuration, as a sentence; null when nothing is kept that could help.
     *
     * @param inputs whose file is broken
     */
    static @Nullable String wayBack(Inputs inputs) {
        try {
            Path file = inputs.directory().resolve(ConfigLoader.path(inputs));
            KeptConfigs.Kept last = newest(ConfigHistory.of(inputs).list(), ConfigHistory.present(file));
            return last == null
                    ? null
                    : "the configuration of " + last.at() + " is kept: `sluice config rollback` brings it back";
        } catch (IOException | IllegalArgumentException e) {
            return null;
        }
    }

    private static KeptConfigs.@Nullable Kept newest(List<KeptConfigs.Kept> kept, String present) {
        for (KeptConfigs.Kept one : kept) {
            if (!one.replaced() && !one.hash().equals(present)) {
                return one;
            }
        }
        return null;
    }

    /**
     * Puts the file back.
     *
     * @param number counted from 1; null for the newest that was in force and differs from the present file
     * @return the configuration that is read from now on
     */
    static SluiceConfig rollBack(Inputs inputs, @Nullable Integer number, PrintWriter out) throws IOException {
        // A link is followed: what it points to is replaced, not the link.
        Path named = inputs.directory().resolve(ConfigLoader.path(inputs));
        Path file = Files.exists(named) ? named.toRealPath() : named;
        String present = ConfigHistory.present(file);
        KeptConfigs keeping = ConfigHistory.of(inputs);
        KeptConfigs.Kept chosen = chosen(keeping.list(), number, present);
        LoadedConfig next;
        try {
            next = ConfigLoader.load(inputs.withFile(chosen.file().toAbsolutePath()));
        } catch (ConfigException e) {
            throw new ConfigException(e, "nothing was changed; `sluice config history` lists the others");
        }
        String text = chosen.text();
        ConfigFile before = Files.exists(file) ? new ConfigFile(file, read(file)) : new ConfigFile(file, null);
        changes(inputs, next.config(), out);
        keeping.keepReplaced(before);
        KeptConfigs.write(file, text, permissions(file));
        out.println(named + " is the configuration of " + chosen.at() + " again (" + chosen.hash() + ")");
        if (before.text() != null) {
            out.println("what stood there before is kept: " + before.hash());
        }
        return next.config();
    }

    private static KeptConfigs.Kept chosen(List<KeptConfigs.Kept> kept, @Nullable Integer number, String present) {
        KeptConfigs.Kept chosen;
        if (number == null) {
            chosen = newest(kept, present);
        } else {
            chosen = number >= 1 && number <= kept.size() ? kept.get(number - 1) : null;
        }
        if (chosen == null) {
            throw new UsageException(
                    number == null
                            ? "no other configuration is kept (expected: one that a server has put into force)"
                            : "N: " + number + " (expected: 1.." + kept.size() + ", see config history)");
        }
        return chosen;
    }

    private static String read(Path file) throws IOException {
        if (Files.size(file) > LARGEST) {
            throw new IOException(file + ": " + Files.size(file) + " bytes (expected: 1MiB at most, to be kept)");
        }
        // What is no text is kept all the same, as far as it can be.
        return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    }

    private static void changes(Inputs inputs, SluiceConfig next, PrintWriter out) {
        ConfigDiff diff;
        try {
            diff = ConfigDiff.between(ConfigLoader.load(inputs).config(), next);
        } catch (ConfigException e) {
            out.println("the present file is broken, so what differs can't be told");
            return;
        }
        diff.live().forEach(key -> out.println("changes: " + key));
        diff.restart().forEach(key -> out.println("changes with a restart: " + key));
        if (diff.isEmpty()) {
            out.println("both mean the same");
        }
    }

    /** Those of the present file; where there is none, the owner's alone, as it may hold secrets. */
    private static Set<PosixFilePermission> permissions(Path file) throws IOException {
        boolean posix = file.getFileSystem().supportedFileAttributeViews().contains("posix");
        return posix && Files.exists(file)
                ? Files.getPosixFilePermissions(file)
                : PosixFilePermissions.fromString("rw-------");
    }

    /** Has the server at the configured address read its configuration, where one answers. */
    private static void tell(SluiceConfig config, PrintWriter out) throws IOException, InterruptedException {
        ServerClient server = config.server().port() == 0
                ? null
                : new ServerClient(config.server(), config.security().adminKey());
        if (server == null || !server.answers()) {
            out.println("no server runs here; the next one begins with it");
            return;
        }
        ServerClient.Answer answer = server.ask("POST", "/reload");
        answer.require(200);
        out.println("the server at " + server.address() + " has read it");
        for (var key : answer.json().path("restart")) {
            out.println("  waits for a restart: " + key.asText());
        }
    }
}
