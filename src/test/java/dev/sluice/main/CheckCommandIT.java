package dev.sluice.main;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.farm.FarmMix;
import dev.sluice.farm.FarmProxy;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code sluice check}, by the assembled jar, held against what the entries really are. */
class CheckCommandIT {
    private static final Path JAR =
            Path.of(System.getProperty("sluice.jar", "target/sluice.jar")).toAbsolutePath();
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int ENTRIES = 600;
    private static final long SEED = 20_261_122;

    private static FarmFixture farm;

    @TempDir
    private Path folder = Path.of(".");

    @BeforeAll
    static void open() throws Exception {
        farm = new FarmFixture(ENTRIES, SEED, FarmMix.realistic());
    }

    @AfterAll
    static void close() throws Exception {
        farm.close();
    }

    @Test
    void whatWorksIsWrittenAsText() throws Exception {
        Ended ended = check(list(), "--timeout=5s");

        assertThat(ended.code).as(ended.errors).isEqualTo(ExitCode.DONE);
        assertThat(new TreeSet<>(ended.lines())).isEqualTo(farm.servable());
        assertThat(ended.lines()).doesNotHaveDuplicates();
        assertThat(ended.errors)
                .contains(
                        ENTRIES + " entries to check", ENTRIES + " of " + ENTRIES + " checked", "  alive", "  refused");
    }

    @Test
    void standardInputAndJsonGiveTheSame() throws Exception {
        Ended ended = checkInput(list(), "-", "--timeout=5s", "--format=json", "--concurrency=100");

        assertThat(ended.code).as(ended.errors).isEqualTo(ExitCode.DONE);
        assertThat(urls(JSON.readTree(ended.output))).isEqualTo(farm.servable());
    }

    @Test
    void everyEntryIsToldAsLinesOfJson() throws Exception {
        Path out = folder.resolve("out.ndjson");
        Ended ended = check(list(), "--timeout=5s", "--all", "--format=ndjson", "--output=" + out);

        assertThat(ended.code).as(ended.errors).isEqualTo(ExitCode.DONE);
        assertThat(ended.output).isEmpty();
        Map<String, JsonNode> found = new HashMap<>();
        for (String line : Files.readAllLines(out)) {
            JsonNode node = JSON.readTree(line);
            assertThat(found.put(node.get("url").asText(), node)).as(line).isNull();
        }
        for (FarmProxy proxy : farm.farm().proxies()) {
            for (ProxyKey identity : proxy.identities()) {
                if (proxy.servable()) {
                    JsonNode told = Objects.requireNonNull(found.get(identity.urlWithCredentials()), identity.url());
                    assertThat(told.get("alive").asBoolean()).as(identity.url()).isTrue();
                    assertThat(told.get("reason").asText()).isEqualTo("none");
                    assertThat(told.get("exit_address").asText()).isEqualTo(proxy.exitAddress());
                    assertThat(told.get("country").isNull()).isTrue();
                }
            }
        }
        assertThat(found.values().stream().filter(node -> node.get("alive").asBoolean()))
                .hasSize(farm.servable().size());
        Set<String> endpoints = found.values().stream()
                .map(node -> node.get("host").asText() + ':' + node.get("port").asInt())
                .collect(Collectors.toSet());
        assertThat(endpoints)
                .isEqualTo(farm.farm().proxies().stream()
                        .map(proxy -> proxy.listed().address())
                        .collect(Collectors.toSet()));
    }

    @Test
    void csvOfWhatIsAnonymousEnough() throws Exception {
        Ended ended = check(list(), "--timeout=5s", "--format=csv", "--anonymity=elite");

        assertThat(ended.code).as(ended.errors).isEqualTo(ExitCode.DONE);
        List<String> lines = ended.lines();
        assertThat(lines.get(0)).startsWith("url,protocol,host,port,alive,reason,anonymity,");
        assertThat(lines.subList(1, lines.size())).isNotEmpty().allMatch(line -> line.contains(",true,none,elite,"));
        assertThat(ended.errors).contains("below --anonymity");
    }

    @Test
    void connectingTellsWhatAcceptsConnections() throws Exception {
        Ended ended = check(list(), "--type=connect", "--timeout=5s", "--all");

        assertThat(ended.code).as(ended.errors).isEqualTo(ExitCode.DONE);
        assertThat(ended.lines())
                .hasSize(ENTRIES)
                .anyMatch(line -> line.endsWith("\tconnect-only"))
                .anyMatch(line -> line.endsWith("\trefused"))
                .anyMatch(line -> line.endsWith("\tconnect-timeout"));
    }

    @Test
    void withoutAJudgeItConnectsAndSaysSoOrFails() throws Exception {
        String nobody = "http://127.0.0.1:" + SluiceProcess.freePort() + "/judge";
        Ended auto = check(list(), "--timeout=5s", "--judge", nobody, "--format=ndjson", "--set=judge.tls-listen=");
        Ended full =
                check(list(), "--timeout=5s", "--judge", nobody, "--set=check.mode=full", "--set=judge.tls-listen=");

        assertThat(auto.code).as(auto.errors).isEqualTo(ExitCode.DONE);
        assertThat(auto.errors).contains(nobody, "only connected to", "judge.secret");
        assertThat(auto.lines()).isNotEmpty().allMatch(line -> line.contains("\"reason\":\"connect-only\""));
        assertThat(full.code).as(full.errors).isEqualTo(ExitCode.FAILED);
        assertThat(full.errors).contains("no judge answers of " + nobody).doesNotContain("at dev.sluice");
    }

    @Test
    void ctrlCEndsItWithWhatIsKnown() throws Exception {
        Path out = folder.resolve("out.json");
        Path errors = folder.resolve("errors.txt");
        Process process = new ProcessBuilder(command(
                        list().toString(), "--timeout=30s", "--concurrency=40", "--format=json", "--output=" + out))
                .directory(folder.toFile())
                .redirectError(errors.toFile())
                .start();
        try {
            // By then something has been found out.
            while (!Files.exists(errors) || !Files.readString(errors).contains("/" + ENTRIES)) {
                assertThat(process.isAlive()).as(Files.readString(errors)).isTrue();
                assertThat(process.waitFor(100, TimeUnit.MILLISECONDS)).isFalse();
            }
            requireInterrupts(process);
            signal(process, "INT");

            assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isEqualTo(ExitCode.INTERRUPTED);
            JsonNode array = JSON.readTree(out.toFile());
            assertThat(array.isArray()).isTrue();
            assertThat(farm.servable()).containsAll(urls(array));
            assertThat(Files.readString(errors)).contains("interrupted: ");
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void ctrlCWhileTheListIsReadEndsItToo() throws Exception {
        Process process = new ProcessBuilder(command("-", "--format=json"))
                .directory(folder.toFile())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            // Signals are listened to before the thread that reads is there; its standard input does not end.
            process.getOutputStream().write("http://127.0.0.1:1\n".getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().flush();
            Path threads = Path.of("/proc", Long.toString(process.pid()), "task");
            while (!hasThread(threads, "sluice-read")) {
                assertThat(process.waitFor(50, TimeUnit.MILLISECONDS)).isFalse();
            }
            requireInterrupts(process);
            signal(process, "INT");

            assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isEqualTo(ExitCode.INTERRUPTED);
            assertThat(JSON.readTree(process.getInputStream()).isArray()).isTrue();
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void aReaderThatLeavesEndsItQuietly() throws Exception {
        String words = String.join(" ", command(list().toString(), "--timeout=5s"));
        Path errors = folder.resolve("errors.txt");
        Process shell = new ProcessBuilder("sh", "-c", words + " | head -1")
                .directory(folder.toFile())
                .redirectError(errors.toFile())
                .start();
        try {
            String first = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

            assertThat(shell.waitFor(120, TimeUnit.SECONDS)).isTrue();
            assertThat(farm.servable()).contains(first.strip());
            assertThat(Files.readString(errors)).doesNotContain("sluice: ", "Broken pipe", "Exception");
        } finally {
            shell.destroyForcibly();
        }
    }

    @Test
    void whatCannotBeUsedIsRefused() throws Exception {
        assertThat(check(folder.resolve("nowhere.txt")).code).isEqualTo(ExitCode.USAGE);
        assertThat(check(folder).code).isEqualTo(ExitCode.USAGE);
        Ended word = check(list(), "--type=ping");
        assertThat(word.code).isEqualTo(ExitCode.USAGE);
        assertThat(word.errors).contains("ping (expected: connect, http, deep)");
    }

    @Test
    void theJudgeAloneSaysWhereItListens() throws Exception {
        try (SluiceProcess judge = SluiceProcess.start(
                folder, "judge", "--listen=127.0.0.1:0", "--tls-listen=127.0.0.1:0", "--set=judge.secret=0123456789")) {
            judge.until("its address", () -> judge.output().contains("secret  judge.secret, from --set"));

            assertThat(judge.output())
                    .containsPattern("judge   http://127\\.0\\.0\\.1:[0-9]+/judge")
                    .containsPattern("tls     https://127\\.0\\.0\\.1:[0-9]+/judge")
                    .containsPattern("pin     [A-Za-z0-9+/]{43}=")
                    .doesNotContain("0123456789", "warning");
            assertThat(judge.terminate()).isIn(0, 143);
        }
    }

    private Path list() throws IOException {
        List<String> lines = farm.farm().proxies().stream()
                .map(FarmProxy::listed)
                .map(key -> key.scheme() == Scheme.UNKNOWN ? key.address() : key.urlWithCredentials())
                .toList();
        return Files.write(folder.resolve("list.txt"), lines);
    }

    private static Set<String> urls(JsonNode array) {
        Set<String> urls = new TreeSet<>();
        array.forEach(node -> urls.add(node.get("url").asText()));
        return urls;
    }

    /** A shell starts what it runs in the background with SIGINT ignored, and a process can't undo that. */
    private static void requireInterrupts(Process process) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc", Long.toString(process.pid()), "status"))) {
            if (line.startsWith("SigIgn:")) {
                long ignored = Long.parseUnsignedLong(
                        line.substring("SigIgn:".length()).strip(), 16);
                assumeThat(ignored & 2)
                        .as("SIGINT is ignored here: run the tests in the foreground to see Ctrl-C tested")
                        .isZero();
            }
        }
    }

    private static boolean hasThread(Path tasks, String name) throws IOException {
        try (var threads = Files.list(tasks)) {
            for (Path thread : threads.toList()) {
                if (Files.readString(thread.resolve("comm")).strip().equals(name)) {
                    return true;
                }
            }
        } catch (NoSuchFileException e) {
            // A thread that ended meanwhile.
            return false;
        }
        return false;
    }

    private static void signal(Process process, String name) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                        .start()
                        .waitFor())
                .isZero();
    }

    private static List<String> command(String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-jar",
                JAR.toString(),
                "check"));
        command.addAll(Arrays.asList(arguments));
        command.add("--set=net.allowed-networks=127.0.0.0/8");
        return command;
    }

    private Ended check(Path list, String... options) throws Exception {
        List<String> arguments = new ArrayList<>(List.of(list.toString()));
        arguments.addAll(Arrays.asList(options));
        return ended(new ProcessBuilder(command(arguments.toArray(String[]::new))));
    }

    private Ended checkInput(Path list, String... arguments) throws Exception {
        return ended(new ProcessBuilder(command(arguments)).redirectInput(list.toFile()));
    }

    private Ended ended(ProcessBuilder builder) throws Exception {
        Path out = Files.createTempFile(folder, "out", ".txt");
        Path errors = Files.createTempFile(folder, "errors", ".txt");
        builder.environment().keySet().removeIf(name -> name.startsWith("SLUICE_"));
        Process process = builder.directory(folder.toFile())
                .redirectOutput(out.toFile())
                .redirectError(errors.toFile())
                .start();
        try {
            assertThat(process.waitFor(240, TimeUnit.SECONDS))
                    .as(Files.readString(errors))
                    .isTrue();
            return new Ended(process.exitValue(), Files.readString(out), Files.readString(errors));
        } finally {
            process.destroyForcibly();
        }
    }

    private record Ended(int code, String output, String errors) {
        List<String> lines() {
            return output.lines().toList();
        }
    }
}
