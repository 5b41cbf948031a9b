package dev.sluice.main;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.core.AppenderBase;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import dev.sluice.api.EveryOperation;
import dev.sluice.config.ConfigLoader;
import dev.sluice.config.Inputs;
import dev.sluice.config.LoadedConfig;
import dev.sluice.store.Backups;
import dev.sluice.telemetry.Telemetry;
import io.vertx.core.Vertx;
import java.io.ByteArrayOutputStream;
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
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/**
 * Secrets go into the assembled server, every operation is called with and without rights, with what is right and what is
 * wrong, and no secret comes out: not in an answer, an event, a meter or a line of the log, nor in a file. What is excepted
 * is listed in {@link #exceptions}, with its reason.
 */
abstract class SecretsContract {
    private static final String ADMIN_KEY = "admin-key-marker-9f31c07744aa";
    private static final String PEPPER = "pepper-marker-of-thirty-two-bytes-and-more";
    private static final String LISTED = "listed-password-marker-11";
    private static final String UPLOADED = "uploaded-password-marker-22";
    private static final String BROKEN = "broken-line-password-marker-33";
    private static final String TOKEN = "url-token-marker-44";
    private static final String HEADER = "header-token-marker-55";
    private static final String ORDERED = "ordered-url-token-marker-66";
    private static final String REFUSED = "refused-url-token-marker-77";
    private static final String LICENCE = "geo-licence-key-marker-88";
    private static final String WEB_KEY = "web-service-key-marker-99";
    private static final String JUDGE = "judge-secret-marker-of-thirty-two-bytes";
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
    private record Told(String asked, int status, String text, String body) {
        @Override
        public String toString() {
            return asked + " -> " + text;
        }
    }

    /** Where the database is. */
    abstract String storeUrl(Path data);

    /** Further secrets that are in {@link #storeUrl}, by name. */
    abstract Map<String, String> secretsOfStore();

    /** Everything there is in the database; null where it is a file, which is searched with all others. */
    abstract @Nullable String everythingStored() throws Exception;

    /** Files that hold a secret because they are there to hold it. Everything else is searched. */
    private Map<String, Predicate<Path>> exceptions() {
        Path data = folder.resolve("data");
        // An export that a key with the scope credentials ordered is a list of passwords; for its owner alone, and gone
        // with
        // its job.
        Predicate<Path> exports = file -> file.startsWith(data.resolve("bulk/exports"));
        // The configuration is the operator's, who wrote the key into it; copies of it are kept to go back to.
        Predicate<Path> configuration =
                file -> file.equals(folder.resolve("conf/sluice.yaml")) || file.startsWith(data.resolve("config"));
        return Map.of(
                "listed password", exports,
                "uploaded password", exports,
                "key of a web service", configuration);
    }

    @Test
    void noSecretLeavesTheServer() throws Exception {
        Queue<String> logged = new ConcurrentLinkedQueue<>();
        CountDownLatch fetched = new CountDownLatch(1);
        HttpServer lists = lists(fetched);
        int listPort = lists.getAddress().getPort();
        Vertx vertx = Vertx.vertx();
        Telemetry telemetry = new Telemetry();
        LoadedConfig loaded = config(listPort);
        Logs.configure(loaded.config().log());
        Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        AppenderBase<ILoggingEvent> ear = ear(logged);
        ear.setContext(root.getLoggerContext());
        ear.start();
        root.addAppender(ear);
        ((Logger) LoggerFactory.getLogger("dev.sluice")).setLevel(Level.DEBUG);
        List<Told> told = new ArrayList<>();
        List<Told> toldToAdmin = new ArrayList<>();
        String limited;
        try {
            Server server = Server.start(vertx, telemetry, loaded, () -> loaded, List.of())
                    .await(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            port = server.port();
            assertThat(fetched.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
            limited = limitedKey();
            Listener events = new Listener("/api/v1/events", limited);
            upload(limited);
            fetch(limited, listPort);
            export(ADMIN_KEY, true);
            export(limited, false);
            assertThat(stored().path("password").asText())
                    .as("shown to whom may see it")
                    .isNotEmpty();
            if (isFile()) {
                Backups.make(vertx, loaded.config().store(), folder.resolve("copy.backup"))
                        .await(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            }

            List<EveryOperation.Call> good = EveryOperation.good();
            for (EveryOperation.Call call : good) {
                told.add(ask(call, limited));
                toldToAdmin.add(ask(call, ADMIN_KEY));
            }
            for (EveryOperation.Call call : EveryOperation.bad()) {
                told.add(ask(call, limited));
            }
            assertThat(told)
                    .anyMatch(one -> one.asked.equals("GET /api/v1/config") && one.status == 200)
                    .anyMatch(one -> one.asked.equals("GET /api/v1/encryption") && one.status == 200)
                    .anyMatch(one -> one.asked.startsWith("POST /api/v1/imports/fetch") && one.status == 202)
                    .anyMatch(one -> one.asked.startsWith("POST /api/v1/imports/fetch") && one.status == 400);
            for (String key : new String[] {"", "sluice_nobody_nothing"}) {
                for (EveryOperation.Call call : good) {
                    told.add(ask(call, key.isEmpty() ? null : key));
                }
            }
            told.add(new Told("metrics", 0, telemetry.scrape(), ""));
            server.stop().await(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            told.add(new Told("events", 0, events.heard(), ""));
        } finally {
            root.detachAppender(ear);
            lists.stop(0);
            vertx.close().await(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            telemetry.close();
        }

        Map<String, String> passwords = new LinkedHashMap<>();
        passwords.put("listed password", LISTED);
        passwords.put("uploaded password", UPLOADED);
        Map<String, String> secrets = new LinkedHashMap<>(secretsOfStore());
        secrets.put("admin key", ADMIN_KEY);
        secrets.put("API key", limited);
        secrets.put("pepper", PEPPER);
        secrets.put("password in a broken line", BROKEN);
        secrets.put("token in the address of a source", TOKEN);
        secrets.put("token in a header of a source", HEADER);
        secrets.put("token in the address of an import", ORDERED);
        secrets.put("token in an address that was refused", REFUSED);
        secrets.put("licence key", LICENCE);
        secrets.put("key of a web service", WEB_KEY);
        secrets.put("secret of the judge", JUDGE);
        secrets.put("encryption key", ENCRYPTION_KEY);
        secrets.put("encryption key, raw", new String(RAW_KEY, StandardCharsets.US_ASCII));
        assertThat(told).hasSizeGreaterThan(1_000);
        // The key of the configuration may see passwords, and nothing else of these.
        secrets.forEach((name, secret) -> assertThat(with(secret, toldToAdmin))
                .as("answers to the administrator: " + name)
                .isEmpty());
        secrets.putAll(passwords);
        Map<String, Predicate<Path>> exceptions = exceptions();
        String everything = everythingStored();
        secrets.forEach((name, secret) -> {
            assertThat(with(secret, told)).as("answers: " + name).isEmpty();
            assertThat(logged).as("log: " + name).noneMatch(line -> line.contains(secret));
            if (everything != null) {
                assertThat(everything.contains(secret)).as("database: " + name).isFalse();
            }
            List<Path> holding = holding(secret);
            assertThat(holding).as("files: " + name).allMatch(exceptions.getOrDefault(name, file -> false));
            assertThat(holding).as("for their owner alone: " + name).allMatch(this::isPrivate);
        });
        assertThat(holding(UPLOADED)).as("the export with credentials").isNotEmpty();
    }

    private static List<Told> with(String secret, List<Told> told) {
        return told.stream().filter(one -> one.text.contains(secret)).toList();
    }

    private boolean isFile() {
        return storeUrl(folder).startsWith("sqlite:");
    }

    private boolean isPrivate(Path file) {
        try {
            return file.startsWith(folder.resolve("conf"))
                    || PosixFilePermissions.toString(Files.getPosixFilePermissions(file))
                            .equals("rw-------");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static AppenderBase<ILoggingEvent> ear(Queue<String> logged) {
        return new AppenderBase<>() {
            @Override
            protected void append(ILoggingEvent event) {
                StringBuilder line = new StringBuilder(event.getFormattedMessage())
                        .append(' ')
                        .append(event.getKeyValuePairs());
                for (IThrowableProxy thrown = event.getThrowableProxy(); thrown != null; thrown = thrown.getCause()) {
                    line.append(' ').append(thrown.getMessage());
                }
                logged.add(line.toString());
            }
        };
    }

    private LoadedConfig config(int listPort) throws IOException {
        Path file = folder.resolve("conf/sluice.yaml");
        Files.createDirectories(file.getParent());
        Files.writeString(file, "geo:\n  web-key: " + WEB_KEY + "\n");
        List<String> settings = new ArrayList<>(List.of(
                "server.host=127.0.0.1",
                "server.port=0",
                "judge.tls-listen=127.0.0.1:0",
                "net.allowed-networks=127.0.0.0/8",
                "fetch.allow-private=true",
                "check.allow-private=true",
                "check.connect-timeout=1s",
                "check.public-judges=[]",
                "geo.web-service=http://127.0.0.1:" + listPort + "/where/{address}",
                "fetch.sources.marked.kind=text",
                "fetch.sources.marked.urls=http://127.0.0.1:" + listPort + "/list?token=" + TOKEN,
                "fetch.sources.marked.headers.Authorization=Bearer " + HEADER));
        List<String> words = new ArrayList<>();
        Settings.noBuiltInSources(words);
        words.stream().filter(word -> !word.equals("--set")).forEach(settings::add);
        Map<String, String> environment = new HashMap<>();
        environment.put("SLUICE_STORE_URL", storeUrl(folder.resolve("data")));
        environment.put("SLUICE_QUEUE_DIRECTORY", folder.resolve("data/bulk").toString());
        environment.put("SLUICE_ADMIN_KEY", ADMIN_KEY);
        environment.put("SLUICE_SECURITY_PEPPER", PEPPER);
        environment.put("SLUICE_ENCRYPTION_KEY", ENCRYPTION_KEY);
        environment.put("SLUICE_GEO_LICENSE_KEY", LICENCE);
        environment.put("SLUICE_JUDGE_SECRET", JUDGE);
        return ConfigLoader.load(Inputs.of(environment).in(folder).withSettings(settings));
    }

    /** A list with passwords, good and broken lines; nothing under other paths. */
    private static HttpServer lists(CountDownLatch fetched) throws IOException {
        HttpServer lists = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        lists.createContext("/", exchange -> {
            exchange.sendResponseHeaders(404, -1);
            exchange.close();
        });
        lists.createContext("/list", exchange -> {
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

    /** Imports lists with reports of their rejected lines, and waits for their end. */
    private void upload(String key) throws Exception {
        String lines = "http://bob:" + UPLOADED + "@127.0.0.1:2\nsocks5://bob:" + BROKEN + "@127.0.0.1:99999\nnonsense "
                + BROKEN + "\n";
        ended(ask("POST", "/api/v1/imports", key, lines), key, "completed");
        ended(
                ask(
                        "POST",
                        "/api/v1/imports?name=second.json",
                        key,
                        "[{\"ip\":\"127.0.0.1\",\"port\":3,\"username\":\"bob\",\"password\":\"" + UPLOADED + "\"},"
                                + "{\"ip\":\"127.0.0.1\",\"port\":99999,\"username\":\"bob\",\"password\":\"" + BROKEN
                                + "\"}]"),
                key,
                "completed");
    }

    /** Has lists fetched from addresses with a token: one that is there, one that is not, and one that is refused. */
    private void fetch(String key, int listPort) throws Exception {
        String base = "http://127.0.0.1:" + listPort;
        ended(order(key, base + "/list?key=" + ORDERED), key, "completed");
        ended(order(key, base + "/gone?key=" + ORDERED), key, "failed");
        assertThat(order(key, "http://ann:" + REFUSED + "@127.0.0.1:" + listPort + "/list").status)
                .isGreaterThanOrEqualTo(400);
        assertThat(order(key, base + "/a b?key=" + REFUSED).status).isGreaterThanOrEqualTo(400);
    }

    private Told order(String key, String url) throws Exception {
        return ask("POST", "/api/v1/imports/fetch", key, "{\"url\":\"" + url + "\"}");
    }

    private void export(String key, boolean credentials) throws Exception {
        ended(
                ask(
                        "POST",
                        "/api/v1/exports",
                        key,
                        "{\"format\":\"ndjson\",\"scope\":\"all\",\"credentials\":" + credentials + "}"),
                key,
                "completed");
    }

    private void ended(Told order, String key, String expected) throws Exception {
        String id = json.readTree(order.body).path("id").asText();
        assertThat(id).as(order.text).isNotEmpty();
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        Told now;
        String state;
        do {
            now = ask("GET", "/api/v1/jobs/" + id, key, null);
            state = json.readTree(now.body).path("state").asText();
        } while (!List.of("completed", "failed", "cancelled").contains(state) && System.nanoTime() < deadline);
        assertThat(state).as(now.text).isEqualTo(expected);
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

    private Told ask(EveryOperation.Call call, @Nullable String key) throws Exception {
        Told told = ask(call.method(), call.target(), key, call.body());
        // The judge is there to tell whoever asks what they sent.
        return key == null || !call.target().startsWith("/judge")
                ? told
                : new Told(told.asked, told.status, told.text.replace("X-API-Key: " + key, ""), told.body);
    }

    private HttpRequest.Builder request(String target, @Nullable String key) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + target))
                .timeout(PATIENCE)
                .header("Content-Type", "application/json");
        return key == null ? request : request.header("X-API-Key", key);
    }

    private Told ask(String method, String target, @Nullable String key, @Nullable String body) throws Exception {
        HttpRequest request = request(target, key)
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                .build();
        HttpResponse<InputStream> answer = http.send(request, BodyHandlers.ofInputStream());
        try (InputStream in = answer.body()) {
            String text = new String(in.readNBytes(1 << 20), StandardCharsets.ISO_8859_1);
            return new Told(
                    method + ' ' + target,
                    answer.statusCode(),
                    answer.statusCode() + " " + answer.headers().map() + ' ' + text,
                    text.isEmpty() ? "{}" : text);
        }
    }

    /** Follows a stream of events until it ends. */
    private final class Listener {
        private final ByteArrayOutputStream heard = new ByteArrayOutputStream();
        private final Thread thread;
        private volatile @Nullable IOException end;

        Listener(String target, String key) throws Exception {
            HttpResponse<InputStream> answer =
                    http.send(request(target, key).GET().build(), BodyHandlers.ofInputStream());
            assertThat(answer.statusCode()).isEqualTo(200);
            thread = new Thread(() -> {
                try (InputStream in = answer.body()) {
                    in.transferTo(heard);
                } catch (IOException e) {
                    // The server has closed the connection.
                    end = e;
                }
            });
            thread.start();
        }

        String heard() throws InterruptedException {
            thread.join(PATIENCE.toMillis());
            String text = heard.toString(StandardCharsets.ISO_8859_1) + end;
            assertThat(text).as("events").contains("event:", "data:");
            return text;
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
