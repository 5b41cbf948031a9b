package dev.sluice.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.sluice.api.OpenApiDocument.Operation;
import dev.sluice.api.OpenApiDocument.Parameter;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Requests to every operation of the document, for tests in other packages: good ones, and bad ones of every kind. */
public final class EveryOperation {
    /** What stands for any parameter, as it is or after the example. */
    private static final List<String> VALUES = List.of("x", "-1", "true", "http://ann:secret@127.0.0.1:1/");

    /** Of the bodies, one of so many is taken: all of them are sent by the test of the document itself. */
    private static final int STEP = 5;

    /** Streams that do not end. */
    private static final Set<String> STREAMS = Set.of("/events", "/api/v1/events");

    /** Names and addresses of others. */
    private static final Pattern ELSEWHERE = Pattern.compile(
            "(?:[A-Za-z0-9-]+\\.)+(?:example|test|com|org|net|lan)\\b|\\b(?!127\\.)(?:\\d{1,3}\\.){3}\\d{1,3}\\b");

    private EveryOperation() {}

    /** A request. */
    public record Call(
            String method, String target, @Nullable String body) {
        @Override
        public String toString() {
            return method + ' ' + target + (body == null ? "" : ' ' + body);
        }
    }

    /** The examples of every operation, with nothing in them that lies outside of this machine. */
    public static List<Call> good() {
        List<Call> calls = new ArrayList<>();
        for (Operation operation : operations()) {
            calls.add(call(operation, operation.target(Map.of()), operation.exampleBody()));
            for (Parameter parameter : operation.parameters()) {
                if (parameter.example() != null) {
                    calls.add(call(
                            operation,
                            operation.target(Map.of(parameter.name(), parameter.exampleText())),
                            operation.exampleBody()));
                }
            }
        }
        return calls;
    }

    /** Those with one thing changed: a parameter, an unknown one, a member of the body, or the body as a whole. */
    public static List<Call> bad() throws JsonProcessingException {
        OpenApiDocument document = OpenApiDocument.packaged();
        Set<Call> calls = new LinkedHashSet<>();
        for (Operation operation : operations(document)) {
            List<String> names = new ArrayList<>(
                    operation.parameters().stream().map(Parameter::name).toList());
            names.add("nonesuch");
            names.add("credentials");
            for (String name : names) {
                for (String value : VALUES) {
                    calls.add(call(operation, operation.target(Map.of(name, value)), operation.exampleBody()));
                }
            }
            if (operation.hasBody()) {
                List<JsonNode> bodies = OpenApiBodies.of(document, operation);
                for (int i = 0; i < bodies.size(); i += STEP) {
                    calls.add(call(
                            operation, operation.target(Map.of()), bodies.get(i).toString()));
                }
            }
            calls.add(call(operation, operation.target(Map.of()), "no json"));
        }
        return List.copyOf(calls);
    }

    private static List<Operation> operations() {
        return operations(OpenApiDocument.packaged());
    }

    private static List<Operation> operations(OpenApiDocument document) {
        return document.operations.stream()
                .filter(operation -> !STREAMS.contains(operation.path))
                .toList();
    }

    private static Call call(Operation operation, String target, String body) {
        boolean sent = operation.hasBody() || operation.takesFile();
        return new Call(operation.method, here(target), sent ? here(body) : null);
    }

    private static String here(String text) {
        return ELSEWHERE.matcher(text).replaceAll("127.0.0.1");
    }
}
