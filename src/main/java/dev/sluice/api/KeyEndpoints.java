package dev.sluice.api;

import dev.sluice.port.KeyRecord;
import dev.sluice.port.KeyRecord.Role;
import dev.sluice.secret.ApiKeys;
import dev.sluice.secret.CreatedKey;
import dev.sluice.secret.ListedKey;
import dev.sluice.secret.NewKey;
import dev.sluice.store.StoreException;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code /api/v1/keys}: makes, shows and revokes API keys. A key itself is told once, to who made it. */
final class KeyEndpoints {
    private static final Logger LOG = LoggerFactory.getLogger(KeyEndpoints.class);
    private static final String ID = "id";

    private final ApiKeys keys;
    private final BodyReader bodies;
    private final LongSupplier nowMillis;

    KeyEndpoints(ApiKeys keys, BodyReader bodies, LongSupplier nowMillis) {
        this.keys = keys;
        this.bodies = bodies;
        this.nowMillis = nowMillis;
    }

    void list(Exchange exchange) {
        Query.parse(exchange.request().query(), List.of());
        JsonArray listed = new JsonArray();
        for (ListedKey key : keys.list()) {
            listed.add(form(key.record()).put("state", key.state().text()));
        }
        exchange.json(200, new JsonObject().put("keys", listed));
    }

    void create(Exchange exchange) {
        Query.parse(exchange.request().query(), List.of());
        Future<CreatedKey> made = bodies.read(exchange)
                .map(body -> KeyForm.parse(body, nowMillis.getAsLong()))
                .map(wanted -> permitted(wanted, exchange))
                .compose(keys::create);
        exchange.here(made)
                .onSuccess(created -> {
                    tell("API key made", created.record().id(), created.record().label(), exchange);
                    exchange.json(201, form(created));
                })
                .onFailure(failure -> failed(failure, exchange));
    }

    void revoke(Exchange exchange) {
        Query.parse(exchange.request().query(), List.of());
        String id = exchange.segment(ID);
        exchange.here(keys.revoke(id))
                .onSuccess(revocation -> {
                    switch (revocation) {
                        case REVOKED -> {
                            tell("API key revoked", id, label(id), exchange);
                            exchange.noContent();
                        }
                        case REVOKED_BEFORE -> exchange.noContent();
                        case UNKNOWN -> exchange.problem(Problems.noKey(id));
                    }
                })
                .onFailure(failure -> failed(failure, exchange));
    }

    /** Nobody gives what he has not. */
    private static NewKey permitted(NewKey wanted, Exchange exchange) {
        if (wanted.credentials() && !exchange.maySeeCredentials()) {
            throw new Refused(Problems.credentialsNotYours());
        }
        return wanted;
    }

    private String label(String id) {
        for (ListedKey key : keys.list()) {
            if (key.record().id().equals(id)) {
                return key.record().label();
            }
        }
        return "";
    }

    /** A line for those who ask later who did it. */
    private static void tell(String what, String id, String label, Exchange exchange) {
        LOG.atInfo()
                .addKeyValue("id", id)
                .addKeyValue("label", label)
                .addKeyValue("by", exchange.caller().name())
                .addKeyValue("request", exchange.id())
                .log(what);
    }

    private static void failed(Throwable failure, Exchange exchange) {
        if (failure instanceof Refused refused) {
            exchange.problem(refused.problem());
        } else if (failure instanceof StoreException store && store.kind() == StoreException.Kind.UNAVAILABLE) {
            LOG.atWarn().setCause(failure).log("API keys could not be changed");
            exchange.problem(Problems.storeUnavailable());
        } else if (!exchange.gone()) {
            exchange.failed(failure);
        }
    }

    private static JsonObject form(CreatedKey created) {
        JsonObject form = new JsonObject().put("key", created.text().reveal());
        return form.mergeIn(form(created.record()));
    }

    private static JsonObject form(KeyRecord record) {
        return new JsonObject()
                .put("id", record.id())
                .put("label", record.label())
                .put(
                        "roles",
                        new JsonArray(
                                record.roles().stream().sorted().map(Role::text).toList()))
                .put("credentials", record.credentials())
                .put("requests_per_second", record.requestsPerSecond() == 0 ? null : record.requestsPerSecond())
                .put("created_at", ProxyForm.time(record.createdAtMillis()))
                .put("expires_at", ProxyForm.time(record.expiresAtMillis()))
                .put("revoked_at", ProxyForm.time(record.revokedAtMillis()))
                .put("last_used_at", ProxyForm.time(record.lastUsedAtMillis()));
    }
}
