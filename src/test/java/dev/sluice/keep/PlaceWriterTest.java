package dev.sluice.keep;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bus.Loop;
import dev.sluice.proxy.Location;
import dev.sluice.store.Located;
import dev.sluice.store.StoreException;
import dev.sluice.store.UnexpectedStore;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PlaceWriterTest {
    private static final InstantSource CLOCK = InstantSource.fixed(Instant.ofEpochMilli(1_800_000_000_000L));
    private static final Location BERN = new Location("EU", "CH", "Bern", 0, null, "table");
    private static final Location TOKYO = new Location("AS", "JP", "Tokyo", 0, null, "table");

    private final Vertx vertx = Vertx.vertx();
    private final Context context = vertx.getOrCreateContext();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final Answering store = new Answering();
    private final PendingPlaces places = new PendingPlaces();
    private final PlaceWriter writer = new PlaceWriter(vertx, new Loop(context), store, places, CLOCK, meters);

    /** A batch, and what will be said of it. */
    private record Asked(List<Located> batch, Promise<Integer> answer) {
        void taken() {
            answer.complete(batch.size());
        }

        void refused() {
            answer.fail(new StoreException(StoreException.Kind.UNAVAILABLE, "made to fail"));
        }

        List<Long> ids() {
            return batch.stream().map(Located::id).toList();
        }
    }

    /** Takes places only, and answers when it is told to. */
    private static final class Answering extends UnexpectedStore {
        private final BlockingQueue<Asked> asked = new LinkedBlockingQueue<>();

        @Override
        public Future<Integer> locate(List<Located> located, long nowMillis) {
            Promise<Integer> answer = Promise.promise();
            asked.add(new Asked(List.copyOf(located), answer));
            return answer.future();
        }
    }

    @AfterEach
    void close() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    /** On the loop of the writer, and after everything that was to happen there before. */
    private void there(Runnable work) throws Exception {
        Promise<Void> done = Promise.promise();
        context.runOnContext(v -> {
            work.run();
            done.complete();
        });
        done.future().await(10, TimeUnit.SECONDS);
    }

    private void add(Location location, long... ids) throws Exception {
        there(() -> {
            for (long id : ids) {
                places.ofWritten(new Located(id, location, null, null));
            }
            writer.added();
        });
    }

    private Asked next() throws InterruptedException {
        return Objects.requireNonNull(store.asked.poll(10, TimeUnit.SECONDS), "the store was not asked");
    }

    private double count(String name) {
        return meters.counter(name).count();
    }

    @Test
    void aRefusedBatchIsTriedAgainUntilItIsTaken() throws Exception {
        add(BERN, 1, 2, 3);

        next().refused();
        next().refused();
        Asked third = next();
        assertThat(third.ids()).containsExactly(1L, 2L, 3L);
        third.taken();
        there(() -> {});

        assertThat(count("sluice.keep.places.failures")).isEqualTo(2);
        assertThat(count("sluice.keep.places.written")).isEqualTo(3);
        assertThat(places.size()).isZero();
        add(TOKYO, 4);
        assertThat(next().ids()).as("at once again").containsExactly(4L);
    }

    @Test
    void aNewerPlaceStandsForTheRefusedOne() throws Exception {
        add(BERN, 1, 2);
        Asked first = next();
        add(TOKYO, 1);
        there(() -> places.withState(new Located(2, TOKYO, null, null)));

        first.refused();

        Asked second = next();
        assertThat(second.batch()).containsExactly(new Located(1, TOKYO, null, null));
        second.taken();
        there(() -> {
            places.written(2);
            writer.added();
        });
        assertThat(next().batch()).as("once its state is written").containsExactly(new Located(2, TOKYO, null, null));
    }

    @Test
    void oneBatchOfBoundedSizeIsUnderWayAtATime() throws Exception {
        add(BERN, LongStream.rangeClosed(1, 2L * PlaceWriter.BATCH + 50).toArray());
        List<Long> written = new ArrayList<>();
        for (int size : new int[] {PlaceWriter.BATCH, PlaceWriter.BATCH, 50}) {
            Asked asked = next();
            assertThat(asked.batch()).hasSize(size);
            there(writer::added);
            assertThat(store.asked).as("one at a time").isEmpty();
            written.addAll(asked.ids());
            asked.taken();
        }
        assertThat(written).doesNotHaveDuplicates().hasSize(2 * PlaceWriter.BATCH + 50);
    }

    @Test
    void aStoreThatFailsIsNotAskedForEveryPlaceThatComes() throws Exception {
        add(BERN, 1);
        next().refused();
        for (long id = 2; id < 50; id++) {
            add(BERN, id);
        }

        assertThat(store.asked).as("in the pause").isEmpty();
        assertThat(next().batch()).hasSize(49);
    }

    @Test
    void howeverLongTheStoreFailsWhatWaitsIsBounded() throws Exception {
        add(BERN, 1);
        Asked asked = next();
        long last = 3L * PendingPlaces.MOST;
        add(BERN, LongStream.rangeClosed(2, last).toArray());
        assertThat(places.size()).isEqualTo(PendingPlaces.MOST);
        asked.refused();
        there(() -> {});
        assertThat(places.size()).isEqualTo(PendingPlaces.MOST);

        Set<Long> written = new HashSet<>();
        for (int i = 0; i < PendingPlaces.MOST / PlaceWriter.BATCH; i++) {
            Asked next = next();
            assertThat(next.batch()).hasSize(PlaceWriter.BATCH);
            written.addAll(next.ids());
            next.taken();
        }
        there(() -> {});
        assertThat(places.size()).isZero();
        assertThat(written)
                .as("the newest, and none that was refused in place of a newer one")
                .hasSize(PendingPlaces.MOST)
                .allMatch(id -> id > last - PendingPlaces.MOST);
    }

    @Test
    void afterTheStopNothingIsTriedAgain() throws Exception {
        add(BERN, 1);
        next().refused();
        there(() -> {});
        there(writer::stop);
        add(BERN, 2);

        // Longer than the pause after the first failure.
        vertx.timer(600, TimeUnit.MILLISECONDS).await(10, TimeUnit.SECONDS);

        assertThat(store.asked).isEmpty();
    }

    @Test
    void aFailureAfterTheStopIsTheLast() throws Exception {
        add(BERN, 1);
        Asked asked = next();
        there(writer::stop);
        asked.refused();

        vertx.timer(600, TimeUnit.MILLISECONDS).await(10, TimeUnit.SECONDS);

        assertThat(store.asked).isEmpty();
        assertThat(count("sluice.keep.places.failures")).isEqualTo(1);
    }
}
