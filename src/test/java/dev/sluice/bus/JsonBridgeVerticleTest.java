package dev.sluice.bus;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.message.CandidatesKept;
import dev.sluice.message.ConfigChanged;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
class JsonBridgeVerticleTest {
    @Test
    void eventsReachJsonListenersOnlyWhileTheBusIsOpenToExtensions(Vertx vertx) throws Exception {
        Bus bus = new Bus(vertx);
        BlockingQueue<JsonObject> received = new LinkedBlockingQueue<>();
        await(vertx.eventBus()
                .<JsonObject>consumer("sluice.config.changed.v1", message -> received.add(message.body()))
                .completion());

        bus.publish(Channels.CONFIG_CHANGED, new ConfigChanged(List.of("closed"), List.of()));
        Bus.Registration first = bus.openToExtensions();
        Bus.Registration second = bus.openToExtensions();
        bus.publish(Channels.CONFIG_CHANGED, new ConfigChanged(List.of("open"), List.of()));
        await(first.stop());
        await(first.stop());
        bus.publish(Channels.CONFIG_CHANGED, new ConfigChanged(List.of("still-open"), List.of()));
        await(second.stop());
        bus.publish(Channels.CONFIG_CHANGED, new ConfigChanged(List.of("closed-again"), List.of()));
        bus.openToExtensions();
        bus.publish(Channels.CONFIG_CHANGED, new ConfigChanged(List.of("last"), List.of()));

        for (String expected : List.of("open", "still-open", "last")) {
            JsonObject event = received.poll(10, TimeUnit.SECONDS);
            assertThat(event).isNotNull();
            assertThat(event.getJsonArray("applied")).containsExactly(expected);
        }
    }

    @Test
    void requestsInJsonAreAnsweredOrRefusedByName(Vertx vertx) throws Exception {
        Bus bus = new Bus(vertx);
        bus.serve(
                Channels.CANDIDATES_FOUND,
                found -> found.source().equals("broken")
                        ? Future.failedFuture("the store is full")
                        : Future.succeededFuture(
                                new CandidatesKept(found.candidates().size(), 0)));

        assertThat(await(ask(vertx, "{\"source\": \"good\", \"proxies\": [\"http://8.8.4.4:80\"]}")))
                .isEqualTo(new JsonObject().put("added", 1).put("known", 0));
        assertThat(refusal(ask(vertx, "{\"source\": \"good\", \"proxies\": [\"http://10.0.0.1:80\"]}")))
                .returns(400, ReplyException::failureCode)
                .hasMessageContaining("proxies[0]: 10.0.0.1 is private");
        assertThat(refusal(ask(vertx, "{\"source\": \"broken\", \"proxies\": [\"http://8.8.4.4:80\"]}")))
                .returns(500, ReplyException::failureCode)
                .hasMessageContaining("the store is full");
        assertThat(refusal(vertx.eventBus().<JsonObject>request("sluice.candidates.found.v1", "text")))
                .returns(400, ReplyException::failureCode)
                .hasMessageContaining("body: not a JSON object");
    }

    private static Future<JsonObject> ask(Vertx vertx, String json) {
        return vertx.eventBus()
                .<JsonObject>request("sluice.candidates.found.v1", new JsonObject(json))
                .map(reply -> reply.body());
    }

    private static ReplyException refusal(Future<?> future) throws Exception {
        try {
            await(future);
        } catch (java.util.concurrent.ExecutionException e) {
            if (e.getCause() instanceof ReplyException refusal) {
                return refusal;
            }
            throw e;
        }
        throw new AssertionError("accepted");
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }
}
