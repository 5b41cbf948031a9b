package dev.sluice.queue.redis;

import dev.sluice.port.JobKind;
import io.vertx.core.Future;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Streams of ids between instances. Nothing depends on what it holds: it may lose, repeat and delay. Called on the queue's
 * thread; every future completes within seconds, on any thread.
 */
interface Transport {
    /** Answer of {@link #lead}. */
    long ANOTHER_LEADS = -1;

    /**
     * Connects anew; what was connected before is closed.
     *
     * @param ears told on any thread
     * @return as for {@link #prepare}
     */
    Future<Boolean> connect(Ears ears, long nowMillis);

    /** Makes streams that are missing, and notes that they are empty since now. @return whether any were */
    Future<Boolean> prepare(long nowMillis);

    /**
     * Puts ids into a lane while there is room in it, and wakes those who wait.
     *
     * @param room ids that may be in a lane
     * @return how many of {@code ids}, from the first on, are in it now
     */
    Future<Integer> publish(JobKind kind, Lane lane, List<String> ids, int room);

    /** Takes ids out, from lanes in this order. Fails with {@link StreamsLostException} when there is no such stream. */
    Future<List<Delivery>> read(JobKind kind, List<Lane> lanes, int limit);

    /** Forgets entries for good. */
    Future<Void> done(JobKind kind, Lane lane, List<String> entries);

    /** Forgets entries that somebody took out so long ago that it must have vanished. @return how many */
    Future<Integer> tidy(JobKind kind, Lane lane, long olderThanMillis);

    /**
     * Makes {@code name} the one that tells for all, for the next {@code millis}, unless another is.
     *
     * @return {@link #ANOTHER_LEADS}, or since when the streams hold what they were told, 0 when that is not known
     */
    Future<Long> lead(String name, long millis);

    /** Closes the connections; {@link #connect} may follow. Never fails. */
    Future<Void> close();

    /**
     * An id that was taken out.
     *
     * @param entry its place in the stream
     * @param id of the job; null when the entry is none of ours
     */
    record Delivery(Lane lane, String entry, @Nullable String id) {}

    /**
     * Who is told what happens at the other end.
     *
     * @param arrived there may be ids of this kind
     * @param gone the connection is lost; told at most once
     */
    record Ears(Consumer<JobKind> arrived, Consumer<Throwable> gone) {}
}
