package dev.sluice.api;

import dev.sluice.port.ConfigInForce;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** {@code GET /api/v1/config}: the configuration in force, key by key, and who said so. Secrets are hidden. */
public final class ConfigArea implements Area {
    private static final String CHANGED = "changed";

    private final ConfigInForce config;

    /** Shows {@code config}. */
    public ConfigArea(ConfigInForce config) {
        this.config = config;
    }

    @Override
    public List<Route> routes(Desk desk) {
        return List.of(desk.get("/api/v1/config", "the configuration in force", this::list));
    }

    private void list(Exchange exchange) {
        Query query = Query.parse(exchange.request().query(), List.of(CHANGED));
        boolean changedOnly = query.flag(CHANGED);
        JsonArray settings = new JsonArray();
        for (ConfigInForce.Entry entry : config.entries()) {
            boolean byApi = entry.origin().equals(ConfigInForce.API);
            if (!changedOnly || entry.changed() || byApi || entry.pendingValue() != null) {
                settings.add(new JsonObject()
                        .put("key", entry.key())
                        .put("value", entry.value())
                        .put("default", entry.defaultValue())
                        .put("origin", entry.origin())
                        .put("live", entry.live())
                        .put(CHANGED, entry.changed())
                        .put("configured", entry.configured())
                        .put("pending", entry.pendingValue()));
            }
        }
        exchange.json(200, new JsonObject().put("settings", settings));
    }
}
