package com.example.scout;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashSet;
import java.util.Set;

/** Where one proxy works there is often a second one: proposes another port of every host that came alive. */
public class ScoutVerticle extends VerticleBase {
    private static final int MOST_WAITING = 1_000;

    private final Set<String> hosts = new LinkedHashSet<>();
    private String scheme;
    private int port;

    @Override
    public Future<?> start() {
        scheme = config().getString("scheme", "socks5");
        port = config().getInteger("port", 1080);
        vertx.setPeriodic(config().getLong("period-ms", 1_000L), id -> propose());
        return vertx.eventBus()
                .<JsonObject>consumer("sluice.proxy.changed.v1", message -> changed(message.body()))
                .completion();
    }

    private void changed(JsonObject change) {
        boolean cameAlive = change.getJsonObject("after").getBoolean("alive")
                && !change.getJsonObject("before").getBoolean("alive");
        if (cameAlive && change.getInteger("port") != port && hosts.size() < MOST_WAITING) {
            hosts.add(change.getString("host"));
        }
    }

    private void propose() {
        if (hosts.isEmpty()) {
            return;
        }
        JsonArray proxies = new JsonArray();
        for (String host : hosts) {
            proxies.add(new JsonObject().put("scheme", scheme).put("host", host).put("port", port));
        }
        hosts.clear();
        JsonObject found = new JsonObject().put("source", "scout").put("proxies", proxies);
        vertx.eventBus()
                .<JsonObject>request("sluice.candidates.found.v1", found)
                .onSuccess(reply -> System.out.println("scout: " + reply.body().encode()))
                .onFailure(failure -> System.err.println("scout: " + failure.getMessage()));
    }
}
