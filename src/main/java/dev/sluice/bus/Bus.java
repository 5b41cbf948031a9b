package dev.sluice.bus;

import dev.sluice.parse.AddressPolicy;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.MessageCodec;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.json.JsonObject;
import java.time.InstantSource;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Typed access to the event bus. One instance a {@link Vertx}; thread-safe. Handlers run on the context that registered
 * them, so register inside {@code start()}.
 */
public final class Bus {
    private static final Logger LOG = LoggerFactory.getLogger(Bus.class);
    private static final int NO_HANDLER_CODE = -1;

    private final EventBus eventBus;
    private final JsonBridge json;

    /** A bus whose extensions may add public addresses only. Call one constructor, once for each {@link Vertx}. */
    public Bus(Vertx vertx) {
        this(vertx, AddressPolicy.PUBLIC);
    }

    /**
     * Registers a codec for every type of {@link Channels}.
     *
     * @param admission which addresses extensions may add; the same as for fetched lists
     */
    public Bus(Vertx vertx, AddressPolicy admission) {
        this.eventBus = vertx.eventBus();
        Set<Class<?>> types = new LinkedHashSet<>();
        for (Channel<?, ?> channel : Channels.ALL) {
            types.add(channel.request());
            if (channel.reply() != Void.class) {
                types.add(channel.reply());
            }
        }
        types.forEach(this::register);
        this.json = new JsonBridge(eventBus, new JsonForms(admission, InstantSource.system()));
    }

    private <T> void register(Class<T> type) {
        eventBus.registerDefaultCodec(type, new ByReference<>(type));
    }

    /** Sends to every subscriber of {@code channel}, and to extensions where it is open to them. */
    public <Q> void publish(Channel<Q, Void> channel, Q message) {
        eventBus.publish(channel.address(), message, new DeliveryOptions().setLocalOnly(true));
        json.published(channel, message);
    }

    /**
     * Sends to the server of {@code channel} and waits for its answer.
     *
     * @return fails with {@link ReplyException}: no server, no answer in time, or the server's own failure
     */
    public <Q, R> Future<R> request(Channel<Q, R> channel, Q message) {
        DeliveryOptions options = new DeliveryOptions()
                .setLocalOnly(true)
                .setSendTimeout(channel.timeout().toMillis());
        return eventBus.<R>request(channel.address(), message, options).map(reply -> reply.body());
    }

    /**
     * Answers requests on {@code channel}, failures included. On an open channel the JSON form is answered as well.
     *
     * @param handler returns the answer, or fails; must not return null
     * @return stops serving
     */
    public <Q, R> Registration serve(Channel<Q, R> channel, Function<Q, Future<R>> handler) {
        var consumer = eventBus.<Q>localConsumer(channel.address(), message -> {
            Future<R> answer;
            try {
                answer = handler.apply(message.body());
            } catch (RuntimeException e) {
                answer = Future.failedFuture(e);
            }
            answer.onComplete(message::reply, failure -> {
                LOG.atWarn()
                        .addKeyValue("address", channel.address())
                        .setCause(failure)
                        .log("a request failed");
                message.fail(NO_HANDLER_CODE, String.valueOf(failure.getMessage()));
            });
        });
        Registration jsonForm = json.serve(channel, handler);
        return () -> Future.all(consumer.unregister(), jsonForm.stop()).mapEmpty();
    }

    /**
     * Receives what is published on {@code channel}. A handler that throws is logged and goes on receiving.
     *
     * @return stops receiving
     */
    public <Q> Registration subscribe(Channel<Q, Void> channel, Consumer<Q> handler) {
        var consumer = eventBus.<Q>localConsumer(channel.address(), message -> {
            try {
                handler.accept(message.body());
            } catch (RuntimeException e) {
                LOG.atError()
                        .addKeyValue("address", channel.address())
                        .setCause(e)
                        .log("a subscriber failed");
            }
        });
        return consumer::unregister;
    }

    /** A message as extensions see it; null where the channel is closed to them. */
    public <Q> @Nullable JsonObject form(Channel<Q, Void> channel, Q message) {
        return json.form(channel, message);
    }

    /**
     * Publishes the JSON form of open channels too, from now on. JSON is built while at least one caller wants it; the
     * bus can't see by itself who listens.
     *
     * @return ends the wish
     */
    public Registration openToExtensions() {
        return json.open();
    }

    /** A server or subscriber in place. */
    @FunctionalInterface
    public interface Registration {
        /** Takes it away; completes when no further message is delivered. */
        Future<Void> stop();
    }

    /** Delivers the same immutable instance; refuses to leave the process. */
    private record ByReference<T>(Class<T> type) implements MessageCodec<T, T> {
        @Override
        public void encodeToWire(Buffer buffer, T message) {
            throw new IllegalStateException(type.getName() + " stays inside its process");
        }

        @Override
        public T decodeFromWire(int position, Buffer buffer) {
            throw new IllegalStateException(type.getName() + " stays inside its process");
        }

        @Override
        public T transform(T message) {
            return message;
        }

        @Override
        public String name() {
            return type.getName();
        }

        @Override
        public byte systemCodecID() {
            return -1;
        }
    }
}
