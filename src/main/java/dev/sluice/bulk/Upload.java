package dev.sluice.bulk;

import dev.sluice.port.UploadRefusedException;
import dev.sluice.port.UploadRefusedException.Reason;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.file.AsyncFile;
import io.vertx.core.file.OpenOptions;
import io.vertx.core.streams.ReadStream;
import java.nio.file.Path;

/** One body on its way into a file. Holds no more of it than the disk has not taken yet. Confined to its event loop. */
final class Upload {
    private final Vertx vertx;
    private final ReadStream<Buffer> body;
    private final AsyncFile file;
    private final DiskRoom room;
    private final long maxBytes;
    private final Future<Void> broken;
    private final Promise<Long> promise = Promise.promise();
    private long bytes;
    private long checkedBytes;
    private boolean done;

    private Upload(
            Vertx vertx, ReadStream<Buffer> body, AsyncFile file, DiskRoom room, long maxBytes, Future<Void> broken) {
        this.vertx = vertx;
        this.body = body;
        this.file = file;
        this.room = room;
        this.maxBytes = maxBytes;
        this.broken = broken;
    }

    /** Pauses a body. @return fails when the body breaks, which it may do before anybody reads it */
    static Future<Void> hold(ReadStream<Buffer> body) {
        Promise<Void> broken = Promise.promise();
        body.exceptionHandler(broken::tryFail);
        body.pause();
        return broken.future();
    }

    /**
     * Takes all of a body.
     *
     * @param broken of {@link #hold}
     * @param part file to write; nothing may be there, and nothing is when this fails
     * @param announcedBytes length that was announced, -1 for none
     * @return bytes taken, on disk; fails with {@link UploadRefusedException}, the body paused where it was left
     */
    static Future<Long> take(
            Vertx vertx,
            ReadStream<Buffer> body,
            Future<Void> broken,
            long announcedBytes,
            Path part,
            DiskRoom room,
            long maxBytes) {
        OpenOptions create = new OpenOptions().setRead(false).setWrite(true).setCreateNew(true);
        return vertx.fileSystem()
                .open(part.toString(), create)
                .compose(file -> new Upload(vertx, body, file, room, maxBytes, broken)
                        .pump()
                        .compose(taken -> announcedBytes < 0 || taken == announcedBytes
                                ? Future.succeededFuture(taken)
                                : Future.failedFuture(new UploadRefusedException(
                                        Reason.BROKEN,
                                        "body: " + taken + " bytes (expected: " + announcedBytes + " as announced)")))
                        .compose(taken -> file.flush().map(taken))
                        .eventually(file::close)
                        .recover(failure -> vertx.fileSystem()
                                .delete(part.toString())
                                .transform(deleted -> Future.failedFuture(judged(failure)))));
    }

    private Future<Long> pump() {
        file.exceptionHandler(this::fail);
        broken.onFailure(failure -> fail(new UploadRefusedException(
                Reason.BROKEN,
                "body: broken after " + bytes + " bytes, " + failure.getMessage() + " (expected: all of it)")));
        if (done) {
            return promise.future();
        }
        body.endHandler(v -> {
            if (!done) {
                done = true;
                promise.complete(bytes);
            }
        });
        body.handler(this::taken);
        body.resume();
        return promise.future();
    }

    private void taken(Buffer piece) {
        if (done) {
            return;
        }
        bytes += piece.length();
        if (bytes > maxBytes) {
            fail(tooLarge("more than " + maxBytes + " bytes", maxBytes));
            return;
        }
        file.write(piece).onFailure(this::fail);
        if (bytes - checkedBytes >= DiskRoom.LOOK_BYTES) {
            checkedBytes = bytes;
            vertx.<Void>executeBlocking(
                            () -> {
                                room.require(0);
                                return null;
                            },
                            false)
                    .onFailure(this::fail);
        }
        if (file.writeQueueFull()) {
            body.pause();
            file.drainHandler(v -> {
                if (!done) {
                    body.resume();
                }
            });
        }
    }

    private void fail(Throwable failure) {
        if (!done) {
            done = true;
            body.pause();
            promise.fail(failure);
        }
    }

    static UploadRefusedException tooLarge(String what, long maxBytes) {
        return new UploadRefusedException(
                Reason.TOO_LARGE, "list: " + what + " (expected: at most " + maxBytes + ", queue.max-upload)");
    }

    /** What a failure on the way to the disk means for who uploads. */
    static Throwable judged(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (DiskRoom.wanted(cause)) {
                return new UploadRefusedException(Reason.NO_ROOM, "list: no room on the disk (expected: room for it)");
            }
        }
        return failure;
    }
}
