package dev.sluice.api;

import dev.sluice.port.Download;
import dev.sluice.port.Imports;
import dev.sluice.port.JobKind;
import dev.sluice.port.Jobs;
import dev.sluice.port.NewJob;
import dev.sluice.port.UploadRefusedException;
import dev.sluice.port.UploadRefusedException.Reason;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** Takes lists in and remembers them; each becomes a job that nobody works on. */
final class ReceivedImports implements Imports {
    static final long LIMIT = 1_000_000;

    final List<Order> orders = new CopyOnWriteArrayList<>();
    final List<String> bodies = new CopyOnWriteArrayList<>();
    final Map<String, Download> files = new ConcurrentHashMap<>();
    private final Jobs jobs;

    ReceivedImports(Jobs jobs) {
        this.jobs = jobs;
    }

    @Override
    public Future<Jobs.Submitted> upload(Order order, ReadStream<Buffer> body, long announcedBytes) {
        if (announcedBytes > LIMIT) {
            return Future.failedFuture(tooLarge(announcedBytes));
        }
        Buffer all = Buffer.buffer();
        Promise<Jobs.Submitted> taken = Promise.promise();
        body.handler(part -> {
            all.appendBuffer(part);
            if (all.length() > LIMIT && taken.tryFail(tooLarge(all.length()))) {
                body.pause();
            }
        });
        body.exceptionHandler(failure ->
                taken.tryFail(new UploadRefusedException(Reason.BROKEN, "the body broke off (expected: all of it)")));
        body.endHandler(end -> {
            orders.add(order);
            bodies.add(all.toString());
            submit(order).onComplete(taken);
        });
        body.resume();
        return taken.future();
    }

    private static UploadRefusedException tooLarge(long bytes) {
        return new UploadRefusedException(
                Reason.TOO_LARGE, "the list has " + bytes + " bytes or more (expected: at most " + LIMIT + ")");
    }

    @Override
    public Future<Jobs.Submitted> fetch(Order order, String url) {
        if (url.startsWith("http://10.")) {
            return Future.failedFuture(
                    new UploadRefusedException(Reason.ADDRESS, "url: one of 10.0.0.0/8 (expected: a public address)"));
        }
        orders.add(order);
        bodies.add(url);
        return submit(order);
    }

    private Future<Jobs.Submitted> submit(Order order) {
        return jobs.submit(new NewJob(
                JobKind.IMPORT,
                TYPE,
                "{}",
                order.priority(),
                order.key(),
                null,
                null,
                0,
                NewJob.DEFAULT_ATTEMPTS,
                order.owner()));
    }

    @Override
    public Future<Optional<Download>> rejected(String job) {
        return Future.succeededFuture(Optional.ofNullable(files.get(job)));
    }
}
