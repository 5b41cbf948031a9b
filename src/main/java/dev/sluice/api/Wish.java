package dev.sluice.api;

import dev.sluice.pool.Filter;
import dev.sluice.pool.Pool;
import dev.sluice.pool.Selection;
import dev.sluice.pool.Strategy;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a read request asks for, by its query alone. Immutable, so that requests with the same query share it.
 *
 * @param selection the filter, ready for the pool
 * @param strategy null for the usual one
 * @param application the client application; null when not told
 * @param limit 1..{@value #MAX_LIMIT}; 0 when not told
 * @param all whether everything is wanted
 * @param json null when {@code Accept} decides
 */
record Wish(
        Selection selection,
        @Nullable Strategy strategy,
        @Nullable String application,
        int limit,
        boolean all,
        @Nullable Boolean json) {
    static final int MAX_LIMIT = 1_000;
    static final List<String> PARAMETERS = parameters();

    private static List<String> parameters() {
        List<String> names = new ArrayList<>(List.of("source", "limit", "all", "format", "strategy"));
        names.addAll(Filter.PARAMETERS);
        return List.copyOf(names);
    }

    /**
     * Reads a query.
     *
     * @param query the part behind the question mark, or null
     * @throws Refused naming the parameter, its value and what was expected
     */
    static Wish read(@Nullable String query, Pool pool) {
        Query parameters = Query.parse(query, PARAMETERS);
        boolean all = parameters.flag("all");
        if (all && parameters.get("limit") != null) {
            throw new Refused(
                    Problems.invalidParameter("limit", "limit: given together with all=1 (expected: one of them)"));
        }
        String application = parameters.get("source");
        if (application != null && application.length() > FeedbackForm.MAX_SOURCE) {
            throw new Refused(Problems.invalidParameter(
                    "source",
                    "source: " + application.length() + " characters (expected: 1.." + FeedbackForm.MAX_SOURCE + ")"));
        }
        int limit = parameters.number("limit", 1, MAX_LIMIT, 0);
        Boolean json = json(parameters.get("format"));
        return valid(() -> {
            String strategy = parameters.get("strategy");
            return new Wish(
                    pool.select(Filter.parse(parameters.values())),
                    strategy == null ? null : Strategy.of(strategy),
                    application,
                    limit,
                    all,
                    json);
        });
    }

    /**
     * What is read from parameters.
     *
     * @param reading fails with {@link IllegalArgumentException}, whose message names the parameter first, then its value
     *     and what was expected
     * @throws Refused instead
     */
    static <T> T valid(Supplier<T> reading) {
        try {
            return reading.get();
        } catch (IllegalArgumentException e) {
            String message = String.valueOf(e.getMessage());
            throw new Refused(Problems.invalidParameter(message.substring(0, message.indexOf(':')), message));
        }
    }

    private static @Nullable Boolean json(@Nullable String format) {
        if (format == null) {
            return null;
        }
        return switch (format) {
            case "json" -> true;
            case "text" -> false;
            default ->
                throw new Refused(Problems.invalidParameter("format", "format: " + format + " (expected: text, json)"));
        };
    }

    /** Wishes by their queries, a bounded number: clients ask the same again and again. Confined to one event loop. */
    static final class Memory {
        /** A query that is longer is read each time. */
        static final int MAX_QUERY = 512;

        private static final int PLACES = 1_024;

        private final Pool pool;
        private final @Nullable String[] queries = new @Nullable String[PLACES];
        private final @Nullable Wish[] wishes = new @Nullable Wish[PLACES];
        private final Wish none;

        Memory(Pool pool) {
            this.pool = pool;
            this.none = Wish.read(null, pool);
        }

        /**
         * What {@code uri} wishes.
         *
         * @param start where its query begins; its length when there is none
         * @throws Refused see {@link Wish#read}
         */
        Wish of(String uri, int start) {
            if (start >= uri.length()) {
                return none;
            }
            int hash = 0;
            for (int i = start; i < uri.length(); i++) {
                hash = 31 * hash + uri.charAt(i);
            }
            int place = (hash ^ hash >>> 16) & PLACES - 1;
            String known = queries[place];
            Wish wish = wishes[place];
            int length = uri.length() - start;
            if (known != null && wish != null && known.length() == length && uri.startsWith(known, start)) {
                return wish;
            }
            String query = uri.substring(start);
            Wish read = Wish.read(query, pool);
            if (length <= MAX_QUERY) {
                queries[place] = query;
                wishes[place] = read;
            }
            return read;
        }
    }
}
