package dev.sluice.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.api.OpenApiDocument.Operation;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Bodies to send to an operation, good and bad: its examples, each with one thing changed, and what is none at all. */
final class OpenApiBodies {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Each is good for some members and bad for most. */
    private static final List<String> VALUES = List.of(
            "null",
            "true",
            "7",
            "-1",
            "1.5",
            "1e30",
            "\"\"",
            "\"x\"",
            "\"" + "x".repeat(101) + '"',
            "\"" + "x".repeat(2_001) + '"',
            "[]",
            "{}",
            "[[]]",
            "[null]",
            "[7]",
            "[1.5]",
            "[\"x\"]");

    private OpenApiBodies() {}

    /** Those for {@code operation}, which takes JSON. */
    static List<JsonNode> of(OpenApiDocument document, Operation operation) throws JsonProcessingException {
        List<JsonNode> values = new ArrayList<>();
        for (String text : VALUES) {
            values.add(JSON.readTree(text));
        }
        List<JsonNode> bodies = new ArrayList<>(values);
        Set<String> names = new TreeSet<>(List.of("nonesuch", "a/b~c"));
        JsonNode schema = document.schemas.resolve(operation.bodySchema());
        JsonNode first = schema.has("oneOf")
                ? document.schemas.resolve(schema.get("oneOf").get(0))
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
}
