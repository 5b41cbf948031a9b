package dev.sluice.queue.redis;

/** A stream or its group is missing: somebody emptied Redis. */
final class StreamsLostException extends RuntimeException {
    private static final long serialVersionUID = 1;

    StreamsLostException() {
        super("the streams of jobs are gone", null, false, false);
    }
}
