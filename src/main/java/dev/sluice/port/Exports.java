package dev.sluice.port;

import dev.sluice.export.ExportCounts;
import dev.sluice.export.ExportFormat;
import io.vertx.core.Future;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Exports of what is stored into files. {@code bulk} implements it, {@code api} uses it. Thread-safe. An export is a job of
 * the kind {@link JobKind#EXPORT} and the type {@value #TYPE}.
 */
public interface Exports {
    /** Type of the jobs. */
    String TYPE = "export";

    /** Most characters that the filters of an order have together. */
    int LONGEST_FILTERS = 30_000;

    /** Has an export made. @return it, once it is on disk that it will be. Fails with {@link JobsFullException}. */
    Future<Exported> order(Order order);

    /** The export with this id; empty when there is none. */
    Future<Optional<Exported>> get(String id);

    /**
     * Exports, the newest first.
     *
     * @param limit 1..1000
     */
    Future<List<Exported>> list(int limit);

    /** The file of an export; empty when there is none yet, or none any more, or it is on another instance. */
    Future<Optional<Download>> content(String id);

    /** Which entries an export is made of. */
    enum Scope {
        /** What could be served. */
        ALIVE,
        /** Everything stored: dead and archived entries, and those that were never checked. */
        ALL;

        /** Name in lower case, as users write it. */
        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** The scope of this name; null when there is none. */
        public static @Nullable Scope of(String text) {
            for (Scope scope : values()) {
                if (scope.text().equals(text)) {
                    return scope;
                }
            }
            return null;
        }
    }

    /**
     * An export to make.
     *
     * @param filters as {@link dev.sluice.pool.Filter#parse} reads them, names and values at most
     *     {@value Exports#LONGEST_FILTERS} characters in all
     * @param credentials whether it shows users and passwords
     * @param owner as {@link NewJob#owner}
     */
    record Order(
            ExportFormat format,
            Scope scope,
            Map<String, String> filters,
            boolean credentials,
            @Nullable String owner) {
        public Order {
            filters = Map.copyOf(filters);
            long characters = 0;
            for (Map.Entry<String, String> filter : filters.entrySet()) {
                characters += filter.getKey().length() + filter.getValue().length();
            }
            if (characters > LONGEST_FILTERS) {
                throw new IllegalArgumentException(
                        "filters: " + characters + " characters (expected: at most " + LONGEST_FILTERS + ")");
            }
        }
    }

    /**
     * An export that was ordered.
     *
     * @param job as it is now
     * @param progress how far it is; null before it began
     */
    record Exported(JobRecord job, Order order, @Nullable Progress progress) {}

    /**
     * How far an export is.
     *
     * @param read entries looked at
     * @param total entries there were when it began
     * @param bytes written so far
     * @param counts what became of those that the filters let through
     */
    record Progress(long read, long total, long bytes, ExportCounts counts) {}
}
