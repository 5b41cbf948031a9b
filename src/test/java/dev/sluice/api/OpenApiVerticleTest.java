package dev.sluice.api;

import static dev.sluice.pool.Entries.NOW;
import static dev.sluice.pool.Entries.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.api.OpenApiDocument.Operation;
import dev.sluice.api.OpenApiDocument.Parameter;
import dev.sluice.bus.Bus;
import dev.sluice.config.EncryptionConfig;
import dev.sluice.config.SecurityConfig;
import dev.sluice.export.ExportFormat;
import dev.sluice.judge.JudgeSigner;
import dev.sluice.pool.Filter;
import dev.sluice.pool.PooledProxy;
import dev.sluice.pool.Strategy;
import dev.sluice.port.Census;
import dev.sluice.port.Download;
import dev.sluice.port.Exports;
import dev.sluice.port.Imports;
import dev.sluice.port.JobKind;
import dev.sluice.port.JobRecord;
import dev.sluice.port.JobState;
import dev.sluice.port.JobsFullException;
import dev.sluice.port.KeyRecord.Role;
import dev.sluice.port.NewJob;
import dev.sluice.port.Readiness;
import dev.sluice.port.Reload;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.Secret;
import dev.sluice.proxy.StoredProxy;
import dev.sluice.secret.NewKey;
import dev.sluice.secret.RequestLimits;
import dev.sluice.store.StoreException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Drives every operation of the document: what it gives as an example must work, what its schemas refuse must be refused, and
 * nothing may come back that it does not describe.
 */
final class OpenApiVerticleTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final OpenApiDocument DOCUMENT = OpenApiDocument.packaged();

    /** What people and machines write for values; each is good for some parameters and bad for most. */
    private static final List<String> TEXTS = List.of(
            "x",
            "nonesuch",
            "-1",
            "0",
            "1",
            "2",
            "1.5",
            "1e3",
            "1001",
            "NaN",
            "Infinity",
            "0x10",
            "9999999999999999999999",
            "true",
            "TRUE",
            ",",
            "!",
            "!!",
            " ",
            "a,,b",
            "a,",
            "US,!DE",
            "\u00a7",
            "\u540d",
            "https",
            "socks5,http",
            "elite",
            "EU",
            "active,1",
            "192.0.2.7:1080",
            "192.0.2.7:0",
            "../../etc/passwd",
            "' or 1=1 --",
            "<script>",
            "a".repeat(101),
            "1".repeat(300));

    /** Headers that need no description: those of every answer, of the connection, and of pages. */
    private static final Set<String> USUAL = Set.of(
            "content-type",
            "content-length",
            "transfer-encoding",
            "cache-control",
            "x-content-type-options",
            "x-request-id",
            "content-security-policy",
            "connection");

    private static final String KEY = "X-API-Key: " + Surroundings.KEY;

    /** One for each server, because servers of one Vert.x share free ports. */
    private static final List<Vertx> VERTX = new ArrayList<>();

    private static final Surroundings AROUND_KEYLESS = new Surroundings();

    @TempDir
    private static Path directory;

    private static Surroundings around;
    private static ApiVerticle api;
    private static int keylessPort;

    /** The same as {@link #api}, but for one request a second. */
    private static int limitedPort;

    @BeforeAll
    static void start() throws IOException {
        around = new Surroundings();
        around.judge = new JudgeEndpoint(new JudgeSigner("a key of enough bytes".getBytes(StandardCharsets.US_ASCII)));
        around.keepKey(DOCUMENT.exampleOfKey());
        api = serve(around, Surroundings.withKey());
        limitedPort = serve(
                        around, new SecurityConfig(Secret.of(Surroundings.KEY), null, 1, 0, 10, EncryptionConfig.USUAL))
                .port();
        keylessPort = serve(AROUND_KEYLESS, Surroundings.noKey()).port();
        PooledProxy known = entry(7).scheme(Scheme.SOCKS5)
                .host("192.0.2.7")
                .port(1080)
                .lists("proxyscrape")
                .pooled();
        around.pool.put(known);
        around.pool.put(entry(9).host("192.0.2.9").lists("proxyscrape").pooled());
        // Old enough for the next request to see what was put.
        around.now.addAndGet(10);
        around.states = List.of(Surroundings.source("proxyscrape", NOW, null));
        around.figures = new Census.Figures(
                3,
                2,
                1,
                0,
                Surroundings.count("socks5", 3),
                Surroundings.count("active", 2),
                Surroundings.count("proxyscrape", 3),
                Surroundings.count("proxyscrape", 2),
                1);
        around.feedback.record("my_app", 7, true, NOW);
        StoredProxy stored =
                new StoredProxy(7, known.key(), 0, known.health(), known.location(), known.lists(), NOW - 1_000, false);
        exportsAround();
        jobsAround();
        around.stored = ids -> Future.succeededFuture(ids.contains(7L) ? List.of(stored) : List.of());
    }

    /** The export that is given as an example, with a file. */
    private static void exportsAround() throws IOException {
        Path file = Files.writeString(directory.resolve("export.json"), "{\"proxies\":[],\"left_out\":0}\n");
        String id =
                operation("GET /api/v1/exports/{id}").parameters("path").get(0).exampleText();
        around.exports.complete(id, ExportFormat.JSON, false, file);
    }

    /** The jobs that are given as examples: an import that is over, with a file, and one that waits. */
    private static void jobsAround() throws IOException {
        NewJob job = NewJob.of(JobKind.IMPORT, Imports.TYPE, "{}");
        String over = exampleOf("GET /api/v1/imports/{id}");
        around.jobs.put(RememberedJobs.job(over, job, JobState.COMPLETED));
        around.jobs.lasting.add(over);
        around.jobs.put(RememberedJobs.job(exampleOf("POST /api/v1/imports/{id}/cancel"), job, JobState.PENDING));
        String line = "{\"line\":17,\"verdict\":\"rejected\",\"reason\":\"no-port\",\"sample\":\"192.0.2.7\"}\n";
        Path file = Files.writeString(directory.resolve("rejected.ndjson"), line);
        around.imports.files.put(
                over, new Download(file, "rejected.ndjson", "application/x-ndjson", line.length(), true));
    }

    private static String exampleOf(String operation) {
        return operation(operation).parameters("path").get(0).exampleText();
    }

    private static ApiVerticle serve(Surroundings with, SecurityConfig security) {
        Vertx vertx = Vertx.vertx();
        VERTX.add(vertx);
        return Surroundings.deploy(vertx, with.verticle(Surroundings.server(0, null), security, new Bus(vertx)));
    }

    @AfterAll
    static void stop() {
        VERTX.forEach(vertx -> vertx.close().await());
        around.telemetry.close();
        AROUND_KEYLESS.telemetry.close();
    }

    @BeforeEach
    void calm() {
        around.settings.fail(false);
        around.keyRecords.fail(null);
        around.exports.fail(null);
        around.jobs.failure = null;
        around.jobs.most = Integer.MAX_VALUE;
        around.overrides.failure = null;
        around.readiness = Readiness.State.READY;
        around.reloaded = Future.succeededFuture(new Reload.Result(List.of(), List.of(), List.of()));
    }

    private static Set<String> served() {
        Set<String> routes = new TreeSet<>();
        for (Route route : api.routes()) {
            routes.add(route.method() + ' ' + route.template());
        }
        routes.add("GET /judge");
        routes.add("GET /judge/page/{token}");
        return routes;
    }

    private static List<Operation> operations() {
        Set<String> served = served();
        return DOCUMENT.operations.stream()
                .filter(operation -> served.contains(operation.toString()))
                .toList();
    }

    private static boolean judges(Operation operation) {
        return operation.path.startsWith(JudgeEndpoint.PATH);
    }

    private static Wire.Answer raw(int port, String method, String target, String body, String... headers)
            throws IOException {
        StringBuilder request = new StringBuilder(method + ' ' + target + " HTTP/1.1\r\nConnection: close\r\n");
        boolean host = false;
        for (String header : headers) {
            request.append(header).append("\r\n");
            host |= header.startsWith("Host:");
        }
        if (!host) {
            request.append("Host: localhost\r\n");
        }
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > 0) {
            request.append("Content-Length: ").append(bytes.length).append("\r\n");
        }
        // The wire takes a character for a byte.
        return Wire.untilClosed(port, request + "\r\n" + new String(bytes, StandardCharsets.ISO_8859_1));
    }

    /** Asks the server with {@link #KEY}; whatever comes back must be in the document. */
    private static Wire.Answer ask(Operation operation, String target, String body, String... headers)
            throws IOException {
        Wire.Answer answer = raw(api.port(), operation.method, target, body, and(KEY, headers));
        described(operation, answer);
        return answer;
    }

    private static String[] and(String header, String... headers) {
        return Stream.concat(Stream.of(header), Arrays.stream(headers)).toArray(String[]::new);
    }

    private static Wire.Answer ask(Operation operation, Map<String, String> parameters) throws IOException {
        return ask(operation, operation.target(parameters), operation.exampleBody());
    }

    /** Whatever comes back must be in the document: its status, its form, its headers. */
    private static void described(Operation operation, Wire.Answer answer) throws IOException {
        String what = operation + " -> " + answer.status() + ' ' + answer.body();
        assertThat(operation.statuses()).as(what).contains(Integer.toString(answer.status()));
        JsonNode response = operation.response(answer.status());
        Set<String> names = new TreeSet<>(USUAL);
        OpenApiSchema.names(response.path("headers")).forEach(name -> names.add(name.toLowerCase(Locale.ROOT)));
        assertThat(names).as(what).containsAll(answer.headers().keySet());
        for (String name : OpenApiSchema.names(response.path("headers"))) {
            JsonNode header = DOCUMENT.schemas.resolve(response.get("headers").get(name));
            String value = answer.headers().get(name.toLowerCase(Locale.ROOT));
            if (value != null) {
                assertThat(DOCUMENT.schemas.errors(header.get("schema"), parsed(value)))
                        .as(what + ": " + name)
                        .isEmpty();
            }
        }
        if (answer.status() == 304 || answer.status() == 204) {
            assertThat(answer.body()).as(what).isEmpty();
            return;
        }
        String type = answer.headers().getOrDefault("content-type", "").split(";", -1)[0];
        JsonNode content = response.path("content").path(type);
        assertThat(content.isMissingNode()).as(what + ": " + type).isFalse();
        JsonNode value = type.endsWith("json")
                ? JSON.readTree(answer.body())
                : JSON.getNodeFactory().textNode(answer.body());
        assertThat(DOCUMENT.schemas.errors(content.get("schema"), value))
                .as(what)
                .isEmpty();
        if (answer.status() >= 400) {
            assertThat(type).as(what).isEqualTo(Problem.MEDIA_TYPE);
            assertThat(value.get("status").asInt()).as(what).isEqualTo(answer.status());
            assertThat(value.get("detail").asText()).as(what).doesNotContain("Exception", "dev.sluice", "io.vertx");
        }
        boolean lasting = OpenApiSchema.names(response.path("headers")).contains("Cache-Control");
        if (!lasting) {
            assertThat(answer.headers()).as(what).containsEntry("cache-control", "no-store");
        }
    }

    private static JsonNode problem(Wire.Answer answer, int status, String type) throws IOException {
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        JsonNode problem = JSON.readTree(answer.body());
        assertThat(problem.get("type").asText()).isEqualTo(Problem.TYPE_PREFIX + type);
        return problem;
    }

    private static Operation operation(String name) {
        return DOCUMENT.operation(name);
    }

    /** A text as the schema of a parameter sees it: a number where it is written like one. */
    private static JsonNode parsed(String text) {
        return text.matches("-?(0|[1-9][0-9]*)(\\.[0-9]+)?")
                ? JSON.getNodeFactory().numberNode(new BigDecimal(text))
                : JSON.getNodeFactory().textNode(text);
    }

    private static boolean accepts(Parameter parameter, String text) {
        String type = parameter.schema().get("type").asText();
        JsonNode value = type.equals("string") ? JSON.getNodeFactory().textNode(text) : parsed(text);
        return DOCUMENT.schemas.accepts(parameter.schema(), value);
    }

    private interface Check {
        void run(Operation operation) throws Exception;
    }

    private static Stream<DynamicTest> each(Check check) {
        return operations().stream().map(operation -> dynamicTest(operation.toString(), () -> check.run(operation)));
    }

    // ---- the document itself

    @Test
    void everyRouteIsDescribedAndEveryDescriptionIsARoute() {
        Set<String> described = new TreeSet<>();
        DOCUMENT.operations.forEach(operation -> described.add(operation.toString()));
        Set<String> expected = served();
        assertThat(described).isEqualTo(expected);
    }

    @Test
    void whatIsServedIsWhatIsPackaged() throws Exception {
        Wire.Answer answer = ask(operation("GET /openapi.yaml"), Map.of());
        assertThat(answer.body()).isEqualTo(IndexEndpoints.document().toString(StandardCharsets.UTF_8));
    }

    @Test
    void everyOperationNamesTheRoleItNeeds() {
        for (Route route : api.routes()) {
            Operation operation = operation(route.method() + ' ' + route.template());
            Role role = route.role();
            assertThat(operation.open()).as(operation.toString()).isEqualTo(role == null);
            assertThat(operation.roles())
                    .as(operation.toString())
                    .isEqualTo(role == null ? Set.of() : Set.of(role.text()));
        }
    }

    @TestFactory
    Stream<DynamicTest> whatAnOperationThatNeedsAKeyMayAnswerIsDescribedForThoseAlone() {
        return each(operation -> {
            List<String> ofKeys = List.of("401", "429");
            if (operation.open()) {
                assertThat(operation.statuses()).doesNotContainAnyElementsOf(ofKeys);
                return;
            }
            assertThat(operation.statuses()).containsAll(ofKeys).contains("403", "503");
            for (String status : operation.statuses()) {
                // 414 and 431 are answered by who reads the request, before anybody counts.
                boolean counted = !Set.of("414", "431").contains(status);
                JsonNode response = operation.response(Integer.parseInt(status));
                boolean shed = response.at("/content/application~1problem+json/examples")
                                        .size()
                                == 1
                        && status.equals("503");
                assertThat(OpenApiSchema.names(response.path("headers")).contains("RateLimit"))
                        .as(status)
                        .isEqualTo(counted && !shed);
            }
        });
    }

    @Test
    void theParametersOfReadingAreAllDescribed() {
        for (String path : List.of("/get-proxy", "/list", "/random")) {
            List<String> described = operation("GET " + path).parameters().stream()
                    .map(Parameter::name)
                    .toList();
            assertThat(described).containsExactlyInAnyOrderElementsOf(Wish.PARAMETERS);
            assertThat(described).containsAll(Filter.PARAMETERS);
        }
    }

    @Test
    void theStrategiesAreThoseThereAre() {
        List<String> described = new ArrayList<>();
        DOCUMENT.root.at("/components/schemas/Strategy/enum").forEach(name -> described.add(name.asText()));
        assertThat(described)
                .containsExactlyInAnyOrderElementsOf(
                        Arrays.stream(Strategy.values()).map(Strategy::text).toList());
    }

    @Test
    void everyReferenceLeadsSomewhere() {
        List<JsonNode> references = DOCUMENT.root.findValues("$ref");
        assertThat(references)
                .isNotEmpty()
                .allSatisfy(reference -> assertThat(DOCUMENT.root
                                .at(reference.asText().substring(1))
                                .isMissingNode())
                        .as(reference.asText())
                        .isFalse());
    }

    @Test
    void everyExampleFitsItsSchema() {
        for (Operation operation : DOCUMENT.operations) {
            for (Parameter parameter : operation.parameters()) {
                assertThat(accepts(parameter, parameter.exampleText()))
                        .as(operation + " " + parameter.name())
                        .isTrue();
            }
            for (JsonNode example : operation.bodyExamples()) {
                assertThat(DOCUMENT.schemas.errors(operation.bodySchema(), example))
                        .as(operation.toString())
                        .isEmpty();
            }
            for (String status : operation.statuses()) {
                JsonNode contents = operation.response(Integer.parseInt(status)).path("content");
                for (String type : OpenApiSchema.names(contents)) {
                    for (JsonNode example : OpenApiDocument.examples(contents.get(type))) {
                        assertThat(DOCUMENT.schemas.errors(contents.get(type).get("schema"), example))
                                .as(operation + " " + status)
                                .isEmpty();
                    }
                }
            }
        }
    }

    // ---- what it gives as examples

    @TestFactory
    Stream<DynamicTest> whatTheDocumentGivesAsAnExampleWorks() {
        return each(operation -> {
            Wire.Answer usual = ask(operation, Map.of());
            assertThat(usual.status()).as(usual.body()).isBetween(200, 299);
            for (Parameter parameter : operation.parameters("query")) {
                Wire.Answer answer = ask(operation, Map.of(parameter.name(), parameter.exampleText()));
                assertThat(answer.status())
                        .as(parameter.name() + ": " + answer.body())
                        .isBetween(200, 299);
            }
            for (JsonNode body : operation.bodyExamples()) {
                assertThat(ask(operation, operation.target(Map.of()), body.toString())
                                .status())
                        .isBetween(200, 299);
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> eachFormThatIsDescribedIsServedWhenItIsAskedFor() {
        return each(operation -> {
            if (operation.path.endsWith("/content")) {
                // A file has the form that was ordered.
                return;
            }
            for (String type :
                    OpenApiSchema.names(operation.response(success(operation)).path("content"))) {
                Wire.Answer answer =
                        ask(operation, operation.target(Map.of()), operation.exampleBody(), "Accept: " + type);
                assertThat(answer.headers().get("content-type")).as(type).startsWith(type);
            }
            Wire.Answer other = ask(
                    operation, operation.target(Map.of()), operation.exampleBody(), "Accept: image/png, audio/*;q=0.5");
            assertThat(other.status()).isBetween(200, 299);
        });
    }

    private static int success(Operation operation) {
        return operation.statuses().stream().mapToInt(Integer::parseInt).min().orElseThrow();
    }

    @TestFactory
    Stream<DynamicTest> headIsGetWithoutABody() {
        return each(operation -> {
            if (!operation.method.equals("GET")) {
                return;
            }
            Wire.Answer get = ask(operation, Map.of());
            Wire.Answer head = raw(api.port(), "HEAD", operation.target(Map.of()), "", KEY);
            assertThat(head.status()).isEqualTo(get.status());
            assertThat(head.body()).isEmpty();
            assertThat(fixed(operation, head)).isEqualTo(fixed(operation, get));
        });
    }

    /** Headers that two answers have in common; what is drawn anew each time has a length of its own. */
    private static Map<String, String> fixed(Operation operation, Wire.Answer answer) {
        Map<String, String> headers = new TreeMap<>(answer.headers());
        headers.remove("date");
        headers.remove("x-request-id");
        if (Set.of("/get-proxy", "/random", "/metrics", "/judge").contains(operation.path)) {
            headers.replace("content-length", "some");
        }
        return headers;
    }

    // ---- parameters

    @TestFactory
    Stream<DynamicTest> aValueIsRefusedExactlyWhereItsSchemaRefusesIt() {
        return each(operation -> {
            for (Parameter parameter : operation.parameters()) {
                if (parameter.in().equals("header") || operation.path.startsWith("/judge/page/")) {
                    continue;
                }
                for (String text : TEXTS) {
                    Wire.Answer answer = ask(operation, Map.of(parameter.name(), text));
                    String what = parameter.name() + '=' + text + ": " + answer.body();
                    if (accepts(parameter, text)) {
                        assertThat(answer.status()).as(what).isNotEqualTo(400);
                    } else {
                        assertThat(answer.status()).as(what).isEqualTo(400);
                        assertThat(JSON.readTree(answer.body())
                                        .path("parameter")
                                        .asText())
                                .as(what)
                                .isEqualTo(parameter.name());
                    }
                }
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> aParameterIsGivenOnceAndNotEmpty() {
        return each(operation -> {
            for (Parameter parameter : operation.parameters("query")) {
                String pair = OpenApiDocument.encoded(parameter.name()) + '=';
                String value = OpenApiDocument.encoded(parameter.exampleText());
                for (String query : List.of(
                        pair,
                        OpenApiDocument.encoded(parameter.name()),
                        pair + value + '&' + pair + value,
                        pair + "%FF",
                        pair + "%0",
                        pair + "%00")) {
                    if (judges(operation) && query.contains("&")) {
                        continue;
                    }
                    Wire.Answer answer = ask(operation, operation.path + '?' + query, operation.exampleBody());
                    assertThat(answer.status()).as(query + ": " + answer.body()).isEqualTo(400);
                }
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> anUnknownParameterIsRefusedWithTheKnownOnes() {
        return each(operation -> {
            if (judges(operation)) {
                return;
            }
            Wire.Answer answer = ask(operation, Map.of("nonesuch", "1"));
            JsonNode problem = problem(answer, 400, "unknown-parameter");
            Set<String> known = new TreeSet<>();
            problem.get("known").forEach(name -> known.add(name.asText()));
            Set<String> described = new TreeSet<>();
            operation.parameters("query").forEach(parameter -> described.add(parameter.name()));
            assertThat(known).isEqualTo(described);
        });
    }

    @Test
    void aTokenOfAPageIsBounded() throws Exception {
        Operation page = operation("GET /judge/page/{token}");
        problem(ask(page, Map.of("token", "a".repeat(129))), 400, "invalid-parameter");
        problem(ask(page, "/judge/page/", ""), 400, "invalid-parameter");
        problem(ask(page, "/judge/page/a/b", ""), 400, "invalid-parameter");
    }

    // ---- methods, sizes, strangers

    @TestFactory
    Stream<DynamicTest> anotherMethodIsRefusedWithThoseThereAre() {
        return each(operation -> {
            Set<String> methods = new TreeSet<>(List.of("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"));
            Set<String> allowed = DOCUMENT.methods(operation.path);
            methods.removeAll(allowed);
            for (String method : methods) {
                Wire.Answer answer = raw(api.port(), method, operation.target(Map.of()), "", KEY);
                problem(answer, 405, "method-not-allowed");
                assertThat(new TreeSet<>(List.of(
                                answer.headers().getOrDefault("allow", "").split(", ", -1))))
                        .isEqualTo(allowed);
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> aRequestOfTooManyBytesIsRefused() {
        return each(operation -> {
            String target = operation.target(Map.of());
            problem(ask(operation, target + "?" + "x".repeat(5_000), ""), 414, "uri-too-long");
            problem(ask(operation, target, "", "X-Long: " + "x".repeat(9_000)), 431, "headers-too-large");
        });
    }

    @TestFactory
    Stream<DynamicTest> withoutKeysOnlyLoopbackIsServed() {
        return each(operation -> {
            String target = operation.target(Map.of());
            for (String foreign : List.of("Host: example.com", "Origin: http://example.com")) {
                Wire.Answer answer = raw(keylessPort, operation.method, target, "", foreign);
                described(operation, answer);
                problem(answer, 403, foreign.startsWith("Host") ? "foreign-host" : "foreign-origin");
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> eachSchemeOfTheDocumentOpensTheDoorAndNoneLeavesItShut() {
        return each(operation -> {
            String target = operation.target(Map.of());
            String body = operation.exampleBody();
            int port = api.port();
            Wire.Answer stranger = raw(port, operation.method, target, body);
            described(operation, stranger);
            assertThat(stranger.status() == 401).as(stranger.body()).isEqualTo(!operation.open());
            if (operation.open()) {
                return;
            }
            assertThat(stranger.headers()).containsKey("www-authenticate");
            Wire.Answer guessed = raw(port, operation.method, target, body, "X-API-Key: nonesuch");
            described(operation, guessed);
            assertThat(guessed.status()).isIn(401, 429);
            char separator = target.contains("?") ? '&' : '?';
            for (Wire.Answer answer : List.of(
                    raw(port, operation.method, target, body, KEY),
                    raw(port, operation.method, target, body, "Authorization: Bearer " + Surroundings.KEY),
                    raw(port, operation.method, target + separator + "api_key=" + Surroundings.KEY, body))) {
                described(operation, answer);
                assertThat(answer.status()).as(answer.body()).isBetween(200, 299);
            }
            Wire.Answer two = ask(operation, target, body, "Authorization: Bearer another");
            problem(two, 400, "malformed-request");
        });
    }

    @TestFactory
    Stream<DynamicTest> aKeyOpensWhatItsRoleIsNamedAt() {
        return each(operation -> {
            for (Role role : Role.values()) {
                String key = key(false, role);
                Wire.Answer answer = raw(
                        api.port(),
                        operation.method,
                        operation.target(Map.of()),
                        operation.exampleBody(),
                        "X-API-Key: " + key);
                described(operation, answer);
                if (operation.open() || role == Role.ADMIN || operation.roles().contains(role.text())) {
                    assertThat(answer.status()).as(role.text()).isBetween(200, 299);
                } else {
                    JsonNode problem = problem(answer, 403, "role-missing");
                    assertThat(problem.get("needed").asText()).isIn(operation.roles());
                }
            }
        });
    }

    private static String key(boolean credentials, Role role) {
        return around.keys
                .create(new NewKey("test", EnumSet.of(role), credentials, 0, 0))
                .await()
                .text()
                .reveal();
    }

    @TestFactory
    Stream<DynamicTest> aLimitIsToldWithEveryAnswerAndThenRefuses() {
        return each(operation -> {
            // The quota of the tests before is whole again.
            around.nanos.addAndGet(1_000_000_000);
            String target = operation.target(Map.of());
            Wire.Answer first = raw(limitedPort, operation.method, target, operation.exampleBody(), KEY);
            Wire.Answer second = raw(limitedPort, operation.method, target, operation.exampleBody(), KEY);
            described(operation, first);
            described(operation, second);
            if (operation.open()) {
                for (Wire.Answer answer : List.of(first, second)) {
                    assertThat(answer.status()).isEqualTo(200);
                    assertThat(answer.headers()).doesNotContainKeys("ratelimit", "ratelimit-policy");
                }
                return;
            }
            assertThat(first.status()).isBetween(200, 299);
            JsonNode problem = problem(second, 429, "too-many-requests");
            assertThat(problem.get("retry_after_s").asInt()).isEqualTo(1);
            assertThat(second.headers()).containsEntry("retry-after", "1");
            for (Wire.Answer answer : List.of(first, second)) {
                assertThat(answer.headers())
                        .containsEntry("ratelimit", "\"default\";r=0;t=1")
                        .containsEntry("ratelimit-policy", "\"default\";q=1;w=1");
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> whatIsRefusedForItsParametersIsCountedAndToldToo() {
        return each(operation -> {
            if (operation.open()) {
                return;
            }
            around.nanos.addAndGet(1_000_000_000);
            String target = operation.target(Map.of("nonesuch", "1"));
            Wire.Answer answer = raw(limitedPort, operation.method, target, operation.exampleBody(), KEY);
            described(operation, answer);
            problem(answer, 400, "unknown-parameter");
            assertThat(answer.headers()).containsEntry("ratelimit", "\"default\";r=0;t=1");
        });
    }

    /** The dispatcher alone, as it is when its event loop is late time and again. */
    @TestFactory
    Stream<DynamicTest> anOverloadedServerRefusesWhatNeedsAKey() {
        Vertx vertx = VERTX.get(0);
        Guard guard = new Guard(
                Surroundings::withKey,
                Surroundings.server(0, null),
                around.keys,
                new RequestLimits(Surroundings.withKey(), around.nanos::get),
                around.telemetry.registry(),
                around.now::get);
        Dispatcher late =
                new Dispatcher(vertx, guard, new Routes(api.routes()), around.judge, () -> true, around.telemetry);
        HttpServer server = vertx.createHttpServer().requestHandler(late);
        int port = server.listen(0, "127.0.0.1").await().actualPort();
        return each(operation -> {
                    Wire.Answer answer =
                            raw(port, operation.method, operation.target(Map.of()), operation.exampleBody(), KEY);
                    described(operation, answer);
                    if (operation.open()) {
                        assertThat(answer.status()).isEqualTo(200);
                    } else {
                        problem(answer, 503, "overloaded");
                        assertThat(answer.headers()).containsEntry("retry-after", "1");
                    }
                })
                .onClose(() -> server.close().await());
    }

    // ---- bodies

    @TestFactory
    Stream<DynamicTest> aBodyIsRefusedExactlyWhereItsSchemaRefusesIt() {
        return each(operation -> {
            if (!operation.hasBody()) {
                return;
            }
            for (JsonNode body : OpenApiBodies.of(DOCUMENT, operation)) {
                String text = body.toString();
                if (text.length() > 4_096) {
                    continue;
                }
                Wire.Answer answer = ask(operation, operation.target(Map.of()), text);
                String what = text + ": " + answer.body();
                if (DOCUMENT.schemas.accepts(operation.bodySchema(), body)) {
                    assertThat(answer.status()).as(what).isBetween(200, 299);
                } else {
                    problem(answer, 400, "invalid-body");
                }
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> whatIsNoJsonIsRefused() {
        return each(operation -> {
            if (!operation.hasBody()) {
                return;
            }
            String good = operation.exampleBody();
            for (String body : List.of(
                    "", "{", "nonsense", good + good, good.substring(1), "\u0000", "[".repeat(3_000), "{\"a\":NaN}")) {
                problem(ask(operation, operation.target(Map.of()), body), 400, "invalid-body");
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> aBodyIsReadAsJsonWhateverItsTypeSays() {
        return each(operation -> {
            for (String type : List.of("text/plain", "application/x-www-form-urlencoded", "nonsense")) {
                Wire.Answer answer =
                        ask(operation, operation.target(Map.of()), operation.exampleBody(), "Content-Type: " + type);
                assertThat(answer.status()).as(type).isBetween(200, 299);
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> aBodyThatIsTooLargeOrTooSlowIsRefused() {
        return each(operation -> {
            if (operation.hasBody()) {
                String target = operation.target(Map.of());
                problem(ask(operation, target, " ".repeat(4_097)), 413, "body-too-large");
                problem(ask(operation, target, "", "Content-Length: 10"), 408, "body-too-slow");
            } else {
                // Nobody reads it, so it may be anything.
                assertThat(ask(operation, operation.target(Map.of()), "x".repeat(10))
                                .status())
                        .isBetween(200, 299);
            }
        });
    }

    // ---- answers that take circumstances

    @Test
    void theDocumentMayBeKeptAndAskedAbout() throws Exception {
        Operation openapi = operation("GET /openapi.yaml");
        Wire.Answer first = ask(openapi, Map.of());
        String tag = first.headers().getOrDefault("etag", "");
        assertThat(first.headers()).containsEntry("cache-control", "private, max-age=3600");
        for (String known : List.of(tag, "W/" + tag, "\"other\", " + tag, "*")) {
            Wire.Answer again = ask(openapi, "/openapi.yaml", "", "If-None-Match: " + known);
            assertThat(again.status()).as(known).isEqualTo(304);
            assertThat(again.headers())
                    .containsEntry("etag", tag)
                    .containsEntry("cache-control", "private, max-age=3600")
                    .doesNotContainKey("content-type");
            Wire.Answer head = raw(api.port(), "HEAD", "/openapi.yaml", "", KEY, "If-None-Match: " + known);
            assertThat(head.status()).isEqualTo(304);
        }
        for (String other : List.of("\"other\"", tag.substring(1), "nonsense")) {
            Wire.Answer again = ask(openapi, "/openapi.yaml", "", "If-None-Match: " + other);
            assertThat(again.status()).as(other).isEqualTo(200);
        }
    }

    @Test
    void whatDependsOnTheStateIsDescribed() throws Exception {
        Operation ready = operation("GET /ready");
        around.readiness = Readiness.State.DEGRADED;
        assertThat(ask(ready, Map.of()).body()).contains("degraded");
        around.readiness = Readiness.State.STOPPING;
        assertThat(ask(ready, Map.of()).headers()).containsKey("retry-after");

        around.reloaded =
                Future.succeededFuture(new Reload.Result(List.of(), List.of(), List.of("server.port: 70000")));
        problem(ask(operation("POST /reload"), Map.of()), 422, "configuration-refused");
        around.reloaded = Future.failedFuture("no such file");
        problem(ask(operation("POST /reload"), Map.of()), 500, "internal");

        problem(ask(operation("GET /get-proxy"), Map.of("country", "ZZ")), 404, "no-proxy");
        problem(ask(operation("GET /api/v1/exports/clash"), Map.of("country", "ZZ")), 404, "no-proxy");
        problem(ask(operation("POST /api/v1/sources/fetch"), Map.of("name", "zz")), 404, "no-source");
        problem(ask(operation("GET /api/v1/proxies/{id}"), Map.of("id", "8")), 404, "no-such-proxy");

        around.keyRecords.fail(new StoreException(StoreException.Kind.UNAVAILABLE, "gone"));
        for (String name : List.of("POST /api/v1/keys", "DELETE /api/v1/keys/{id}")) {
            Wire.Answer refused = ask(operation(name), Map.of());
            problem(refused, 503, "store-unavailable");
            assertThat(refused.headers()).containsEntry("retry-after", "1");
        }

        around.settings.fail(true);
        for (String method : List.of("PUT", "DELETE")) {
            Wire.Answer unkept = ask(operation(method + " /api/v1/strategy"), Map.of());
            assertThat(unkept.status()).isEqualTo(202);
            assertThat(JSON.readTree(unkept.body()).get("kept").asBoolean()).isFalse();
        }
    }

    @Test
    void aKeyIsMadeListedAndRevokedAgainAndAgain() throws Exception {
        Wire.Answer made = ask(operation("POST /api/v1/keys"), Map.of());
        assertThat(made.status()).isEqualTo(201);
        String id = JSON.readTree(made.body()).get("id").asText();
        Operation revoke = operation("DELETE /api/v1/keys/{id}");
        assertThat(ask(revoke, Map.of("id", id)).status()).isEqualTo(204);
        assertThat(ask(revoke, Map.of("id", id)).status()).as("again").isEqualTo(204);
        problem(ask(revoke, Map.of("id", "nobody")), 404, "no-key");
        JsonNode listed =
                JSON.readTree(ask(operation("GET /api/v1/keys"), Map.of()).body());
        assertThat(listed.get("keys"))
                .filteredOn(key -> key.get("id").asText().equals(id))
                .singleElement()
                .satisfies(key -> assertThat(key.get("state").asText()).isEqualTo("revoked"));
    }

    @Test
    void whatNoSchemaSaysOfANewKeyIsRefusedToo() throws Exception {
        Operation create = operation("POST /api/v1/keys");
        for (String body : List.of(
                "{\"label\":\"x\",\"roles\":[\"read\"],\"ttl\":\"1d\",\"expires_at\":\"2100-01-01T00:00:00Z\"}",
                "{\"label\":\"x\",\"roles\":[\"read\"],\"expires_at\":\"2001-01-01T00:00:00Z\"}",
                "{\"label\":\"x\",\"roles\":[\"read\"],\"ttl\":\"36501d\"}")) {
            assertThat(DOCUMENT.schemas.accepts(create.bodySchema(), JSON.readTree(body)))
                    .as(body)
                    .isTrue();
            problem(ask(create, "/api/v1/keys", body), 400, "invalid-body");
        }
        for (String body : List.of(
                "{\"label\":\"x\",\"roles\":[\"read\"],\"ttl\":\"12H30m\"}",
                "{\"label\":\"x\",\"roles\":[\"read\"],\"ttl\":\"P1DT6H\"}",
                "{\"label\":\"x\",\"roles\":[\"read\"],\"expires_at\":\"2030-01-01T00:00:00Z\"}")) {
            assertThat(DOCUMENT.schemas.accepts(create.bodySchema(), JSON.readTree(body)))
                    .as(body)
                    .isTrue();
            assertThat(ask(create, "/api/v1/keys", body).status()).as(body).isEqualTo(201);
        }
    }

    @Test
    void whatBecomesOfAnExportIsDescribed() throws Exception {
        Operation state = operation("GET /api/v1/exports/{id}");
        Operation content = operation("GET /api/v1/exports/{id}/content");
        Map<String, String> nobody = Map.of("id", "019b76da-a800-7000-8000-0000000000ff");
        problem(ask(state, nobody), 404, "no-export");
        problem(ask(content, nobody), 404, "no-export");

        Exports.Order order = new Exports.Order(ExportFormat.CSV, Exports.Scope.ALIVE, Map.of(), true, null);
        for (JobState each : JobState.values()) {
            String id = "019b76da-a800-7000-8000-0000000000a" + each.ordinal();
            around.exports.put(id, order, each, each == JobState.FAILED ? "the disk is full" : null);
            JsonNode form = JSON.readTree(ask(state, Map.of("id", id)).body());
            assertThat(form.get("state").asText()).isEqualTo(each.text());
            assertThat(form.get("content").isNull()).isEqualTo(each != JobState.COMPLETED);
            assertThat(form.get("error").asText("")).isEqualTo(each == JobState.FAILED ? "the disk is full" : "");
            Wire.Answer answer = ask(content, Map.of("id", id));
            if (each == JobState.COMPLETED) {
                problem(answer, 404, "no-file");
            } else {
                problem(answer, 409, "export-not-ready");
            }
            Wire.Answer hidden = raw(
                    api.port(), "GET", content.target(Map.of("id", id)), "", "X-API-Key: " + key(false, Role.ADMIN));
            described(content, hidden);
            problem(hidden, 403, "credentials-hidden");
        }
    }

    @Test
    void aPartOfAFileIsGiven() throws Exception {
        Operation content = operation("GET /api/v1/exports/{id}/content");
        // A part of what is JSON need not be any, so it is looked at here.
        Wire.Answer part = raw(api.port(), "GET", content.target(Map.of()), "", KEY, "Range: bytes=-3");
        assertThat(part.status()).isEqualTo(206);
        assertThat(content.response(206).path("headers").has("Content-Range")).isTrue();
        assertThat(part.body()).isEqualTo("0}\n");
        assertThat(part.headers()).containsEntry("content-range", "bytes 25-27/28");
        problem(ask(content, content.target(Map.of()), "", "Range: bytes=28-"), 416, "no-such-range");
        for (String whole : List.of("bytes=0-0,2-3", "lines=1-2", "bytes=5-4", "bytes=-")) {
            Wire.Answer answer = ask(content, content.target(Map.of()), "", "Range: " + whole);
            assertThat(answer.status()).as(whole).isEqualTo(200);
        }
        Wire.Answer unsure = ask(content, content.target(Map.of()), "", "Range: bytes=0-1", "If-Range: \"another\"");
        assertThat(unsure.status()).isEqualTo(200);
    }

    @Test
    void whereExportsCannotBeOrderedIsDescribed() throws Exception {
        around.exports.fail(new JobsFullException("export: 3 jobs wait (expected: fewer than 3)"));
        Wire.Answer full = ask(operation("POST /api/v1/exports"), Map.of());
        problem(full, 503, "jobs-full");
        assertThat(full.headers()).containsEntry("retry-after", "10");
        around.exports.fail(new StoreException(StoreException.Kind.UNAVAILABLE, "gone"));
        for (String name : List.of(
                "GET /api/v1/exports",
                "POST /api/v1/exports",
                "GET /api/v1/exports/{id}",
                "GET /api/v1/exports/{id}/content")) {
            problem(ask(operation(name), Map.of()), 503, "store-unavailable");
        }
    }

    @Test
    void whatBecomesOfAJobIsDescribed() throws Exception {
        NewJob work = NewJob.of(JobKind.IMPORT, Imports.TYPE, "{}");
        for (String path : List.of("/api/v1/jobs/{id}", "/api/v1/imports/{id}")) {
            for (JobState state : JobState.values()) {
                String id = "019b76da-a800-7000-8000-0000000000c" + state.ordinal();
                String last = path.contains("jobs") ? "/retry" : "/resume";
                JobRecord job = RememberedJobs.with(
                        RememberedJobs.job(id, work, state),
                        state,
                        state == JobState.PROCESSING,
                        "{\"lines\":7}",
                        state == JobState.COMPLETED ? "{\"lines\":9}" : null,
                        List.of(new JobRecord.Failure(NOW, 1, "node/import-1", "disk full")));
                around.jobs.put(job);
                JsonNode shown = JSON.readTree(
                        ask(operation("GET " + path), Map.of("id", id)).body());
                assertThat(shown.get("state").asText()).isEqualTo(state.text());
                Wire.Answer cancelled = ask(operation("POST " + path + "/cancel"), Map.of("id", id));
                boolean over = state == JobState.COMPLETED || state == JobState.FAILED;
                assertThat(cancelled.status())
                        .as(state.text())
                        .isEqualTo(over ? 409 : state == JobState.PROCESSING ? 202 : 200);
                around.jobs.put(job);
                Wire.Answer retried = ask(operation("POST " + path + last), Map.of("id", id));
                assertThat(retried.status()).as(state.text()).isEqualTo(state == JobState.COMPLETED ? 409 : 202);
                around.jobs.put(job);
                Wire.Answer dropped = ask(operation("DELETE /api/v1/jobs/{id}"), Map.of("id", id));
                assertThat(dropped.status()).as(state.text()).isEqualTo(state.live() ? 409 : 204);
            }
        }
    }

    @Test
    void anEventIsDescribed() throws Exception {
        for (String path : List.of("/api/v1/jobs/{id}/events", "/api/v1/imports/{id}/events")) {
            String body = ask(operation("GET " + path), Map.of()).body();
            JsonNode event = JSON.readTree(body.substring(body.indexOf("data: ") + 6));
            assertThat(DOCUMENT.schemas.errors(DOCUMENT.root.at("/components/schemas/JobEvent"), event))
                    .isEmpty();
            assertThat(event.get("state").asText()).isEqualTo("completed");
        }
    }

    @Test
    void theHeadOfAStreamThatGoesOnEnds() throws Exception {
        Operation events = operation("GET /api/v1/jobs/{id}/events");
        String waiting = exampleOf("POST /api/v1/jobs/{id}/retry");
        ask(operation("POST /api/v1/jobs/{id}/retry"), Map.of("id", waiting));
        Wire.Answer head = raw(api.port(), "HEAD", events.target(Map.of("id", waiting)), "", KEY);
        assertThat(head.status()).isEqualTo(200);
        assertThat(head.headers()).containsEntry("content-type", JobEvents.TYPE);
        assertThat(head.body()).isEmpty();
    }

    @Test
    void jobsThatAreNotThereAreNamed() throws Exception {
        List<Operation> ofOne = operations().stream()
                .filter(operation -> operation.path.matches("/api/v1/(jobs|imports)/\\{id}.*"))
                .toList();
        assertThat(ofOne).hasSize(10);
        for (Operation operation : ofOne) {
            problem(ask(operation, Map.of("id", "019b76da-a800-7000-8000-0000000000ff")), 404, "no-job");
        }
        String waiting = exampleOf("POST /api/v1/imports/{id}/cancel");
        problem(ask(operation("GET /api/v1/imports/{id}/rejected"), Map.of("id", waiting)), 404, "no-file");
    }

    @Test
    void whereJobsCannotBeKeptIsDescribed() throws Exception {
        around.jobs.most = 0;
        for (String name : List.of("POST /api/v1/jobs", "POST /api/v1/imports", "POST /api/v1/imports/fetch")) {
            Wire.Answer full = ask(operation(name), Map.of());
            problem(full, 503, "jobs-full");
            assertThat(full.headers()).containsEntry("retry-after", "10");
        }
        around.jobs.failure = new StoreException(StoreException.Kind.UNAVAILABLE, "gone");
        for (Operation operation : operations()) {
            if (operation.path.startsWith("/api/v1/jobs") || operation.path.startsWith("/api/v1/imports")) {
                Wire.Answer silent = ask(operation, Map.of());
                problem(silent, 503, "store-unavailable");
                assertThat(silent.headers()).containsEntry("retry-after", "1");
            }
        }
    }

    @Test
    void aListIsTakenUpToTheLimitOfLists() throws Exception {
        Operation upload = operation("POST /api/v1/imports");
        String line = "192.0.2.7:1080\n";
        assertThat(ask(upload, "/api/v1/imports", line.repeat(5_000)).status()).isEqualTo(202);
        int lines = (int) (ReceivedImports.LIMIT / line.length()) + 1;
        problem(ask(upload, "/api/v1/imports", line.repeat(lines)), 413, "body-too-large");
        problem(
                ask(operation("POST /api/v1/imports/fetch"), "/api/v1/imports/fetch", "{\"url\":\"http://10.0.0.1/\"}"),
                422,
                "address-refused");
    }

    @Test
    void theSameIsNotDoneTwice() throws Exception {
        String list = "/api/v1/imports?key=once";
        assertThat(ask(operation("POST /api/v1/imports"), list, "x").status()).isEqualTo(202);
        assertThat(ask(operation("POST /api/v1/imports"), list, "x").status()).isEqualTo(200);
        Operation submit = operation("POST /api/v1/jobs");
        String body = "{\"type\":\"recheck\",\"key\":\"twice\"}";
        assertThat(ask(submit, "/api/v1/jobs", body).status()).isEqualTo(202);
        assertThat(ask(submit, "/api/v1/jobs", body).status()).isEqualTo(200);
    }

    @Test
    void whatRunsIsNotStartedBesideItself() throws Exception {
        Operation run = operation("POST /api/v1/schedule/{name}/run");
        problem(ask(run, Map.of("name", "archive")), 409, "already-running");
        problem(ask(run, Map.of("name", "tea")), 404, "no-schedule");
        Wire.Answer running = ask(operation("GET /api/v1/schedule/{name}"), Map.of("name", "archive"));
        assertThat(JSON.readTree(running.body()).at("/current/outcome").asText())
                .isEqualTo("running");
    }

    @Test
    void whatNoSchemaSaysOfAnOrderIsRefusedToo() throws Exception {
        Operation order = operation("PUT /api/v1/proxies/{id}/override");
        String target = order.target(Map.of());
        for (String body : List.of(
                "{\"ttl\":\"1d\"}",
                "{\"tier\":null,\"expires_at\":\"2100-01-01T00:00:00Z\"}",
                "{\"priority\":9,\"ttl\":\"1d\",\"expires_at\":\"2100-01-01T00:00:00Z\"}",
                "{\"priority\":9,\"expires_at\":\"2001-01-01T00:00:00Z\"}",
                "{\"priority\":9,\"ttl\":\"36501d\"}")) {
            assertThat(DOCUMENT.schemas.accepts(order.bodySchema(), JSON.readTree(body)))
                    .as(body)
                    .isTrue();
            problem(ask(order, target, body), 400, "invalid-body");
        }
        problem(ask(order, Map.of("id", "8")), 404, "no-such-proxy");
        Operation back = operation("DELETE /api/v1/proxies/{id}/override");
        problem(ask(back, Map.of("id", "8")), 404, "no-such-proxy");
        around.overrides.failure = new StoreException(StoreException.Kind.UNAVAILABLE, "gone");
        problem(ask(order, Map.of()), 503, "store-unavailable");
        problem(ask(back, Map.of()), 503, "store-unavailable");
    }

    @Test
    void passwordsAreExportedForWhoSeesThem() throws Exception {
        Operation order = operation("POST /api/v1/exports");
        Operation stream = operation("GET /api/v1/exports/text");
        for (boolean seeing : List.of(true, false)) {
            String key = "X-API-Key: " + key(seeing, Role.ADMIN);
            Wire.Answer ordered =
                    raw(api.port(), "POST", "/api/v1/exports", "{\"format\":\"text\",\"credentials\":true}", key);
            described(order, ordered);
            Wire.Answer streamed = raw(api.port(), "GET", "/api/v1/exports/text?credentials=1", "", key);
            described(stream, streamed);
            if (seeing) {
                assertThat(ordered.status()).isEqualTo(202);
                assertThat(streamed.status()).isEqualTo(200);
            } else {
                problem(ordered, 403, "credentials-hidden");
                problem(streamed, 403, "credentials-hidden");
            }
        }
    }

    @Test
    void theFormatsOfExportsAreThoseThereAre() throws Exception {
        List<String> described = new ArrayList<>();
        DOCUMENT.root.at("/components/schemas/ExportFormat/enum").forEach(name -> described.add(name.asText()));
        assertThat(described).isEqualTo(ExportFormat.names());
        for (String format : described) {
            List<String> parameters = operation("GET /api/v1/exports/" + format).parameters().stream()
                    .map(Parameter::name)
                    .toList();
            assertThat(parameters).containsExactlyInAnyOrderElementsOf(LiveExports.PARAMETERS);
        }
        Wire.Answer other = ask(operation("GET /api/v1/exports/{id}"), Map.of("id", "yaml"));
        JsonNode problem = problem(other, 400, "invalid-parameter");
        assertThat(problem.get("detail").asText()).contains(String.join(", ", described));
        List<String> filters = new ArrayList<>(
                OpenApiSchema.names(DOCUMENT.root.at("/components/schemas/NewExport/properties/filters/properties")));
        assertThat(filters).containsExactlyInAnyOrderElementsOf(Filter.PARAMETERS);
    }

    @Test
    void passwordsAreGivenByWhoSeesThem() throws Exception {
        Operation create = operation("POST /api/v1/keys");
        String body = "{\"label\":\"x\",\"roles\":[\"read\"],\"credentials\":true}";
        for (boolean seeing : List.of(true, false)) {
            Wire.Answer answer = raw(api.port(), "POST", "/api/v1/keys", body, "X-API-Key: " + key(seeing, Role.ADMIN));
            described(create, answer);
            if (seeing) {
                assertThat(answer.status()).isEqualTo(201);
            } else {
                problem(answer, 403, "credentials-missing");
            }
        }
    }

    @Test
    void whoGuessesKeysIsToldToWait() throws Exception {
        Surroundings guessed = new Surroundings();
        int port = serve(guessed, new SecurityConfig(Secret.of("root"), null, 0, 5, 1, EncryptionConfig.USUAL))
                .port();
        Operation list = operation("GET /list");
        for (String type : List.of("unauthorized", "too-many-wrong-keys")) {
            Wire.Answer answer = raw(port, "GET", "/list", "", "X-API-Key: guess");
            described(list, answer);
            problem(answer, type.equals("unauthorized") ? 401 : 429, type);
            assertThat(answer.headers()).containsEntry("ratelimit-policy", "\"default\";q=5;w=1");
        }
        guessed.telemetry.close();
    }

    @TestFactory
    Stream<DynamicTest> whereNothingIsAliveTheLastThatWereAreServedAsStale() {
        Surroundings idle = new Surroundings();
        int port = serve(idle, Surroundings.withKey()).port();
        idle.lastGood.put(entry(1).pooled());
        idle.lastGood.put(entry(2).pooled());
        idle.now.addAndGet(10);
        return Stream.of("/get-proxy", "/random", "/list", "/get-proxy?limit=2", "/list?all=1")
                .flatMap(target -> Stream.of("text/plain", "application/json")
                        .map(type -> dynamicTest(target + " as " + type, () -> {
                            Operation operation = operation("GET " + target.replaceAll("\\?.*", ""));
                            Wire.Answer answer = raw(port, "GET", target, "", KEY, "Accept: " + type);
                            described(operation, answer);
                            assertThat(answer.status()).isEqualTo(200);
                            assertThat(answer.headers()).containsEntry("x-sluice-stale", "true");
                            assertThat(answer.body().contains("\"stale\":true")).isEqualTo(type.endsWith("json"));
                        })))
                .onClose(() -> idle.telemetry.close());
    }

    @Test
    void whatIsAliveIsNotStale() throws Exception {
        for (String path : List.of("/get-proxy", "/random", "/list")) {
            Wire.Answer answer = ask(operation("GET " + path), Map.of("format", "json"));
            assertThat(answer.headers()).doesNotContainKey("x-sluice-stale");
            assertThat(JSON.readTree(answer.body()).has("stale")).isFalse();
        }
    }

    @Test
    void tooManyNewFiltersAtOnceAreRefused() throws Exception {
        Surroundings large = new Surroundings();
        int port = serve(large, Surroundings.withKey()).port();
        for (int id = 1; id <= 6_000; id++) {
            large.pool.put(entry(id).pooled());
        }
        large.now.addAndGet(10);
        BlockingQueue<Runnable> builds = new LinkedBlockingQueue<>();
        large.builder = builds::add;
        List<Socket> waiting = new ArrayList<>();
        try {
            for (int i = 1; i <= 64; i++) {
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
                socket.setSoTimeout(20_000);
                waiting.add(socket);
                String request = "GET /get-proxy?max_latency_ms=" + (1_000 + i) + " HTTP/1.1\r\nHost: localhost\r\n"
                        + KEY + "\r\nConnection: close\r\n\r\n";
                socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            }
            List<Runnable> held = new ArrayList<>();
            while (held.size() < 64) {
                held.add(Objects.requireNonNull(builds.poll(20, TimeUnit.SECONDS), "a build"));
            }
            Wire.Answer refused = raw(port, "GET", "/get-proxy?max_latency_ms=2000", "", KEY);
            described(operation("GET /get-proxy"), refused);
            problem(refused, 503, "too-many-filters");
            assertThat(refused.headers()).containsEntry("retry-after", "1");
            large.builder = Runnable::run;
            held.forEach(Runnable::run);
            for (Socket socket : waiting) {
                String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                assertThat(Wire.Answer.of(answer).status()).isEqualTo(200);
            }
        } finally {
            for (Socket socket : waiting) {
                socket.close();
            }
        }
        large.telemetry.close();
    }
}
