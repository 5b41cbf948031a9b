package dev.sluice.api;

import static dev.sluice.pool.Entries.NOW;
import static dev.sluice.pool.Entries.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.api.OpenApiDocument.Operation;
import dev.sluice.api.OpenApiDocument.Parameter;
import dev.sluice.bus.Bus;
import dev.sluice.judge.JudgeSigner;
import dev.sluice.pool.Filter;
import dev.sluice.pool.PooledProxy;
import dev.sluice.pool.Strategy;
import dev.sluice.port.Census;
import dev.sluice.port.Readiness;
import dev.sluice.port.Reload;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.StoredProxy;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

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

    private static Vertx vertx;
    /** Of its own, because servers of one Vert.x share free ports. */
    private static Vertx keyedVertx;

    private static Surroundings around;
    private static ApiVerticle api;
    private static int keyedPort;

    @BeforeAll
    static void start() {
        vertx = Vertx.vertx();
        Bus bus = new Bus(vertx);
        around = new Surroundings();
        around.judge = new JudgeEndpoint(new JudgeSigner("a key of enough bytes".getBytes(StandardCharsets.US_ASCII)));
        api = Surroundings.deploy(vertx, around.verticle(Surroundings.server(0, null), Surroundings.noKey(), bus));
        keyedVertx = Vertx.vertx();
        ApiVerticle keyed = around.verticle(Surroundings.server(0, null), Surroundings.withKey(), new Bus(keyedVertx));
        keyedPort = Surroundings.deploy(keyedVertx, keyed).port();
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
                Surroundings.count("proxyscrape", 2));
        around.feedback.record("my_app", 7, true, NOW);
        StoredProxy stored =
                new StoredProxy(7, known.key(), 0, known.health(), known.location(), known.lists(), NOW - 1_000, false);
        around.stored = ids -> Future.succeededFuture(ids.contains(7L) ? List.of(stored) : List.of());
    }

    @AfterAll
    static void stop() {
        vertx.close().await();
        keyedVertx.close().await();
        around.telemetry.close();
    }

    @BeforeEach
    void calm() {
        around.settings.fail(false);
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

    private static Wire.Answer ask(Operation operation, String target, String body, String... headers)
            throws IOException {
        Wire.Answer answer = raw(api.port(), operation.method, target, body, headers);
        described(operation, answer);
        return answer;
    }

    private static Wire.Answer ask(Operation operation, Map<String, String> parameters) throws IOException {
        return ask(operation, operation.target(parameters), operation.exampleBody());
    }

    /** Whatever comes back must be in the document: its status, its form, its headers. */
    private static void described(Operation operation, Wire.Answer answer) throws IOException {
        String what = operation + " -> " + answer.status() + ' ' + answer.body();
        assertThat(operation.statuses()).as(what).contains(Integer.toString(answer.status()));
        JsonNode response = operation.response(answer.status());
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
        return DOCUMENT.operations.stream()
                .filter(operation -> operation.toString().equals(name))
                .findFirst()
                .orElseThrow();
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
    void openOperationsAreMarked() {
        for (Route route : api.routes()) {
            assertThat(operation(route.method() + ' ' + route.template()).open())
                    .as(route.template())
                    .isEqualTo(route.open());
        }
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
            assertThat(ask(operation, Map.of()).status()).isBetween(200, 299);
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
            Wire.Answer head = raw(api.port(), "HEAD", operation.target(Map.of()), "");
            assertThat(head.status()).isEqualTo(get.status());
            assertThat(head.body()).isEmpty();
            assertThat(fixed(operation, head)).isEqualTo(fixed(operation, get));
        });
    }

    /** Headers that two answers have in common; what is drawn anew each time has a length of its own. */
    private static Map<String, String> fixed(Operation operation, Wire.Answer answer) {
        Map<String, String> headers = new TreeMap<>(answer.headers());
        headers.remove("date");
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
                Wire.Answer answer = raw(api.port(), method, operation.target(Map.of()), "");
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
            problem(ask(operation, target, "", "Host: example.com"), 403, "foreign-host");
            problem(ask(operation, target, "", "Origin: http://example.com"), 403, "foreign-origin");
        });
    }

    @TestFactory
    Stream<DynamicTest> eachSchemeOfTheDocumentOpensTheDoorAndNoneLeavesItShut() {
        return each(operation -> {
            String target = operation.target(Map.of());
            String body = operation.exampleBody();
            Wire.Answer stranger = raw(keyedPort, operation.method, target, body);
            described(operation, stranger);
            assertThat(stranger.status() == 401).as(stranger.body()).isEqualTo(!operation.open());
            if (operation.open()) {
                return;
            }
            assertThat(stranger.headers()).containsKey("www-authenticate");
            char separator = target.contains("?") ? '&' : '?';
            for (Wire.Answer answer : List.of(
                    raw(keyedPort, operation.method, target, body, "X-API-Key: " + Surroundings.KEY),
                    raw(keyedPort, operation.method, target, body, "Authorization: Bearer " + Surroundings.KEY),
                    raw(keyedPort, operation.method, target + separator + "api_key=" + Surroundings.KEY, body))) {
                described(operation, answer);
                assertThat(answer.status()).as(answer.body()).isBetween(200, 299);
            }
        });
    }

    // ---- bodies

    @TestFactory
    Stream<DynamicTest> aBodyIsRefusedExactlyWhereItsSchemaRefusesIt() {
        return each(operation -> {
            if (!operation.hasBody()) {
                return;
            }
            for (JsonNode body : bodies(operation)) {
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

    /** The examples, each with one thing changed. */
    private static List<JsonNode> bodies(Operation operation) throws IOException {
        List<JsonNode> values = new ArrayList<>();
        for (String text : List.of("null", "true", "7", "-1", "1.5", "1e30", "\"\"", "\"x\"", "[]", "{}", "[[]]")) {
            values.add(JSON.readTree(text));
        }
        values.add(JSON.getNodeFactory().textNode("x".repeat(101)));
        values.add(JSON.getNodeFactory().textNode("x".repeat(2_001)));
        List<JsonNode> bodies = new ArrayList<>(values);
        Set<String> names = new TreeSet<>(List.of("nonesuch", "a/b~c"));
        JsonNode schema = DOCUMENT.schemas.resolve(operation.bodySchema());
        JsonNode first = schema.has("oneOf")
                ? DOCUMENT.schemas.resolve(schema.get("oneOf").get(0))
                : schema;
        names.addAll(OpenApiSchema.names(first.get("properties")));
        for (JsonNode example : operation.bodyExamples()) {
            JsonNode place = example.isArray() ? example.get(0) : example;
            for (String name : names) {
                for (JsonNode value : values) {
                    bodies.add(in(example, ((ObjectNode) place.deepCopy()).set(name, value)));
                }
                ObjectNode less = place.deepCopy();
                less.remove(name);
                bodies.add(in(example, less));
            }
        }
        return bodies;
    }

    private static JsonNode in(JsonNode example, JsonNode changed) {
        if (!example.isArray()) {
            return changed;
        }
        ArrayNode array = example.deepCopy();
        array.set(0, changed);
        return array;
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
            Wire.Answer head = raw(api.port(), "HEAD", "/openapi.yaml", "", "If-None-Match: " + known);
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
        problem(ask(operation("POST /api/v1/sources/fetch"), Map.of("name", "zz")), 404, "no-source");
        problem(ask(operation("GET /api/v1/proxies/{id}"), Map.of("id", "8")), 404, "no-such-proxy");

        around.settings.fail(true);
        for (String method : List.of("PUT", "DELETE")) {
            Wire.Answer unkept = ask(operation(method + " /api/v1/strategy"), Map.of());
            assertThat(unkept.status()).isEqualTo(202);
            assertThat(JSON.readTree(unkept.body()).get("kept").asBoolean()).isFalse();
        }
    }
}
