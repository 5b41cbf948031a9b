package dev.sluice.main;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.sluice.api.JobForm;
import dev.sluice.port.JobFilter;
import dev.sluice.port.JobKind;
import dev.sluice.port.JobRecord;
import dev.sluice.port.JobRecords;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Jobs in a database that this process has opened. */
final class StoreJobDesk implements JobDesk {
    private static final int PAGE = 1_000;

    private final JobRecords jobs;
    private final InstantSource clock;
    private final boolean shared;

    /**
     * A desk at a database.
     *
     * @param shared whether others may have it open as well
     */
    StoreJobDesk(JobRecords jobs, InstantSource clock, boolean shared) {
        this.jobs = jobs;
        this.clock = clock;
        this.shared = shared;
    }

    @Override
    public boolean attended() {
        return shared;
    }

    @Override
    public List<JsonNode> list(JobFilter filter, int limit) throws Exception {
        List<JsonNode> shown = new ArrayList<>();
        for (JobRecord job : Foreground.await(jobs.list(filter, limit))) {
            shown.add(form(job));
        }
        return shown;
    }

    @Override
    public @Nullable JsonNode show(String id) throws Exception {
        return form(Foreground.await(jobs.get(id)));
    }

    @Override
    public @Nullable JsonNode cancel(String id) throws Exception {
        return form(Foreground.await(jobs.cancel(id, clock.millis())));
    }

    @Override
    public @Nullable JsonNode retry(String id) throws Exception {
        return form(Foreground.await(jobs.retry(id, clock.millis())));
    }

    @Override
    public int retryFailed(@Nullable JobKind kind) throws Exception {
        int retried = 0;
        while (true) {
            int page = Foreground.await(jobs.retryFailed(kind, PAGE, clock.millis()))
                    .size();
            retried += page;
            if (page < PAGE) {
                return retried;
            }
        }
    }

    @Override
    public @Nullable JsonNode drop(String id) throws Exception {
        return form(Foreground.await(jobs.drop(id)));
    }

    private static @Nullable JsonNode form(Optional<JobRecord> job) throws JsonProcessingException {
        return job.isEmpty() ? null : form(job.get());
    }

    private static JsonNode form(JobRecord job) throws JsonProcessingException {
        return ServerClient.JSON.readTree(JobForm.text(job));
    }
}
