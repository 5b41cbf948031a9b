package dev.sluice.bulk.export;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.export.ExportCounts;
import dev.sluice.export.ExportFormat;
import dev.sluice.export.LeftOut;
import dev.sluice.port.Exports.Order;
import dev.sluice.port.Exports.Progress;
import dev.sluice.port.Exports.Scope;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What a job says of an export, as JSON: what is to be done, how far it is, where to go on, what came of it. */
final class Notes {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String FILE = "file";
    private static final String AFTER = "after_id";

    private Notes() {}

    static String payload(Order order) {
        ObjectNode note = JSON.createObjectNode()
                .put("format", order.format().text())
                .put("scope", order.scope().text())
                .put("credentials", order.credentials());
        ObjectNode filters = note.putObject("filters");
        new TreeMap<>(order.filters()).forEach(filters::put);
        return note.toString();
    }

    /** Reads {@link #payload} back; throws {@link IllegalArgumentException} where it is none. */
    static Order order(String payload, @Nullable String owner) {
        JsonNode note = read(payload);
        ExportFormat format = ExportFormat.of(note.path("format").asText());
        Scope scope = Scope.of(note.path("scope").asText());
        if (format == null || scope == null) {
            throw new IllegalArgumentException("payload: without format or scope (expected: that of an export)");
        }
        Map<String, String> filters = new HashMap<>();
        for (Iterator<Map.Entry<String, JsonNode>> each = note.path("filters").fields(); each.hasNext(); ) {
            Map.Entry<String, JsonNode> filter = each.next();
            filters.put(filter.getKey(), filter.getValue().asText());
        }
        return new Order(format, scope, filters, note.path("credentials").asBoolean(), owner);
    }

    static String progress(Progress progress) {
        return noteOf(progress).toString();
    }

    /** Reads what {@link #progress} or {@link #result} wrote; null where there is nothing yet. */
    static @Nullable Progress progress(@Nullable String text) {
        return text == null ? null : progress(read(text));
    }

    static String result(Progress progress, String file) {
        return noteOf(progress).put(FILE, file).toString();
    }

    /** The file that a result names; null where it names none. */
    static @Nullable String file(@Nullable String result) {
        return result == null ? null : read(result).path(FILE).textValue();
    }

    /**
     * Where to go on.
     *
     * @param file in which it is so far
     * @param afterId the last entry that was looked at
     * @param progress up to there
     */
    record Cursor(String file, long afterId, Progress progress) {
        String text() {
            return noteOf(progress).put(FILE, file).put(AFTER, afterId).toString();
        }

        static Cursor of(String text) {
            JsonNode note = read(text);
            return new Cursor(note.path(FILE).asText(), note.path(AFTER).asLong(), Notes.progress(note));
        }
    }

    private static ObjectNode noteOf(Progress progress) {
        ObjectNode note = JSON.createObjectNode()
                .put("read", progress.read())
                .put("total", progress.total())
                .put("bytes", progress.bytes())
                .put("written", progress.counts().written());
        ObjectNode leftOut = note.putObject("left_out");
        new TreeMap<>(progress.counts().leftOut()).forEach((reason, count) -> leftOut.put(reason.text(), count));
        return note;
    }

    private static Progress progress(JsonNode note) {
        Map<LeftOut, Long> leftOut = new EnumMap<>(LeftOut.class);
        for (LeftOut reason : LeftOut.values()) {
            long count = note.path("left_out").path(reason.text()).asLong();
            if (count > 0) {
                leftOut.put(reason, count);
            }
        }
        return new Progress(
                note.path("read").asLong(),
                note.path("total").asLong(),
                note.path("bytes").asLong(),
                new ExportCounts(note.path("written").asLong(), leftOut));
    }

    private static JsonNode read(String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("note of an export: no JSON (expected: an object)", e);
        }
    }
}
