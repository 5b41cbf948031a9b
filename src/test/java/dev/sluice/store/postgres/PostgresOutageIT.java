package dev.sluice.store.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.store.EmbeddedDatabase;
import dev.sluice.store.StoreException;
import dev.sluice.store.TestVaults;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A PostgreSQL that freezes, and one that cuts its connections. */
final class PostgresOutageIT {
    private static Vertx vertx;
    private String uri;
    private Relay relay;
    private PostgresStore store;

    @BeforeAll
    static void open() {
        vertx = Vertx.vertx();
    }

    @AfterAll
    static void close() {
        vertx.close().await();
    }

    @BeforeEach
    void connect() {
        uri = EmbeddedDatabase.create();
        relay = Relay.before(vertx, uri);
        store = PostgresStore.open(
                        vertx, relay.uri(uri), 2, Duration.ofSeconds(30), InstantSource.system(), TestVaults.usual())
                .await();
    }

    @AfterEach
    void disconnect() {
        relay.thaw();
        store.close().await();
        EmbeddedDatabase.drop(uri);
    }

    private static void until(BooleanSupplier condition) throws Exception {
        Promise<Void> met = Promise.promise();
        long timer = vertx.setPeriodic(20, id -> {
            if (condition.getAsBoolean()) {
                met.tryComplete();
            }
        });
        met.future().await(60, TimeUnit.SECONDS);
        vertx.cancelTimer(timer);
    }

    @Test
    void whatIsAskedOfAFrozenServerFailsAtOnceUntilItAnswersAgain() throws Exception {
        store.settings().put("before", "1").await();
        assertThat(store.answers()).isTrue();

        relay.freeze();
        Future<Void> caught = store.settings().put("meanwhile", "2");
        until(() -> !store.answers());
        Future<Map<String, String>> refused = store.settings().all();
        assertThat(refused.isComplete()).as("nothing is sent to it").isTrue();
        assertThatThrownBy(refused::await)
                .isInstanceOfSatisfying(
                        StoreException.class,
                        failure -> assertThat(failure.kind()).isEqualTo(StoreException.Kind.UNAVAILABLE))
                .hasMessageContaining("does not answer");

        relay.thaw();
        until(store::answers);
        caught.await(30, TimeUnit.SECONDS);
        assertThat(store.settings().all().await(30, TimeUnit.SECONDS))
                .containsEntry("before", "1")
                .containsEntry("meanwhile", "2");
    }

    @Test
    void connectionsThatWereCutAreMadeAnew() throws Exception {
        store.settings().put("before", "1").await();
        relay.cut();
        Promise<Map<String, String>> read = Promise.promise();
        again(read);
        assertThat(read.future().await(60, TimeUnit.SECONDS)).containsEntry("before", "1");
    }

    private void again(Promise<Map<String, String>> read) {
        store.settings().all().onSuccess(read::tryComplete).onFailure(failed -> vertx.setTimer(50, id -> again(read)));
    }
}
