package dev.sluice.api;

import dev.sluice.port.Reload;
import dev.sluice.port.Sources;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What changes something or is for administrators: {@code /reload}, {@code /api/v1/sources}. */
final class AdminEndpoints {
    private static final Logger LOG = LoggerFactory.getLogger(AdminEndpoints.class);
    private static final String NAME = "name";

    private final Reload reload;
    private final Sources sources;

    AdminEndpoints(Reload reload, Sources sources) {
        this.reload = reload;
        this.sources = sources;
    }

    void reload(Exchange exchange) {
        Query.parse(exchange.request().query(), List.of());
        reload.reload()
                .onSuccess(result -> {
                    if (result.problems().isEmpty()) {
                        exchange.json(
                                200,
                                new JsonObject()
                                        .put("applied", new JsonArray(result.applied()))
                                        .put("restart", new JsonArray(result.restart())));
                    } else {
                        exchange.problem(Problems.configRefused(result.problems()));
                    }
                })
                .onFailure(exchange::failed);
    }

    void sources(Exchange exchange) {
        Query.parse(exchange.request().query(), List.of());
        JsonArray states = new JsonArray();
        for (Sources.State state : sources.states()) {
            states.add(new JsonObject()
                    .put(NAME, state.name())
                    .put("kind", state.kind())
                    .put("enabled", state.enabled())
                    .put("entries", state.entries())
                    .put("added", state.added())
                    .put("rejected", state.rejected())
                    .put("last_fetch_at", ProxyForm.time(state.lastFetchAtMillis()))
                    .put("last_success_at", ProxyForm.time(state.lastSuccessAtMillis()))
                    .put("last_change_at", ProxyForm.time(state.lastChangeAtMillis()))
                    .put("next_fetch_at", ProxyForm.time(state.nextFetchAtMillis()))
                    .put("failures", state.failures())
                    .put("last_error", state.lastError()));
        }
        exchange.json(200, new JsonObject().put("sources", states));
    }

    /** All sources, or the one that the query names. */
    void fetch(Exchange exchange) {
        fetch(exchange, Query.parse(exchange.request().query(), List.of(NAME)).get(NAME));
    }

    /** The source that the path names. */
    void fetchOne(Exchange exchange) {
        Query.parse(exchange.request().query(), List.of());
        fetch(exchange, exchange.segment(NAME));
    }

    /** Begins a fetch and says so at once: a fetch may take minutes, and its end shows in the states. */
    private void fetch(Exchange exchange, @Nullable String name) {
        List<String> known = sources.states().stream().map(Sources.State::name).toList();
        if (name != null && !known.contains(name)) {
            throw new Refused(Problems.noSource(name, known));
        }
        sources.fetchNow(name)
                .onFailure(failure -> LOG.atWarn()
                        .addKeyValue("source", name == null ? "all" : name)
                        .setCause(failure)
                        .log("a fetch that was asked for failed"));
        exchange.json(202, new JsonObject().put("fetching", new JsonArray(name == null ? known : List.of(name))));
    }
}
