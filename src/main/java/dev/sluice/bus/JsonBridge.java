package dev.sluice.bus;

import io.vertx.core.Future;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.json.JsonObject;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The JSON form of open channels, for extensions: address {@code <channel>.v1}. What is published typed is published
 * there too; what extensions send there reaches the typed server. JSON is only built while somebody may listen.
 */
final class JsonBridge {
    /** Version of the JSON forms; part of the address. */
    static final String VERSION = "v1";

    private static final int REFUSED = 400;
    private static final int FAILED = 500;

    private final EventBus eventBus;
    private final JsonForms forms;
    private final AtomicInteger listeners = new AtomicInteger();

    JsonBridge(EventBus eventBus, JsonForms forms) {
        this.eventBus = eventBus;
        this.forms = forms;
    }

    static String address(Channel<?, ?> channel) {
        return channel.address() + '.' + VERSION;
    }

    Bus.Registration open() {
        listeners.incrementAndGet();
        AtomicBoolean wanted = new AtomicBoolean(true);
        return () -> {
            if (wanted.getAndSet(false)) {
                listeners.decrementAndGet();
            }
            return Future.succeededFuture();
        };
    }

    <Q> @Nullable JsonObject form(Channel<Q, ?> channel, Q message) {
        JsonForm.Event<Q> form = forms.event(channel);
        return form == null ? null : form.encode(message);
    }

    <Q> void published(Channel<Q, ?> channel, Q message) {
        if (listeners.get() == 0) {
            return;
        }
        JsonForm.Event<Q> form = forms.event(channel);
        if (form != null) {
            eventBus.publish(address(channel), form.encode(message), new DeliveryOptions().setLocalOnly(true));
        }
    }

    <Q, R> Bus.Registration serve(Channel<Q, R> channel, Function<Q, Future<R>> handler) {
        JsonForm.Request<Q, R> form = forms.request(channel);
        if (form == null) {
            return Future::succeededFuture;
        }
        var consumer = eventBus.<Object>localConsumer(address(channel), message -> {
            Future<R> answer;
            try {
                if (!(message.body() instanceof JsonObject body)) {
                    throw new IllegalArgumentException("body: not a JSON object (expected: a JSON object)");
                }
                answer = handler.apply(form.decode(body));
            } catch (RuntimeException e) {
                message.fail(REFUSED, String.valueOf(e.getMessage()));
                return;
            }
            answer.onComplete(
                    reply -> message.reply(form.encodeReply(reply)),
                    failure -> message.fail(FAILED, String.valueOf(failure.getMessage())));
        });
        return consumer::unregister;
    }
}
