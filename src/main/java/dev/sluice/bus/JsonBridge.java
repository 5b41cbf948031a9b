package dev.sluice.bus;

import io.vertx.core.Future;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.json.JsonObject;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The JSON form of open channels, for extensions: address {@code <channel>.v1}. What is published typed is published
 * there too; what extensions send there reaches the typed server. JSON is only built while somebody listens.
 */
final class JsonBridge {
    /** Version of the JSON forms; part of the address. */
    static final String VERSION = "v1";

    private final EventBus eventBus;

    JsonBridge(EventBus eventBus) {
        this.eventBus = eventBus;
    }

    static String address(Channel<?, ?> channel) {
        return channel.address() + '.' + VERSION;
    }

    <Q> void published(Channel<Q, ?> channel, Q message) {
        JsonForm<Q, ?> form = JsonForms.of(channel);
        if (form == null) {
            return;
        }
        JsonObject body = form.encode(message);
        if (body != null) {
            eventBus.publish(address(channel), body, new DeliveryOptions().setLocalOnly(true));
        }
    }

    <Q, R> Bus.Registration serve(Channel<Q, R> channel, Function<Q, Future<R>> handler) {
        @Nullable JsonForm<Q, R> form = JsonForms.of(channel);
        if (form == null) {
            return Future::succeededFuture;
        }
        var consumer = eventBus.<Object>localConsumer(address(channel), message -> {
            Future<R> answer;
            try {
                if (!(message.body() instanceof JsonObject body)) {
                    throw new IllegalArgumentException("body: not a JSON object");
                }
                answer = handler.apply(form.decode(body));
            } catch (RuntimeException e) {
                message.fail(400, String.valueOf(e.getMessage()));
                return;
            }
            answer.onComplete(
                    reply -> message.reply(form.encodeReply(reply)),
                    failure -> message.fail(500, String.valueOf(failure.getMessage())));
        });
        return consumer::unregister;
    }
}
