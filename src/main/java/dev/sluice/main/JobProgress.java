package dev.sluice.main;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.Iterator;
import java.util.Locale;
import java.util.Map;

/**
 * How far a job is: a line that is written over where somebody looks on, with a bar where the job tells its size; a line now
 * and then otherwise.
 */
final class JobProgress {
    /** To the beginning of the line, and erase to its end (ECMA-48). */
    private static final String WIPE = "\r\u001b[K";

    private static final int BAR = 24;
    private static final long PLAIN_EVERY_NANOS = 10_000_000_000L;

    private final PrintWriter out;
    private final boolean watched;
    private long plainNanos = System.nanoTime();

    JobProgress(PrintWriter out, boolean watched) {
        this.out = out;
        this.watched = watched;
    }

    /** Shows a job as the API does. */
    void show(JsonNode job) {
        if (watched) {
            out.print(WIPE + line(job));
            out.flush();
        } else if (System.nanoTime() - plainNanos > PLAIN_EVERY_NANOS) {
            plainNanos = System.nanoTime();
            out.println(line(job));
            out.flush();
        }
    }

    /** Makes room for what is printed next. */
    void end() {
        if (watched) {
            out.print(WIPE);
            out.flush();
        }
    }

    /** A job in one line. */
    static String line(JsonNode job) {
        JsonNode progress = job.path("progress");
        String state = job.path("state").asText();
        if (!progress.isObject()) {
            return state;
        }
        StringBuilder line = new StringBuilder();
        long total = progress.path("total_bytes").asLong(-1);
        long done = progress.path("bytes").asLong(0);
        if (total > 0 && done <= total) {
            int full = (int) (BAR * done / total);
            line.append(String.format(Locale.ROOT, "%3d %% ", 100 * done / total))
                    .append("█".repeat(full))
                    .append("░".repeat(BAR - full))
                    .append("  ");
        } else {
            line.append(state).append("  ");
        }
        boolean first = true;
        for (Iterator<Map.Entry<String, JsonNode>> fields = progress.fields(); fields.hasNext(); ) {
            Map.Entry<String, JsonNode> field = fields.next();
            if (!shown(field.getKey(), field.getValue())) {
                continue;
            }
            line.append(first ? "" : ", ").append(text(field.getKey(), field.getValue()));
            first = false;
        }
        return line.toString();
    }

    private static boolean shown(String name, JsonNode value) {
        return !name.endsWith("bytes") && value.isValueNode() && !value.isNull() && value.asDouble(0) >= 0;
    }

    private static String text(String name, JsonNode value) {
        return switch (name) {
            case "phase" -> value.asText();
            case "lines_per_second" -> String.format(Locale.ROOT, "%,.0f lines/s", value.asDouble());
            case "seconds_left" -> String.format(Locale.ROOT, "%.0f s to go", value.asDouble());
            default ->
                (value.isIntegralNumber() ? String.format(Locale.ROOT, "%,d", value.asLong()) : value.asText())
                        + ' '
                        + name.replace('_', ' ');
        };
    }
}
