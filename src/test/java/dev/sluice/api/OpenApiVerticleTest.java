package dev.sluice.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.sluice.bus.Bus;
import dev.sluice.pool.Filter;
import dev.sluice.pool.Strategy;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.Yaml;

/** The served document against the routes that are served. */
final class OpenApiVerticleTest {
    private static Vertx vertx;
    private static Surroundings around;
    private static ApiVerticle api;
    private static JsonNode document;

    @BeforeAll
    static void start() throws Exception {
        vertx = Vertx.vertx();
        around = new Surroundings();
        api = Surroundings.deploy(
                vertx, around.verticle(Surroundings.server(0, null), Surroundings.noKey(), new Bus(vertx)));
        Wire.Answer answer = request("GET", "/openapi.yaml");
        assertThat(answer.headers()).containsEntry("content-type", "application/yaml");
        // The served bytes, with anchors and aliases put in place.
        document = new YAMLMapper().valueToTree(new Yaml().load(answer.body()));
    }

    @AfterAll
    static void stop() {
        vertx.close().await();
        around.telemetry.close();
    }

    private static Wire.Answer request(String method, String path) throws Exception {
        return Wire.untilClosed(
                api.port(), method + ' ' + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    }

    private static Set<String> names(JsonNode object) {
        Set<String> names = new TreeSet<>();
        object.fieldNames().forEachRemaining(names::add);
        return names;
    }

    private static Set<String> documented() {
        Set<String> operations = new TreeSet<>();
        for (String path : names(document.get("paths"))) {
            for (String method : names(document.get("paths").get(path))) {
                operations.add(method.toUpperCase(Locale.ROOT) + ' ' + path);
            }
        }
        return operations;
    }

    @Test
    void everyRouteIsDescribedAndEveryDescriptionIsARoute() {
        Set<String> routes = new TreeSet<>();
        for (Route route : api.routes()) {
            routes.add(route.method() + ' ' + route.template());
        }
        routes.add("GET /judge");
        assertThat(documented()).isEqualTo(routes);
    }

    @Test
    void everyDescribedOperationAnswers() throws Exception {
        for (String operation : documented()) {
            String[] parts = operation.split(" ", -1);
            Wire.Answer answer = request(parts[0], parts[1].replace("{name}", "x"));
            boolean routed = answer.status() != 405 && !answer.body().contains("urn:sluice:problem:not-found");
            assertThat(routed).as(operation).isTrue();
            Set<String> statuses = names(document.at(
                    "/paths/" + parts[1].replace("/", "~1") + '/' + parts[0].toLowerCase(Locale.ROOT) + "/responses"));
            assertThat(statuses).as(operation).contains(Integer.toString(answer.status()));
        }
    }

    @Test
    void openOperationsAreMarked() {
        for (Route route : api.routes()) {
            JsonNode operation = document.at("/paths/" + route.template().replace("/", "~1") + '/'
                    + route.method().toLowerCase(Locale.ROOT));
            assertThat(operation.has("security")).as(route.template()).isEqualTo(route.open());
        }
    }

    @Test
    void theParametersOfReadingAreAllDescribed() {
        List<String> described = new ArrayList<>();
        for (JsonNode parameter : document.at("/paths/~1list/get/parameters")) {
            described.add(document.at(parameter.get("$ref").asText().substring(1))
                    .get("name")
                    .asText());
        }
        assertThat(described).containsExactlyInAnyOrderElementsOf(Wish.PARAMETERS);
        assertThat(described).containsAll(Filter.PARAMETERS);
        List<String> strategies = new ArrayList<>();
        document.at("/components/parameters/strategy/schema/enum").forEach(name -> strategies.add(name.asText()));
        for (Strategy strategy : Strategy.values()) {
            assertThat(strategies).contains(strategy.text());
        }
        assertThat(strategies).hasSize(Strategy.values().length);
    }

    @Test
    void everyReferenceLeadsSomewhere() {
        List<JsonNode> references = document.findValues("$ref");
        assertThat(references)
                .isNotEmpty()
                .allSatisfy(reference -> assertThat(
                                document.at(reference.asText().substring(1)).isMissingNode())
                        .as(reference.asText())
                        .isFalse());
    }
}
