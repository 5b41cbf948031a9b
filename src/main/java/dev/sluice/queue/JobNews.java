package dev.sluice.queue;

import dev.sluice.message.JobChanged;
import dev.sluice.port.JobRecord;
import dev.sluice.port.JobState;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** Tells the log and whoever listens what becomes of jobs. Thread-safe if the listener is. */
public final class JobNews {
    private static final Logger LOG = LoggerFactory.getLogger(JobNews.class);

    private final Consumer<JobChanged> listener;

    /** @param listener gets every change; in a server it publishes them on the bus */
    public JobNews(Consumer<JobChanged> listener) {
        this.listener = listener;
    }

    /** A job as it is now, after a change. */
    public void changed(JobRecord job) {
        changed(job, job.state(), job.attempts(), job.progress(), job.result(), latest(job.failures()), job.updatedAtMillis());
    }

    /** A job that has changed since {@code job} was read. */
    void changed(
            JobRecord job,
            JobState state,
            int attempts,
            @Nullable String progress,
            @Nullable String result,
            @Nullable String error,
            long atMillis) {
        LOG.atLevel(state.live() ? Level.DEBUG : Level.INFO)
                .addKeyValue("job", job.id())
                .addKeyValue("type", job.job().type())
                .addKeyValue("state", state.text())
                .addKeyValue("attempts", attempts)
                .addKeyValue("error", error)
                .log("a job has changed");
        JobChanged change = new JobChanged(
                job.id(),
                job.job().kind().text(),
                job.job().type(),
                state.text(),
                attempts,
                progress,
                result,
                error,
                atMillis);
        try {
            listener.accept(change);
        } catch (RuntimeException e) {
            LOG.atError().addKeyValue("job", job.id()).setCause(e).log("a listener for jobs failed");
        }
    }

    private static @Nullable String latest(List<JobRecord.Failure> failures) {
        return failures.isEmpty() ? null : failures.get(failures.size() - 1).error();
    }
}
