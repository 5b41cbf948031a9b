package dev.sluice.api;

import dev.sluice.pool.Strategy;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.List;

/** {@code /api/v1/strategy}: which strategy is in force, another one, and back to the configured one. */
final class StrategyEndpoint {
    private static final String STRATEGY = "strategy";
    private static final int MAX_NAME = 100;
    private static final List<String> KNOWN =
            Arrays.stream(Strategy.values()).map(Strategy::text).sorted().toList();

    private final StrategySwitch strategies;
    private final BodyReader bodies;

    StrategyEndpoint(StrategySwitch strategies, BodyReader bodies) {
        this.strategies = strategies;
        this.bodies = bodies;
    }

    void get(Exchange exchange) {
        Query.parse(exchange.request().query(), List.of());
        exchange.json(200, form(strategies.state()));
    }

    void put(Exchange exchange) {
        Query.parse(exchange.request().query(), List.of());
        exchange.here(bodies.read(exchange).map(StrategyEndpoint::strategy).compose(strategies::choose))
                .onSuccess(state -> answer(exchange, state))
                .onFailure(exchange::refuse);
    }

    void delete(Exchange exchange) {
        Query.parse(exchange.request().query(), List.of());
        exchange.here(strategies.reset())
                .onSuccess(state -> answer(exchange, state))
                .onFailure(exchange::refuse);
    }

    /** 202 for what is in force, but would not outlast a restart. */
    private static void answer(Exchange exchange, StrategySwitch.State state) {
        exchange.json(state.kept() ? 200 : 202, form(state));
    }

    private static JsonObject form(StrategySwitch.State state) {
        return new JsonObject()
                .put(STRATEGY, state.strategy().text())
                .put("configured", state.configured().text())
                .put("changed_by_api", state.changedByApi())
                .put("kept", state.kept())
                .put("known", new JsonArray(KNOWN));
    }

    private static Strategy strategy(Buffer body) {
        Object json;
        try {
            json = Json.decodeValue(body);
        } catch (DecodeException e) {
            throw new Refused(Problems.invalidBody("the body is no JSON", new JsonArray()));
        }
        JsonArray errors = new JsonArray();
        if (!(json instanceof JsonObject object)) {
            error(errors, "", "no object (expected: an object with strategy)");
            throw refused(errors);
        }
        for (String name : object.fieldNames()) {
            if (!name.equals(STRATEGY)) {
                error(errors, "/" + FeedbackForm.escaped(name), "unknown (expected: strategy)");
            }
        }
        Object value = object.getValue(STRATEGY);
        if (errors.isEmpty() && value instanceof String text && KNOWN.contains(text)) {
            return Strategy.of(text);
        }
        if (!(value instanceof String text)) {
            error(errors, "/strategy", (value == null ? "absent" : "no text") + expected());
        } else if (!KNOWN.contains(text)) {
            error(errors, "/strategy", (text.length() > MAX_NAME ? "too long" : text) + expected());
        }
        throw refused(errors);
    }

    private static String expected() {
        return " (expected: " + String.join(", ", KNOWN) + ")";
    }

    private static void error(JsonArray errors, String pointer, String detail) {
        if (errors.size() < FeedbackForm.MAX_ERRORS) {
            errors.add(new JsonObject().put("pointer", pointer).put("detail", detail));
        }
    }

    private static Refused refused(JsonArray errors) {
        return new Refused(Problems.invalidBody("the strategy was not changed", errors));
    }
}
