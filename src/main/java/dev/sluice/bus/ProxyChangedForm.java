package dev.sluice.bus;

import dev.sluice.message.ProxyChanged;
import dev.sluice.proxy.ProxyKey;
import io.vertx.core.json.JsonObject;

/** {@code sluice.proxy.changed.v1}. */
final class ProxyChangedForm implements JsonForm.Event<ProxyChanged> {
    @Override
    public JsonObject encode(ProxyChanged message) {
        ProxyKey key = message.key();
        return new JsonObject()
                .put("id", message.id())
                .put("url", key.url())
                .put("scheme", key.scheme().text())
                .put("host", key.host())
                .put("port", key.port())
                .put("before", JsonValues.health(message.before()))
                .put("after", JsonValues.health(message.after()));
    }
}
