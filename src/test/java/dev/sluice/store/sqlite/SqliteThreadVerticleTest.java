package dev.sluice.store.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.store.StoreException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
class SqliteThreadVerticleTest {
    @Test
    void callsBehindADiskThatHangsAreRefusedAtABound(Vertx vertx) throws Exception {
        SqliteThread thread = new SqliteThread(vertx, new SqliteFile(Path.of("pool.db")), "test");
        CountDownLatch disk = new CountDownLatch(1);
        List<Future<Boolean>> calls = new ArrayList<>();
        for (int i = 0; i < SqliteThread.MAX_WAITING; i++) {
            calls.add(thread.call("work", () -> wait(disk)));
        }

        Future<Boolean> refused = thread.call("more work", () -> true);

        assertThat(refused.failed()).isTrue();
        assertThat(refused.cause())
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.UNAVAILABLE))
                .hasMessageContaining("pool.db")
                .hasMessageContaining("more work");
        disk.countDown();
        Future.all(calls).await(30, TimeUnit.SECONDS);
        assertThat(calls).allMatch(call -> call.result());
        assertThat(thread.call("work again", () -> true).await(30, TimeUnit.SECONDS))
                .isTrue();
        thread.close().await(30, TimeUnit.SECONDS);
    }

    @Test
    void workGivenBeforeTheEndIsDone(Vertx vertx) throws Exception {
        SqliteThread thread = new SqliteThread(vertx, new SqliteFile(Path.of("pool.db")), "test");
        CountDownLatch disk = new CountDownLatch(1);
        Future<Boolean> work = thread.call("work", () -> wait(disk));

        Future<Void> end = thread.close();

        assertThat(thread.call("late work", () -> true).cause()).hasMessageContaining("closed before late work");
        disk.countDown();
        end.await(30, TimeUnit.SECONDS);
        assertThat(work.result()).isTrue();
    }

    private static boolean wait(CountDownLatch latch) {
        try {
            return latch.await(30, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
