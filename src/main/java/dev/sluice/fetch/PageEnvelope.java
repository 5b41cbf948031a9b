package dev.sluice.fetch;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.async.ByteArrayFeeder;
import java.io.IOException;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What stands around the entries of a page of JSON: numbers and truth values of the outermost object, and how many objects
 * its arrays hold. Reads along while the page streams by; keeps nothing of the entries. Confined to one thread at a time.
 */
final class PageEnvelope {
    private static final int MAX_FIELDS = 64;
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(1 << 20)
                    .maxNestingDepth(64)
                    .build())
            .build();

    private final Map<String, String> fields = new HashMap<>();
    private final @Nullable JsonParser parser;
    private boolean broken;
    private boolean started;
    private int depth;
    private int records;

    PageEnvelope() {
        JsonParser created = null;
        try {
            created = FACTORY.createNonBlockingByteArrayParser();
        } catch (IOException e) {
            broken = true;
        }
        parser = created;
    }

    /** The next piece of the page. */
    void feed(byte[] bytes, int offset, int length) {
        if (broken || parser == null) {
            return;
        }
        try {
            ((ByteArrayFeeder) parser.getNonBlockingInputFeeder()).feedInput(bytes, offset, offset + length);
            for (JsonToken token = parser.nextToken();
                    token != null && token != JsonToken.NOT_AVAILABLE;
                    token = parser.nextToken()) {
                take(parser, token);
            }
        } catch (IOException e) {
            // No JSON, or no more of it: the list parser says what is wrong with it.
            broken = true;
        }
    }

    private void take(JsonParser from, JsonToken token) throws IOException {
        started = true;
        switch (token) {
            case START_OBJECT -> {
                if (depth == 1 || depth == 2) {
                    // [ {…} ] or { "data": [ {…} ] }
                    records += from.getParsingContext().getParent().inArray() ? 1 : 0;
                }
                depth++;
            }
            case START_ARRAY -> depth++;
            case END_OBJECT, END_ARRAY -> depth--;
            case VALUE_NUMBER_INT, VALUE_TRUE, VALUE_FALSE, VALUE_STRING -> {
                String name = from.currentName();
                if (depth == 1 && name != null && fields.size() < MAX_FIELDS && from.getTextLength() < 32) {
                    fields.putIfAbsent(name.toLowerCase(Locale.ROOT), from.getText());
                }
            }
            default -> {
                // Nothing to learn from it.
            }
        }
    }

    /** Whether the page was JSON, at least from its beginning. */
    boolean isJson() {
        return started;
    }

    /** Objects in arrays directly below the top. */
    int records() {
        return records;
    }

    /** A number at the top, -1 when there is none. */
    long number(String name) {
        String text = fields.get(name);
        return text != null && text.matches("[0-9]{1,18}") ? Long.parseLong(text) : -1;
    }

    /** A truth value at the top, null when there is none. */
    @Nullable
    Boolean truth(String name) {
        String text = fields.get(name);
        return "true".equals(text) ? Boolean.TRUE : "false".equals(text) ? Boolean.FALSE : null;
    }
}
