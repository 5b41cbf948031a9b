package dev.sluice.api;

import dev.sluice.message.JobChanged;
import dev.sluice.port.JobRecord;
import dev.sluice.port.NewJob;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** How a job looks in answers. Its payload is not shown: it may name an address with a password. */
public final class JobForm {
    private JobForm() {}

    /** A job as JSON. */
    public static String text(JobRecord record) {
        return json(record).encode();
    }

    static JsonObject json(JobRecord record) {
        NewJob job = record.job();
        JsonArray failures = new JsonArray();
        for (JobRecord.Failure failure : record.failures()) {
            failures.add(new JsonObject()
                    .put("at", ProxyForm.time(failure.atMillis()))
                    .put("attempt", failure.attempt())
                    .put("worker", failure.worker())
                    .put("error", failure.error()));
        }
        return new JsonObject()
                .put("id", record.id())
                .put("kind", job.kind().text())
                .put("type", job.type())
                .put("state", record.state().text())
                .put("priority", job.priority())
                .put("key", job.key())
                .put("partition", job.partition())
                .put("node", job.node())
                .put("owner", job.owner())
                .put("attempts", record.attempts())
                .put("max_attempts", job.maxAttempts())
                .put("lost_leases", record.lostLeases())
                .put("worker", record.worker())
                .put("cancel_requested", record.cancelRequested())
                .put("progress", object(record.progress()))
                .put("result", object(record.result()))
                .put("failures", failures)
                .put("run_at", ProxyForm.time(record.runAtMillis()))
                .put("created_at", ProxyForm.time(record.createdAtMillis()))
                .put("updated_at", ProxyForm.time(record.updatedAtMillis()))
                .put("finished_at", ProxyForm.time(record.finishedAtMillis()));
    }

    /** What is told of a job while it goes on. */
    static JsonObject event(JobChanged changed) {
        return new JsonObject()
                .put("id", changed.id())
                .put("state", changed.state())
                .put("attempts", changed.attempts())
                .put("progress", object(changed.progress()))
                .put("result", object(changed.result()))
                .put("error", changed.error());
    }

    /** The same of a job as it stands. */
    static JsonObject event(JobRecord record) {
        int failures = record.failures().size();
        return new JsonObject()
                .put("id", record.id())
                .put("state", record.state().text())
                .put("attempts", record.attempts())
                .put("progress", object(record.progress()))
                .put("result", object(record.result()))
                .put(
                        "error",
                        failures == 0
                                ? null
                                : record.failures().get(failures - 1).error());
    }

    private static @Nullable JsonObject object(@Nullable String json) {
        try {
            return json == null ? null : new JsonObject(json);
        } catch (DecodeException e) {
            return new JsonObject().put("text", json);
        }
    }
}
