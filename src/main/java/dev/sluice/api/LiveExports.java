package dev.sluice.api;

import dev.sluice.export.ExportFormat;
import dev.sluice.export.ExportOptions;
import dev.sluice.pool.Filter;
import dev.sluice.pool.Pool;
import dev.sluice.pool.Selection;
import java.util.ArrayList;
import java.util.List;

/** {@code /api/v1/exports/{format}}: what is alive, from memory and in one of several formats. */
final class LiveExports {
    static final List<String> PARAMETERS = parameters();

    private static final String CREDENTIALS = "credentials";

    private final Pool pool;
    private final ReadEndpoints read;

    LiveExports(Pool pool, ReadEndpoints read) {
        this.pool = pool;
        this.read = read;
    }

    private static List<String> parameters() {
        List<String> names = new ArrayList<>(List.of(CREDENTIALS));
        names.addAll(Filter.PARAMETERS);
        return List.copyOf(names);
    }

    /** What is alive, fastest first. Passwords are shown to who sees them, unless they are not wanted. */
    void stream(Exchange exchange, ExportFormat format) {
        Query query = Query.parse(exchange.request().query(), PARAMETERS);
        boolean credentials = query.get(CREDENTIALS) == null ? exchange.maySeeCredentials() : query.flag(CREDENTIALS);
        if (credentials && !exchange.maySeeCredentials()) {
            throw new Refused(Problems.credentialsHidden());
        }
        Filter filter = Wish.valid(() -> Filter.parse(query.values()));
        Selection selection = pool.select(filter);
        read.everything(
                exchange,
                selection,
                (first, more, stale) -> new ExportStream(
                                exchange,
                                format,
                                format.writer(new ExportOptions(credentials, filter.kind())),
                                first,
                                more)
                        .write());
    }
}
