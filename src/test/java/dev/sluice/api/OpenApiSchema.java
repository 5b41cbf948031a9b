package dev.sluice.api;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Validates JSON against the keywords of JSON Schema that our document uses. A keyword it does not know fails, so that none is
 * written in vain; a member that is not described fails too, unless additionalProperties says otherwise.
 */
final class OpenApiSchema {
    private static final Set<String> SAID = Set.of("description", "example", "examples", "summary");
    private static final Set<String> CHECKED = Set.of(
            "$ref",
            "type",
            "enum",
            "const",
            "oneOf",
            "required",
            "properties",
            "additionalProperties",
            "items",
            "minProperties",
            "minItems",
            "maxItems",
            "minimum",
            "maximum",
            "minLength",
            "maxLength",
            "pattern",
            "format");

    private final JsonNode document;

    OpenApiSchema(JsonNode document) {
        this.document = document;
    }

    /** Follows references until there is none. */
    JsonNode resolve(JsonNode node) {
        JsonNode here = node;
        while (here.has("$ref")) {
            here = document.at(here.get("$ref").asText().substring(1));
            if (here.isMissingNode()) {
                throw new IllegalStateException("$ref: " + node + " (expected: one that leads somewhere)");
            }
        }
        return here;
    }

    /** What is wrong with {@code value}, each with its place; empty when it is valid. */
    List<String> errors(JsonNode schema, JsonNode value) {
        List<String> errors = new ArrayList<>();
        check(schema, value, "", errors);
        return errors;
    }

    boolean accepts(JsonNode schema, JsonNode value) {
        return errors(schema, value).isEmpty();
    }

    private void check(JsonNode unresolved, JsonNode value, String place, List<String> errors) {
        JsonNode schema = resolve(unresolved);
        for (String keyword : names(schema)) {
            if (!SAID.contains(keyword) && !CHECKED.contains(keyword)) {
                errors.add(place + ": the schema has " + keyword + ", which is not checked");
            }
        }
        if (schema.has("oneOf")) {
            long fitting = 0;
            for (JsonNode option : schema.get("oneOf")) {
                fitting += accepts(option, value) ? 1 : 0;
            }
            if (fitting != 1) {
                errors.add(place + ": fits " + fitting + " of the schemas of oneOf");
            }
            return;
        }
        if (schema.has("type") && !isOfType(schema.get("type"), value)) {
            errors.add(place + ": " + value + " is not of type " + schema.get("type"));
            return;
        }
        if (schema.has("enum") && !contains(schema.get("enum"), value)) {
            errors.add(place + ": " + value + " is none of " + schema.get("enum"));
        }
        if (schema.has("const") && !schema.get("const").equals(value)) {
            errors.add(place + ": " + value + " is not " + schema.get("const"));
        }
        if (value.isTextual()) {
            text(schema, value.asText(), place, errors);
        } else if (value.isNumber()) {
            number(schema, value.decimalValue(), place, errors);
        } else if (value.isArray()) {
            array(schema, value, place, errors);
        } else if (value.isObject()) {
            object(schema, value, place, errors);
        }
    }

    private static void text(JsonNode schema, String text, String place, List<String> errors) {
        if (text.length() < schema.path("minLength").asInt(0)
                || text.length() > schema.path("maxLength").asInt(Integer.MAX_VALUE)) {
            errors.add(place + ": " + text.length() + " characters");
        }
        if (schema.has("pattern")
                && !Pattern.compile(schema.get("pattern").asText())
                        .matcher(text)
                        .find()) {
            errors.add(place + ": " + text + " does not match " + schema.get("pattern"));
        }
        if (schema.has("format")) {
            if (!schema.get("format").asText().equals("date-time")) {
                errors.add(place + ": the schema has a format that is not checked");
            }
            try {
                OffsetDateTime.parse(text);
            } catch (DateTimeParseException e) {
                errors.add(place + ": " + text + " is no time");
            }
        }
    }

    private static void number(JsonNode schema, BigDecimal number, String place, List<String> errors) {
        boolean low =
                schema.has("minimum") && number.compareTo(schema.get("minimum").decimalValue()) < 0;
        boolean high =
                schema.has("maximum") && number.compareTo(schema.get("maximum").decimalValue()) > 0;
        if (low || high) {
            errors.add(place + ": " + number + " is out of range");
        }
    }

    private void array(JsonNode schema, JsonNode array, String place, List<String> errors) {
        if (array.size() < schema.path("minItems").asInt(0)
                || array.size() > schema.path("maxItems").asInt(Integer.MAX_VALUE)) {
            errors.add(place + ": " + array.size() + " items");
        }
        for (int i = 0; i < array.size() && schema.has("items"); i++) {
            check(schema.get("items"), array.get(i), place + '/' + i, errors);
        }
    }

    private void object(JsonNode schema, JsonNode object, String place, List<String> errors) {
        for (JsonNode name : schema.path("required")) {
            if (!object.has(name.asText())) {
                errors.add(place + ": " + name + " is missing");
            }
        }
        if (object.size() < schema.path("minProperties").asInt(0)) {
            errors.add(place + ": " + object.size() + " members");
        }
        JsonNode properties = schema.path("properties");
        JsonNode further = schema.path("additionalProperties");
        for (String name : names(object)) {
            if (properties.has(name)) {
                check(properties.get(name), object.get(name), place + '/' + name, errors);
            } else if (further.isObject()) {
                check(further, object.get(name), place + '/' + name, errors);
            } else if (!further.asBoolean(false)) {
                errors.add(place + '/' + name + " is not described");
            }
        }
    }

    private static boolean isOfType(JsonNode type, JsonNode value) {
        if (type.isArray()) {
            for (JsonNode each : type) {
                if (isOfType(each, value)) {
                    return true;
                }
            }
            return false;
        }
        return switch (type.asText()) {
            case "string" -> value.isTextual();
            case "integer" ->
                value.isNumber() && value.decimalValue().stripTrailingZeros().scale() <= 0;
            case "number" -> value.isNumber();
            case "boolean" -> value.isBoolean();
            case "null" -> value.isNull();
            case "array" -> value.isArray();
            case "object" -> value.isObject();
            default -> throw new IllegalStateException("type: " + type + " (expected: one of JSON Schema)");
        };
    }

    private static boolean contains(JsonNode options, JsonNode value) {
        for (JsonNode option : options) {
            if (option.equals(value)) {
                return true;
            }
        }
        return false;
    }

    /** Names of members, sorted. */
    static Set<String> names(JsonNode object) {
        Set<String> names = new TreeSet<>();
        object.fieldNames().forEachRemaining(names::add);
        return names;
    }
}
