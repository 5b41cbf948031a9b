package dev.sluice.api;

import dev.sluice.port.Encryption;
import dev.sluice.port.EncryptionRefusedException;
import dev.sluice.port.Jobs;
import dev.sluice.port.JobsFullException;
import dev.sluice.store.StoreException;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code /api/v1/encryption}: the keys that encrypt stored passwords, and the steps of their rotation. */
public final class EncryptionArea implements Area {
    private static final Logger LOG = LoggerFactory.getLogger(EncryptionArea.class);
    private static final String PATH = "/api/v1/encryption";

    private final Encryption encryption;

    /** Of these keys. */
    public EncryptionArea(Encryption encryption) {
        this.encryption = encryption;
    }

    @Override
    public List<Route> routes(Desk desk) {
        return List.of(
                desk.admin("GET", PATH, "The keys that encrypt stored passwords, and what is under each", this::status),
                desk.admin(
                        "POST",
                        PATH + "/add",
                        "Begin a rotation with a new key, not in use yet",
                        exchange -> step(exchange, "an encryption key was added", encryption::add)),
                desk.admin(
                        "POST",
                        PATH + "/promote",
                        "Encrypt with the new key from now on",
                        exchange -> step(exchange, "another encryption key is in use", encryption::promote)),
                desk.admin(
                        "POST",
                        PATH + "/re-encrypt",
                        "Have everything encrypted under the present key",
                        this::reencrypt),
                desk.admin(
                        "POST",
                        PATH + "/retire",
                        "Remove the keys nothing needs any more",
                        exchange -> step(exchange, "old encryption keys were removed", encryption::retire)));
    }

    private void status(Exchange exchange) {
        Query.parse(exchange.request().query(), List.of());
        exchange.here(encryption.status())
                .onSuccess(status -> exchange.json(200, form(status)))
                .onFailure(failure -> failed(exchange, failure));
    }

    private void step(Exchange exchange, String told, Supplier<Future<Encryption.Status>> step) {
        Query.parse(exchange.request().query(), List.of());
        exchange.here(step.get())
                .onSuccess(status -> {
                    LOG.atInfo().addKeyValue("by", exchange.caller().name()).log(told);
                    exchange.json(200, form(status));
                })
                .onFailure(failure -> failed(exchange, failure));
    }

    private void reencrypt(Exchange exchange) {
        Query.parse(exchange.request().query(), List.of());
        Future<Jobs.Submitted> submitted =
                encryption.reencrypt(exchange.caller().name());
        exchange.here(submitted)
                .onSuccess(order -> exchange.json(
                        202, new JsonObject().put("job", order.job().id()).put("known", order.known())))
                .onFailure(failure -> failed(exchange, failure));
    }

    private static void failed(Exchange exchange, Throwable failure) {
        if (failure instanceof EncryptionRefusedException refused) {
            exchange.problem(Problems.encryptionRefused(String.valueOf(refused.getMessage())));
        } else if (failure instanceof JobsFullException full) {
            exchange.problem(Problems.jobsFull(String.valueOf(full.getMessage())));
        } else if (failure instanceof StoreException store && store.kind() == StoreException.Kind.UNAVAILABLE) {
            LOG.atWarn().setCause(failure).log("the encryption of passwords could not be looked at");
            exchange.problem(Problems.storeSilent());
        } else {
            exchange.refuse(failure);
        }
    }

    private static JsonObject form(Encryption.Status status) {
        JsonArray keys = new JsonArray();
        for (Encryption.Key key : status.keys()) {
            keys.add(new JsonObject()
                    .put("id", key.id())
                    .put("state", key.state())
                    .put("passwords", key.rows())
                    .put("digest_key", key.digest()));
        }
        return new JsonObject()
                .put("source", status.source())
                .put("managed", status.managed())
                .put("encrypts", status.encrypts())
                .put("keys", keys)
                .put("plain", status.plain())
                .put("unavailable", status.unavailable())
                .put("next", status.next().name().toLowerCase(Locale.ROOT).replace('_', '-'));
    }
}
