package dev.sluice.store.memory;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.MinimalPrettyPrinter;
import java.io.IOException;

/** Lays JSON out so that what is in the sections of a file has a line each. */
final class OneALine extends MinimalPrettyPrinter {
    private static final long serialVersionUID = 1;

    /** The file itself and its sections. */
    private static final int WITH_LINES = 2;

    private int depth;

    @Override
    public void writeStartObject(JsonGenerator out) throws IOException {
        super.writeStartObject(out);
        depth++;
    }

    @Override
    public void writeStartArray(JsonGenerator out) throws IOException {
        super.writeStartArray(out);
        depth++;
    }

    @Override
    public void writeEndObject(JsonGenerator out, int entries) throws IOException {
        end(out, entries);
        super.writeEndObject(out, entries);
    }

    @Override
    public void writeEndArray(JsonGenerator out, int values) throws IOException {
        end(out, values);
        super.writeEndArray(out, values);
    }

    @Override
    public void beforeObjectEntries(JsonGenerator out) throws IOException {
        line(out);
    }

    @Override
    public void beforeArrayValues(JsonGenerator out) throws IOException {
        line(out);
    }

    @Override
    public void writeObjectEntrySeparator(JsonGenerator out) throws IOException {
        super.writeObjectEntrySeparator(out);
        line(out);
    }

    @Override
    public void writeArrayValueSeparator(JsonGenerator out) throws IOException {
        super.writeArrayValueSeparator(out);
        line(out);
    }

    private void end(JsonGenerator out, int count) throws IOException {
        if (count > 0) {
            line(out);
        }
        depth--;
    }

    private void line(JsonGenerator out) throws IOException {
        if (depth <= WITH_LINES) {
            out.writeRaw('\n');
        }
    }
}
