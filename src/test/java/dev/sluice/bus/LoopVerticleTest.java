package dev.sluice.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LoopVerticleTest {
    private final Vertx vertx = Vertx.vertx();
    private final Context context = vertx.getOrCreateContext();
    private final Loop loop = new Loop(context);
    private final Set<Context> contexts = ConcurrentHashMap.newKeySet();

    @AfterEach
    void close() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    private void noteContext() {
        Context here = Vertx.currentContext();
        assertThat(here).isNotNull();
        contexts.add(here);
    }

    @Test
    void whatIsRunFromOutsideAndWhatFollowsItHappensOnTheLoop() throws Exception {
        for (int i = 0; i < 1_000; i++) {
            int number = i;
            Future<Integer> run = loop.run(() -> {
                noteContext();
                return loop.answer(() -> Future.succeededFuture(number)).map(answer -> {
                    noteContext();
                    return answer;
                });
            });
            assertThat(run.await(10, TimeUnit.SECONDS)).isEqualTo(i);
        }
        assertThat(contexts).containsExactly(context);
    }

    @Test
    void whatThrowsIsAFailure() {
        assertThatThrownBy(() -> loop.run(() -> {
                            throw new IllegalStateException("made to fail");
                        })
                        .await(10, TimeUnit.SECONDS))
                .hasMessage("made to fail");
    }
}
