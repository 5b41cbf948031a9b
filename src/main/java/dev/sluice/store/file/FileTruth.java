package dev.sluice.store.file;

import dev.sluice.store.memory.Contents;
import dev.sluice.store.memory.Model;
import dev.sluice.store.memory.ModelThread;
import dev.sluice.store.memory.Step;
import dev.sluice.store.memory.Truth;
import dev.sluice.store.sqlite.FileOwnership;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The whole model in a file that is written anew each time, on a thread of its own. */
final class FileTruth implements Truth {
    private static final int PAUSES = 5;
    private static final long LONGEST_PAUSE_MILLIS = 30_000;
    /** What takes longer hangs on the disk, or may as well. */
    private static final long SLOW_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final Model model;
    private final JsonFile file;
    private final FileOwnership ownership;
    private final ModelThread writer = new ModelThread("sluice-file-write");
    private volatile long earliestNanos = System.nanoTime();
    /** When the write began that is under way; 0 for none. */
    private volatile long begunNanos;

    FileTruth(Model model, JsonFile file, FileOwnership ownership) {
        this.model = model;
        this.file = file;
        this.ownership = ownership;
    }

    /** A write may take a sixth of the time, however large the file is, so that it does not wear out the disk. */
    static long pauseMillis(long writeMillis) {
        return Math.min(PAUSES * writeMillis, LONGEST_PAUSE_MILLIS);
    }

    @Override
    public long pauseMillis() {
        return TimeUnit.NANOSECONDS.toMillis(earliestNanos - System.nanoTime());
    }

    @Override
    public boolean answers() {
        long begun = begunNanos;
        return begun == 0 || System.nanoTime() - begun < SLOW_NANOS;
    }

    @Override
    public Future<Void> write(List<Step<?, ?>> steps) {
        Contents contents = Contents.of(model);
        Promise<Void> written = Promise.promise();
        writer.execute(() -> {
            long startNanos = System.nanoTime();
            begunNanos = startNanos | 1;
            try {
                file.write(contents);
                written.tryComplete();
            } catch (RuntimeException e) {
                written.tryFail(e);
            } finally {
                long end = System.nanoTime();
                begunNanos = 0;
                long pause = pauseMillis(TimeUnit.NANOSECONDS.toMillis(end - startNanos));
                earliestNanos = end + TimeUnit.MILLISECONDS.toNanos(pause);
            }
        });
        return written.future();
    }

    @Override
    public Future<Void> close() {
        writer.close();
        ownership.close();
        return Future.succeededFuture();
    }
}
