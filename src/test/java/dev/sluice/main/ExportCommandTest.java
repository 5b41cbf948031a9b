package dev.sluice.main;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.sluice.config.ByteSize;
import dev.sluice.config.ServerConfig;
import dev.sluice.export.ExportFormat;
import dev.sluice.port.Exports.Order;
import dev.sluice.port.Exports.Scope;
import dev.sluice.proxy.Secret;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code export} from a database of its own, and against a server that plays its part. */
class ExportCommandTest {
    private static final String ID = "019b76da-a800-7000-8000-000000000001";

    private final BlockingQueue<String> asked = new LinkedBlockingQueue<>();
    private final BlockingQueue<Answer> answers = new LinkedBlockingQueue<>();
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private HttpServer server;

    @TempDir
    private Path folder = Path.of(".");

    private record Answer(int status, String body) {}

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::play);
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private void play(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        asked.add(exchange.getRequestMethod() + ' ' + exchange.getRequestURI() + ' ' + body);
        Answer answer = answers.remove();
        byte[] bytes = answer.body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().add("X-Sluice-Left-Out", "3");
        exchange.sendResponseHeaders(answer.status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private ExportDesk desk() {
        ServerConfig config = new ServerConfig(
                "127.0.0.1",
                server.getAddress().getPort(),
                null,
                Duration.ofSeconds(30),
                Duration.ofSeconds(10),
                Duration.ofSeconds(1),
                new ByteSize(4_096),
                Duration.ZERO,
                Duration.ZERO);
        return new ExportDesk(
                new ServerClient(config, Secret.of("root")),
                new Interruption(),
                new ExportLine(new PrintWriter(new StringWriter()), false));
    }

    private String written() {
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void aServerIsAskedForWhatIsAlive() throws Exception {
        answers.add(new Answer(200, "http://192.0.2.1:80\n"));
        ExportDesk.Done done =
                desk().alive(new Order(ExportFormat.TEXT, Scope.ALIVE, Map.of("city", "a b&c"), true, null), out);
        assertThat(done).isEqualTo(new ExportDesk.Done(true, "3"));
        assertThat(written()).isEqualTo("http://192.0.2.1:80\n");
        assertThat(asked).containsExactly("GET /api/v1/exports/text?credentials=1&city=a%20b%26c ");
    }

    @Test
    void aServerIsToldToExportItsStore() throws Exception {
        answers.add(new Answer(202, "{\"id\":\"" + ID + "\",\"state\":\"pending\"}"));
        answers.add(new Answer(200, "{\"state\":\"processing\",\"progress\":{\"read\":1,\"total\":2}}"));
        answers.add(new Answer(
                200,
                "{\"state\":\"completed\",\"progress\":{\"written\":1,\"left_out\":{\"kind\":2,\"credentials\":2}}}"));
        answers.add(new Answer(200, "id\r\n"));
        ExportDesk.Done done =
                desk().stored(new Order(ExportFormat.CSV, Scope.ALL, Map.of("country", "DE"), false, null), out);
        assertThat(done).isEqualTo(new ExportDesk.Done(true, "4"));
        assertThat(written()).isEqualTo("id\r\n");
        String path = "/api/v1/exports/" + ID;
        assertThat(asked)
                .containsExactly(
                        "POST /api/v1/exports {\"format\":\"csv\",\"scope\":\"all\",\"credentials\":false,"
                                + "\"filters\":{\"country\":\"DE\"}}",
                        "GET " + path + ' ',
                        "GET " + path + ' ',
                        "GET " + path + "/content ");
    }

    @Test
    void whatAServerCannotDoIsTold() {
        Order order = new Order(ExportFormat.CSV, Scope.ALL, Map.of(), false, null);
        answers.add(new Answer(404, "{\"detail\":\"no proxy matches\"}"));
        assertThatThrownBy(() -> desk().alive(order, out))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("no proxy matches");
        answers.add(new Answer(202, "{\"id\":\"" + ID + "\",\"state\":\"failed\",\"error\":\"the disk is full\"}"));
        assertThatThrownBy(() -> desk().stored(order, out)).hasMessageContaining("the disk is full");
        answers.add(new Answer(202, "{\"id\":\"" + ID + "\",\"state\":\"completed\",\"progress\":{\"written\":0}}"));
        assertThatThrownBy(() -> desk().stored(order, out)).hasMessageContaining("no proxy matches");
        assertThat(written()).isEmpty();
    }

    private int run(String... words) {
        List<String> all = Stream.concat(
                        Stream.of(words), Stream.of("--set", "store.url=sqlite:" + folder.resolve("sluice.db")))
                .toList();
        return Sluice.run(all.toArray(String[]::new));
    }

    @Test
    void aDatabaseIsExportedIntoAFileThatTakesTheOldOnesPlace() throws Exception {
        Path list = Files.writeString(
                folder.resolve("list.txt"), "socks5://163.172.44.12:1080\nhttp://u:hush@163.172.44.10:3128\n");
        assertThat(run("import", list.toString())).isEqualTo(ExitCode.DONE);
        Path file = Files.writeString(folder.resolve("out.txt"), "old");

        assertThat(run("export", "--output", file.toString())).isEqualTo(ExitCode.FAILED);
        assertThat(file).as("nothing is alive").hasContent("old");

        assertThat(run("export", "--scope", "all", "--output", file.toString())).isEqualTo(ExitCode.DONE);
        assertThat(file).hasContent("socks5://163.172.44.12:1080\n");

        assertThat(run(
                        "export",
                        "--scope",
                        "all",
                        "--with-credentials",
                        "--protocol",
                        "http",
                        "--output",
                        file.toString()))
                .isEqualTo(ExitCode.DONE);
        assertThat(file).hasContent("http://u:hush@163.172.44.10:3128\n");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left).noneMatch(each -> each.toString().endsWith(".part"));
        }
    }

    @ParameterizedTest
    @CsvSource({"--format,yaml", "--scope,dead", "--country,nowhere", "--min-reputation,101", "--exclude,nobody"})
    void whatCannotBeIsRefused(String option, String value) {
        assertThat(run("export", option, value)).isEqualTo(ExitCode.USAGE);
        assertThat(folder.resolve("sluice.db")).doesNotExist();
    }

    @Test
    void aDirectoryIsNoOutput() {
        assertThat(run("export", "--output", folder.toString())).isEqualTo(ExitCode.USAGE);
    }
}
