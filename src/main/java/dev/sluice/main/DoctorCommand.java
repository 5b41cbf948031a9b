package dev.sluice.main;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.config.ConfigException;
import dev.sluice.config.ConfigLoader;
import dev.sluice.config.Inputs;
import dev.sluice.config.LoadedConfig;
import dev.sluice.config.Problem;
import dev.sluice.config.SluiceConfig;
import dev.sluice.proxy.Secret;
import dev.sluice.queue.redis.RedisProbe;
import dev.sluice.store.StoreReading;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code sluice doctor}: looks at the machine and the configuration, a line for each thing, and ends with 1 when one is a problem. */
@Command(
        name = "doctor",
        description = {
            "Looks at the machine and the configuration and says what is wrong and what to do.",
            "Ends with 0 when nothing is a problem, else with 1."
        })
final class DoctorCommand implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofSeconds(8);

    @ParentCommand
    private Sluice sluice = new Sluice();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            defaultValue = "text",
            description = "text or json; text unless given.")
    private String format = "text";

    @Override
    public Integer call() throws Exception {
        if (!format.equals("text") && !format.equals("json")) {
            throw new UsageException("--format: " + format + " (expected: text or json)");
        }
        List<Finding> findings = findings(sluice.inputs(List.of()));
        PrintWriter out = spec.commandLine().getOut();
        if (format.equals("json")) {
            out.println(json(findings));
        } else {
            findings.forEach(out::println);
        }
        out.flush();
        return worst(findings) == Finding.Level.PROBLEM ? ExitCode.FAILED : ExitCode.DONE;
    }

    private static List<Finding> findings(Inputs inputs) throws Exception {
        LoadedConfig loaded;
        try {
            loaded = ConfigLoader.load(inputs);
        } catch (ConfigException e) {
            String way = ConfigRollback.wayBack(inputs);
            List<Finding> found = new ArrayList<>();
            for (Problem problem : e.problems()) {
                found.add(Finding.problem("configuration", problem.toString(), way == null ? "correct it" : way));
            }
            return found;
        }
        Logs.configure(loaded.config().log());
        List<Finding> found = new ArrayList<>();
        loaded.warnings()
                .forEach(warning -> found.add(Finding.warning("configuration", warning, "see docs/configuration.md")));
        found.addAll(Foreground.beside((vertx, telemetry) -> new Doctor(
                        loaded.config(), Path.of(""), Machine.present(), new Doctor.Outside() {
                            @Override
                            public StoreReading store() throws Exception {
                                return Foreground.await(
                                        StoreReading.of(vertx, loaded.config().store(), PATIENCE));
                            }

                            @Override
                            public RedisProbe.Reading redis(Secret url) throws Exception {
                                return Foreground.await(RedisProbe.look(vertx, url, PATIENCE));
                            }

                            @Override
                            public ServerClient.@Nullable Answer ready() throws Exception {
                                return DoctorCommand.ready(loaded.config());
                            }
                        })
                .examine()));
        return found;
    }

    private static ServerClient.@Nullable Answer ready(SluiceConfig config) throws InterruptedException {
        try {
            return new ServerClient(config.server(), config.security().adminKey()).ask("GET", "/ready");
        } catch (IOException e) {
            return null;
        }
    }

    private static Finding.Level worst(List<Finding> findings) {
        return findings.stream().map(Finding::level).max(Enum::compareTo).orElse(Finding.Level.OK);
    }

    private static String json(List<Finding> findings) throws IOException {
        ObjectNode root = ServerClient.JSON.createObjectNode();
        root.put("worst", worst(findings).name().toLowerCase(Locale.ROOT));
        ArrayNode list = root.putArray("findings");
        for (Finding finding : findings) {
            list.addObject()
                    .put("level", finding.level().word())
                    .put("subject", finding.subject())
                    .put("text", finding.text())
                    .put("advice", finding.advice());
        }
        return ServerClient.JSON.writerWithDefaultPrettyPrinter().writeValueAsString(root);
    }
}
