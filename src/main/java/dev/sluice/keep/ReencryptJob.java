package dev.sluice.keep;

import dev.sluice.port.Encryption;
import dev.sluice.port.JobKind;
import dev.sluice.queue.JobHandler;
import dev.sluice.queue.JobRun;
import dev.sluice.secret.Reencryption;
import io.vertx.core.Future;

/** Encrypts every stored password under the present key. The cursor is the last number done, and what was counted. */
public final class ReencryptJob implements JobHandler {
    private final Reencryption reencryption;

    /** A handler. */
    public ReencryptJob(Reencryption reencryption) {
        this.reencryption = reencryption;
    }

    @Override
    public JobKind kind() {
        return JobKind.ANALYSIS;
    }

    @Override
    public String type() {
        return Encryption.REENCRYPT;
    }

    @Override
    public Future<String> run(JobRun run) {
        return reencryption
                .begin()
                .compose(begun -> pass(run, Reencryption.Place.of(run.job().cursor())));
    }

    private Future<String> pass(JobRun run, Reencryption.Place from) {
        return run.checkpoint()
                .compose(goOn -> reencryption.page(from))
                .compose(next -> next.done()
                        ? Future.succeededFuture(next.json())
                        : run.progress(next.json(), next.cursor()).compose(noted -> pass(run, next)));
    }
}
