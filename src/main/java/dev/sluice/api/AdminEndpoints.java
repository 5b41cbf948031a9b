package dev.sluice.api;

import dev.sluice.port.Reload;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** {@code /reload}: what is for administrators and belongs to no area. */
final class AdminEndpoints {
    private final Reload reload;

    AdminEndpoints(Reload reload) {
        this.reload = reload;
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
}
