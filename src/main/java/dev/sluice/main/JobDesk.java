package dev.sluice.main;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sluice.port.JobFilter;
import dev.sluice.port.JobKind;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where jobs are shown and changed for the command line, as the API shows them. Its methods block, and throw what went wrong;
 * null means that there is no such job.
 */
interface JobDesk {
    /** Whether a server may be at work on these jobs. */
    boolean attended();

    /** Jobs, the newest first. */
    List<JsonNode> list(JobFilter filter, int limit) throws Exception;

    @Nullable
    JsonNode show(String id) throws Exception;

    /** The job after the change, which may be none: its state tells. */
    @Nullable
    JsonNode cancel(String id) throws Exception;

    /** As {@link #cancel}. */
    @Nullable
    JsonNode retry(String id) throws Exception;

    /** How many were given up and are tried again. */
    int retryFailed(@Nullable JobKind kind) throws Exception;

    /** The job as it was; one that is live stays. */
    @Nullable
    JsonNode drop(String id) throws Exception;
}
