package dev.sluice.main;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.sun.net.httpserver.HttpServer;
import dev.sluice.config.ConfigLoader;
import dev.sluice.config.Inputs;
import dev.sluice.config.LoadedConfig;
import dev.sluice.telemetry.Telemetry;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;
import org.yaml.snakeyaml.Yaml;

/** Secrets go into the assembled server, every operation is called with and without rights, and none comes out. */
class SecretsVerticleTest {
    private static final String ADMIN_KEY = "admin-key-marker-9f31c07744aa";
    private static final String PEPPER = "pepper-marker-of-thirty-two-bytes-and-more";
    private static final String LISTED = "listed-password-marker-11";
    private static final String UPLOADED = "uploaded-password-marker-22";
    private static final String BROKEN = "broken-line-password-marker-33";
    private static final String TOKEN = "url-token-marker-44";
    private static final String HEADER = "header-token-marker-55";
    private static final byte[] RAW_KEY = "encryption-key-marker-of-32-byte".getBytes(StandardCharsets.US_ASCII);
    private static final String ENCRYPTION_KEY = Base64.getEncoder().encodeToString(RAW_KEY);
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    private Path folder = Path.of(".");

    private final ObjectMapper json = new ObjectMapper();
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private int port;

    /** An answer, with what was asked. */
    private record Told(String asked, String text, String body) {}

    @Test
    void noSecretLeavesTheServer() throws Exception {
        Queue<String> logged = new ConcurrentLinkedQueue<>();
        CountDownLatch fetched = new CountDownLatch(1);
        HttpServer lists = lists(fetched);
        Vertx vertx = Vertx.vertx();
        Telemetry telemetry = new Telemetry();
        LoadedConfig loaded = config(lists.getAddress().getPort());
        Logs.configure(loaded.config().log());
        Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        AppenderBase<ILoggingEvent> ear = new AppenderBase<>() {
            @Override
            protected void append(ILoggingEvent event) {
                logged.add(event.getFormattedMessage()
                        + ' '
                        + event.getKeyValuePairs()
                        + ' '
                        + (event.getThrowableProxy() == null
                                ? ""
                                : event.getThrowableProxy().getMessage()));
            }
        };
        ear.setContext(root.getLoggerContext());
        ear.start();
        root.addAppender(ear);
        ((Logger) LoggerFactory.getLogger("dev.sluice")).setLevel(Level.DEBUG);
        List<Told> told = new ArrayList<>();
        String limited;
        try {
            Server server = Server.start(vertx, telemetry, loaded, () -> loaded, List.of())
                    .await(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            port = server.port();
            assertThat(fetched.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
            limited = limitedKey();
            upload(limited);
            JsonNode entry = stored();
            assertThat(entry.path("password").asText())
                    .as("shown to whom may see it")
                    .isNotEmpty();

            for (String key : new String[] {limited, "", "sluice_nobody_nothing"}) {
                told.addAll(everyOperation(key.isEmpty() ? null : key));
            }
            told.add(new Told("metrics", telemetry.scrape(), ""));
            server.stop().await(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } finally {
            root.detachAppender(ear);
            lists.stop(0);
            vertx.close().await(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            telemetry.close();
        }

        Map<String, String> secrets = new LinkedHashMap<>();
        secrets.put("admin key", ADMIN_KEY);
        secrets.put("API key", limited);
        secrets.put("pepper", PEPPER);
        secrets.put("listed password", LISTED);
        secrets.put("uploaded password", UPLOADED);
        secrets.put("password in a broken line", BROKEN);
        secrets.put("token in the address of a source", TOKEN);
        secrets.put("token in a header of a source", HEADER);
        secrets.put("encryption key", ENCRYPTION_KEY);
        secrets.put("encryption key, raw", new String(RAW_KEY, StandardCharsets.US_ASCII));
        assertThat(told).hasSizeGreaterThan(100);
        secrets.forEach((name, secret) -> {
            assertThat(told).as("answers: " + name).noneMatch(one -> one.text().contains(secret));
            assertThat(logged).as("log: " + name).noneMatch(line -> line.contains(secret));
            assertThat(holding(secret)).as("files: " + name).isEmpty();
        });
    }

    private LoadedConfig config(int listPort) {
        List<String> settings = new ArrayList<>(List.of(
                "store.url=sqlite:" + folder.resolve("data/sluice.db"),
                "server.host=127.0.0.1",
                "server.port=0",
                "judge.tls-listen=127.0.0.1:0",
                "net.allowed-networks=127.0.0.0/8",
                "fetch.allow-private=true",
                "check.allow-private=true",
                "check.connect-timeout=1s",
                "fetch.sources.marked.kind=text",
                "fetch.sources.marked.urls=http://127.0.0.1:" + listPort + "/list?token=" + TOKEN,
                "fetch.sources.marked.headers.Authorization=Bearer " + HEADER));
        List<String> words = new ArrayList<>();
        Settings.noBuiltInSources(words);
        words.stream().filter(word -> !word.equals("--set")).forEach(settings::add);
        return ConfigLoader.load(Inputs.of(Map.of(
                        "SLUICE_ADMIN_KEY", ADMIN_KEY,
                        "SLUICE_SECURITY_PEPPER", PEPPER,
                        "SLUICE_ENCRYPTION_KEY", ENCRYPTION_KEY))
                .in(folder)
                .withSettings(settings));
    }

    /** A list with passwords, good and broken lines. */
    private static HttpServer lists(CountDownLatch fetched) throws IOException {
        HttpServer lists = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        lists.createContext("/", exchange -> {
            byte[] body = ("http://ann:" + LISTED + "@127.0.0.1:1\nhttp://ann:" + BROKEN + "@127.0.0.1:99999\n")
                    .getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
            fetched.countDown();
        });
        lists.start();
        return lists;
    }

    /** A key with every role that does not see passwords. */
    private String limitedKey() throws Exception {
        Told made = ask(
                "POST",
                "/api/v1/keys",
                ADMIN_KEY,
                "{\"label\":\"limited\",\"roles\":[\"read\",\"feedback\",\"admin\"],\"credentials\":false}");
        return json.readTree(made.body).path("key").asText();
    }

    /** Imports a list with a report of its rejected lines, and waits for its end. */
    private void upload(String key) throws Exception {
        Told order = ask(
                "POST",
                "/api/v1/imports",
                key,
                "http://bob:" + UPLOADED + "@127.0.0.1:2\nsocks5://bob:" + BROKEN + "@127.0.0.1:99999\nnonsense "
                        + BROKEN + "\n");
        String id = json.readTree(order.body).path("id").asText();
        assertThat(id).as(order.text).isNotEmpty();
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        String state;
        do {
            Told now = ask("GET", "/api/v1/jobs/" + id, key, null);
            state = json.readTree(now.body).path("state").asText();
        } while (!state.equals("completed") && System.nanoTime() < deadline);
        assertThat(state).isEqualTo("completed");
    }

    /** The first entry, as the administrator sees it. */
    private JsonNode stored() throws Exception {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        JsonNode entry;
        do {
            Told detail = ask("GET", "/api/v1/proxies/1", ADMIN_KEY, null);
            entry = json.readTree(detail.body);
        } while (!entry.has("password") && System.nanoTime() < deadline);
        return entry;
    }

    private List<Told> everyOperation(@Nullable String key) throws Exception {
        JsonNode document;
        try (InputStream in = SecretsVerticleTest.class.getResourceAsStream("/dev/sluice/api/openapi.yaml")) {
            document = new YAMLMapper().valueToTree(new Yaml().<Object>load(in));
        }
        List<Told> told = new ArrayList<>();
        var paths = document.path("paths").fields();
        while (paths.hasNext()) {
            var path = paths.next();
            String target = path.getKey().replaceAll("\\{[^}]+}", "1");
            var methods = path.getValue().fieldNames();
            while (methods.hasNext()) {
                String method = methods.next().toUpperCase(java.util.Locale.ROOT);
                if (target.endsWith("/events") || method.equals("PARAMETERS")) {
                    continue;
                }
                boolean body = method.equals("POST") || method.equals("PUT") || method.equals("PATCH");
                told.add(ask(method, target, key, body ? "{}" : null));
                told.add(ask(method, target + "?" + LISTED.length() + "=x", key, body ? "no json" : null));
                if (method.equals("GET")) {
                    told.add(ask(method, target + "?credentials=true", key, null));
                }
            }
        }
        return told;
    }

    private Told ask(String method, String target, @Nullable String key, @Nullable String body) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + target))
                .timeout(PATIENCE)
                .header("Content-Type", "application/json")
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (key != null) {
            request.header("X-API-Key", key);
        }
        HttpResponse<InputStream> answer = http.send(request.build(), BodyHandlers.ofInputStream());
        try (InputStream in = answer.body()) {
            String text = new String(in.readNBytes(1 << 20), StandardCharsets.ISO_8859_1);
            return new Told(
                    method + ' ' + target,
                    answer.statusCode() + " " + answer.headers().map() + ' ' + text,
                    text.isEmpty() ? "{}" : text);
        }
    }

    /** Files below the folder that hold a text. */
    private List<Path> holding(String secret) {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> {
                        try {
                            return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).contains(secret);
                        } catch (IOException e) {
                            throw new AssertionError(e);
                        }
                    })
                    .toList();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
