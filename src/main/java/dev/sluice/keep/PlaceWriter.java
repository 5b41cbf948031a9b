package dev.sluice.keep;

import dev.sluice.bus.Loop;
import dev.sluice.store.Located;
import dev.sluice.store.ProxyStore;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Vertx;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes places that wait, one batch of at most {@value #BATCH} at a time, behind the results they came with. A batch that
 * fails is tried again after growing pauses. What is lost when the process ends is found again by the job that looks for
 * what is not located. Confined to its event loop.
 */
final class PlaceWriter {
    static final int BATCH = 500;
    private static final long FIRST_PAUSE_MILLIS = 250;
    private static final long LONGEST_PAUSE_MILLIS = 30_000;
    private static final int MOST_DOUBLINGS = 10;
    private static final Logger LOG = LoggerFactory.getLogger(PlaceWriter.class);

    private final Vertx vertx;
    private final Loop loop;
    private final ProxyStore store;
    private final PendingPlaces places;
    private final InstantSource clock;
    private final Counter written;
    private final Counter failures;
    private boolean writing;
    private boolean stopped;
    private int failuresInARow;
    private @Nullable Long timer;

    PlaceWriter(
            Vertx vertx, Loop loop, ProxyStore store, PendingPlaces places, InstantSource clock, MeterRegistry meters) {
        this.vertx = vertx;
        this.loop = loop;
        this.store = store;
        this.places = places;
        this.clock = clock;
        this.written = Counter.builder("sluice.keep.places.written")
                .description("Entries that the store learnt to be elsewhere, by checks")
                .register(meters);
        this.failures = Counter.builder("sluice.keep.places.failures")
                .description("Batches of places the store did not take at once")
                .register(meters);
    }

    /** Something may be ready. */
    void added() {
        if (writing || stopped || timer != null || places.ready() == 0) {
            return;
        }
        List<Located> batch = places.begin(BATCH);
        writing = true;
        loop.answer(() -> store.locate(batch, clock.millis())).onComplete(result -> {
            writing = false;
            if (result.succeeded()) {
                failuresInARow = 0;
                written.increment(result.result());
                added();
            } else {
                refused(result.cause());
            }
        });
    }

    private void refused(Throwable failure) {
        places.refused();
        failures.increment();
        if (failuresInARow++ == 0) {
            LOG.atWarn()
                    .addKeyValue("waiting", places.size())
                    .addKeyValue("error", failure.getMessage())
                    .log("the store does not take places; they wait in memory");
        }
        if (stopped) {
            return;
        }
        long pause = FIRST_PAUSE_MILLIS << Math.min(failuresInARow - 1, MOST_DOUBLINGS);
        timer = vertx.setTimer(Math.min(LONGEST_PAUSE_MILLIS, pause), id -> {
            timer = null;
            added();
        });
    }

    /** Nothing more is written. */
    void stop() {
        stopped = true;
        if (timer != null) {
            vertx.cancelTimer(timer);
            timer = null;
        }
    }
}
