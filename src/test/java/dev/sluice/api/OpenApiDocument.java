package dev.sluice.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.Yaml;

/** The document as it is packaged, in the terms in which it is driven: operations, parameters, examples. */
final class OpenApiDocument {
    final JsonNode root;
    final OpenApiSchema schemas;
    final List<Operation> operations = new ArrayList<>();

    OpenApiDocument(String yaml) {
        // Loaded first, so that anchors and aliases are put in place.
        root = new YAMLMapper().valueToTree(new Yaml().<Object>load(yaml));
        schemas = new OpenApiSchema(root);
        for (String path : OpenApiSchema.names(root.get("paths"))) {
            for (String method : OpenApiSchema.names(root.get("paths").get(path))) {
                operations.add(new Operation(
                        method.toUpperCase(Locale.ROOT),
                        path,
                        root.get("paths").get(path).get(method)));
            }
        }
    }

    static OpenApiDocument packaged() {
        return new OpenApiDocument(IndexEndpoints.document().toString(StandardCharsets.UTF_8));
    }

    /** The operation that {@link Operation#toString} names so. */
    Operation operation(String name) {
        return operations.stream()
                .filter(operation -> operation.toString().equals(name))
                .findFirst()
                .orElseThrow(
                        () -> new IllegalArgumentException("operation: " + name + " (expected: " + operations + ")"));
    }

    /** The id of the key that is given as an example. */
    String exampleOfKey() {
        return operation("DELETE /api/v1/keys/{id}").parameters("path").get(0).exampleText();
    }

    /** Methods at {@code path}, as Allow lists them. */
    Set<String> methods(String path) {
        Set<String> methods = new TreeSet<>();
        for (Operation operation : operations) {
            if (operation.path.equals(path)) {
                methods.add(operation.method);
            }
        }
        if (methods.contains("GET")) {
            methods.add("HEAD");
        }
        return methods;
    }

    /** One parameter. */
    record Parameter(
            String name,
            String in,
            boolean required,
            JsonNode schema,
            @Nullable JsonNode example) {
        String exampleText() {
            if (example == null) {
                throw new IllegalStateException(name + ": no example (expected: one for every parameter)");
            }
            return example.asText();
        }
    }

    /** One operation. */
    final class Operation {
        final String method;
        final String path;
        final JsonNode node;
        private final List<Parameter> parameters;

        Operation(String method, String path, JsonNode node) {
            this.method = method;
            this.path = path;
            this.node = node;
            this.parameters = read();
        }

        List<Parameter> parameters() {
            return parameters;
        }

        private List<Parameter> read() {
            List<Parameter> read = new ArrayList<>();
            for (JsonNode given : node.path("parameters")) {
                JsonNode parameter = schemas.resolve(given);
                read.add(new Parameter(
                        parameter.get("name").asText(),
                        parameter.get("in").asText(),
                        parameter.path("required").asBoolean(false),
                        schemas.resolve(parameter.get("schema")),
                        parameter.get("example")));
            }
            return read;
        }

        /** Those that stand in {@code in}: path, query or header. */
        List<Parameter> parameters(String in) {
            return parameters().stream()
                    .filter(parameter -> parameter.in.equals(in))
                    .toList();
        }

        /** Whether it needs no key. */
        boolean open() {
            return node.has("security") && node.get("security").isEmpty();
        }

        /** Roles that a key needs, the same whatever scheme carries it. */
        Set<String> roles() {
            Set<String> roles = new TreeSet<>();
            Set<String> schemes = new TreeSet<>();
            for (JsonNode way : node.has("security") ? node.get("security") : root.get("security")) {
                for (String scheme : OpenApiSchema.names(way)) {
                    schemes.add(scheme);
                    way.get(scheme).forEach(role -> roles.add(role.asText()));
                }
            }
            if (!schemes.isEmpty() && !schemes.equals(OpenApiSchema.names(root.at("/components/securitySchemes")))) {
                throw new IllegalStateException(this + ": " + schemes + " (expected: every scheme there is)");
            }
            return roles;
        }

        /** Whether it takes JSON. */
        boolean hasBody() {
            return node.at("/requestBody/content").has("application/json");
        }

        /** Whether it takes a body of another form, of any size. */
        boolean takesFile() {
            return node.has("requestBody") && !hasBody();
        }

        JsonNode bodySchema() {
            return node.at("/requestBody/content/application~1json/schema");
        }

        List<JsonNode> bodyExamples() {
            return examples(node.at("/requestBody/content/application~1json"));
        }

        Set<String> statuses() {
            return OpenApiSchema.names(node.get("responses"));
        }

        JsonNode response(int status) {
            return schemas.resolve(node.get("responses").get(Integer.toString(status)));
        }

        /** Path and query with the examples of everything that is required, and with {@code more} in place of or besides them. */
        String target(Map<String, String> more) {
            Map<String, String> query = new LinkedHashMap<>();
            String filled = path;
            for (Parameter parameter : parameters()) {
                String value = more.containsKey(parameter.name) ? more.get(parameter.name) : null;
                if (parameter.in.equals("path")) {
                    filled = filled.replace(
                            '{' + parameter.name + '}', encoded(value == null ? parameter.exampleText() : value));
                } else if (parameter.in.equals("query") && (parameter.required || value != null)) {
                    query.put(parameter.name, value == null ? parameter.exampleText() : value);
                }
            }
            more.forEach(query::putIfAbsent);
            parameters("path").forEach(parameter -> query.remove(parameter.name));
            StringBuilder target = new StringBuilder(filled);
            char separator = '?';
            for (Map.Entry<String, String> each : query.entrySet()) {
                target.append(separator)
                        .append(encoded(each.getKey()))
                        .append('=')
                        .append(encoded(each.getValue()));
                separator = '&';
            }
            return target.toString();
        }

        String exampleBody() {
            if (takesFile()) {
                return examples(node.at("/requestBody/content").iterator().next())
                        .get(0)
                        .asText();
            }
            return hasBody() ? bodyExamples().get(0).toString() : "";
        }

        @Override
        public String toString() {
            return method + ' ' + path;
        }
    }

    static List<JsonNode> examples(JsonNode content) {
        List<JsonNode> examples = new ArrayList<>();
        if (content.has("example")) {
            examples.add(content.get("example"));
        }
        content.path("examples").forEach(example -> examples.add(example.get("value")));
        return examples;
    }

    static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
