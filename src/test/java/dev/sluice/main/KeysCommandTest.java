package dev.sluice.main;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.sluice.config.ByteSize;
import dev.sluice.config.ServerConfig;
import dev.sluice.port.KeyRecord.Role;
import dev.sluice.proxy.Secret;
import dev.sluice.secret.ApiKeys;
import dev.sluice.secret.MemoryKeyRecords;
import dev.sluice.secret.NewKey;
import dev.sluice.secret.Peppers;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code keys} against keys in memory, and against a server that plays its part. */
class KeysCommandTest {
    private static final String ID = "4fTq0ZkXw1Ab";

    private final BlockingQueue<String> asked = new LinkedBlockingQueue<>();
    private volatile int status = 200;
    private volatile String answer = "";
    private HttpServer server;

    @TempDir
    private Path folder = Path.of(".");

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
        asked.add(exchange.getRequestMethod()
                + ' '
                + exchange.getRequestURI()
                + ' '
                + exchange.getRequestHeaders().getFirst("X-API-Key")
                + ' '
                + body);
        if (status == 302) {
            exchange.getResponseHeaders().add("Location", "/elsewhere");
        }
        byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private static ServerConfig at(String host, int port) {
        return new ServerConfig(
                host,
                port,
                null,
                Duration.ofSeconds(30),
                Duration.ofSeconds(10),
                Duration.ofSeconds(1),
                new ByteSize(4_096),
                Duration.ZERO,
                Duration.ZERO);
    }

    private ServerDesk desk(@Nullable String key) {
        return new ServerDesk(
                new ServerClient(at("127.0.0.1", server.getAddress().getPort()), key == null ? null : Secret.of(key)));
    }

    @Test
    void aServerIsAskedForAKey() throws Exception {
        status = 201;
        answer = "{\"key\":\"sluice_x\",\"id\":\"" + ID + "\"}";
        long expires = Instant.parse("2030-01-01T00:00:00Z").toEpochMilli();

        KeyDesk.Made made =
                desk("root").create(new NewKey("a \"label\"", EnumSet.of(Role.FEEDBACK, Role.READ), true, expires, 50));

        assertThat(made).isEqualTo(new KeyDesk.Made(ID, "sluice_x"));
        assertThat(asked)
                .containsExactly("POST /api/v1/keys root {\"label\":\"a \\\"label\\\"\",\"credentials\":true,"
                        + "\"roles\":[\"read\",\"feedback\"],\"expires_at\":\"2030-01-01T00:00:00Z\","
                        + "\"requests_per_second\":50}");
    }

    @Test
    void aServersKeysAreShown() throws Exception {
        answer = "{\"keys\":[{\"id\":\"" + ID + "\",\"label\":\"crawler\",\"roles\":[\"read\",\"feedback\"],"
                + "\"credentials\":true,\"requests_per_second\":50,\"created_at\":\"2026-01-01T12:00:00.123Z\","
                + "\"expires_at\":null,\"last_used_at\":\"nonsense\",\"state\":\"live\"},{\"requests_per_second\":null}]}";

        List<KeyDesk.Row> rows = desk(null).list();

        assertThat(rows.get(0))
                .isEqualTo(new KeyDesk.Row(
                        ID, "crawler", "read,feedback", true, "50", "2026-01-01T12:00:00Z", "-", "-", "live"));
        assertThat(rows).hasSize(2);
        assertThat(asked).containsExactly("GET /api/v1/keys null ");
    }

    @Test
    void aServerIsAskedToRevoke() throws Exception {
        status = 204;
        assertThat(desk("root").revoke(ID)).isTrue();
        status = 404;
        answer = "{\"type\":\"urn:sluice:problem:no-key\",\"detail\":\"key: x\"}";
        assertThat(desk("root").revoke(ID)).isFalse();
        answer = "{\"type\":\"urn:sluice:problem:not-found\",\"detail\":\"path: x\"}";
        assertThatThrownBy(() -> desk("root").revoke(ID)).hasMessageContaining("404: path: x");
        assertThat(asked).hasSize(3).allMatch(line -> line.equals("DELETE /api/v1/keys/" + ID + " root "));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "401 | {\"detail\":\"no key was sent\"} | answered 401: no key was sent; give a key with the role admin as SLUICE_ADMIN_KEY or --key",
                "403 | {\"detail\":\"role: admin is needed\"} | answered 403: role: admin is needed",
                "400 | {\"detail\":\"bad\",\"errors\":[{\"pointer\":\"/ttl\",\"detail\":\"invalid\"}]} | bad; /ttl invalid",
                "500 | '' | answered 500 (expected: 200 from a Sluice",
                "200 | <html> | expected: 201",
                "302 | '' | answered 302",
            })
    void whatAServerRefusesIsTold(int code, String body, String message) {
        status = code;
        answer = body;
        NewKey wanted = new NewKey("x", EnumSet.of(Role.READ), false, 0, 0);

        assertThatThrownBy(() -> {
                    if (code == 200) {
                        desk("root").create(wanted);
                    } else {
                        desk("root").list();
                    }
                })
                .isInstanceOf(IOException.class)
                .hasMessageContaining(message)
                .hasMessageContaining("http://127.0.0.1:")
                .hasMessageNotContaining("root");
        assertThat(asked).as("no redirect is followed").hasSize(1);
    }

    @Test
    void aServerThatIsNotThereIsNamed() {
        ServerDesk desk = desk("root");
        server.stop(0);

        assertThatThrownBy(desk::list)
                .isInstanceOf(IOException.class)
                .hasMessageContaining("http://127.0.0.1:" + server.getAddress().getPort() + ": nobody answers");
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1,   http://127.0.0.1:8080",
        "0.0.0.0,     http://127.0.0.1:8080",
        "::,          http://[::1]:8080",
        "[::],        http://[::1]:8080",
        "::1,         http://[::1]:8080",
        "2001:db8::1, http://[2001:db8::1]:8080",
        "sluice.lan,  http://sluice.lan:8080",
    })
    void theServerIsWhereTheConfigurationSays(String host, String address) {
        assertThat(new ServerClient(at(host, 8080), null).address()).isEqualTo(address);
    }

    @Test
    void aServerOnAnyFreePortCannotBeFound() {
        assertThatThrownBy(() -> new ServerClient(at("127.0.0.1", 0), null))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("server.port: 0");
    }

    @Test
    void theDeskOfTheDatabaseMakesShowsAndRevokes() throws Exception {
        Instant made = Instant.parse("2026-01-01T12:00:00.5Z");
        ApiKeys keys = new ApiKeys(
                new MemoryKeyRecords(),
                Peppers.configured(Secret.of("a pepper for tests of 32 bytes or more")),
                made::toEpochMilli,
                System::nanoTime);
        StoreDesk desk = new StoreDesk(keys);

        KeyDesk.Made key = desk.create(new NewKey(
                "x",
                EnumSet.of(Role.READ, Role.FEEDBACK),
                false,
                made.plus(Duration.ofDays(1)).toEpochMilli(),
                0));

        assertThat(keys.find(key.text())).isNotNull();
        assertThat(desk.list())
                .containsExactly(new KeyDesk.Row(
                        key.id(),
                        "x",
                        "read,feedback",
                        false,
                        "-",
                        "2026-01-01T12:00:00Z",
                        "2026-01-02T12:00:00Z",
                        "-",
                        "live"));
        assertThat(desk.revoke(key.id())).isTrue();
        assertThat(desk.revoke("nobody")).isFalse();
        assertThat(desk.list().get(0).state()).isEqualTo("revoked");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "keys",
                "keys create",
                "keys create --label x",
                "keys create --role read",
                "keys create --label x --role root",
                "keys create --label x --role read --rate 0",
                "keys create --label x --role read --rate 1000001",
                "keys create --label x --role read --expires soon",
                "keys create --label x --role read --expires 0",
                "keys create --label x --role read --expires 36501d",
                "keys revoke",
                "keys revoke not-an-id",
            })
    void whatIsNotUnderstoodIsUsage(String line) {
        StringWriter err = new StringWriter();

        assertThat(run(err, line.split(" ", -1))).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).isNotBlank();
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void aWholeKeyInPlaceOfItsIdIsNotPrinted() {
        StringWriter err = new StringWriter();

        assertThat(run(err, "keys", "revoke", "sluice_4fTq0ZkXw1Ab_verysecret_000000"))
                .isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("12 letters and digits").doesNotContain("verysecret");
    }

    private int run(StringWriter err, String... arguments) {
        String[] all = new String[arguments.length + 2];
        System.arraycopy(arguments, 0, all, 0, arguments.length);
        all[arguments.length] = "--set";
        all[arguments.length + 1] = "store.url=sqlite:" + folder.resolve("sluice.db");
        return new picocli.CommandLine(new Sluice())
                .setErr(new PrintWriter(err))
                .setExecutionExceptionHandler((failure, command, parsed) -> {
                    command.getErr().println(Failures.describe(failure));
                    return ExitCode.of(failure);
                })
                .execute(all);
    }
}
