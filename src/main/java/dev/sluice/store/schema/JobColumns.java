package dev.sluice.store.schema;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.sluice.port.JobRecord;
import dev.sluice.port.NewJob;
import dev.sluice.store.StoreException;
import dev.sluice.store.schema.ProxyColumns.Column;
import dev.sluice.store.schema.ProxyColumns.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Order and meaning of the columns of table {@code job} in queries: one place for both databases. */
public final class JobColumns {
    private static final List<Column> ASKED_FOR = List.of(
            new Column("id", Kind.TEXT),
            new Column("kind", Kind.NUMBER),
            new Column("type", Kind.TEXT),
            new Column("payload", Kind.TEXT),
            new Column("priority", Kind.NUMBER),
            new Column("key", Kind.TEXT),
            new Column("\"partition\"", Kind.TEXT),
            new Column("node", Kind.TEXT),
            new Column("delay_ms", Kind.NUMBER),
            new Column("max_attempts", Kind.NUMBER),
            new Column("owner", Kind.TEXT),
            new Column("created_at", Kind.NUMBER));

    /** What changes while a job lives, in the order of {@link #writeChanging}. */
    public static final List<Column> CHANGING = List.of(
            new Column("state", Kind.NUMBER),
            new Column("run_at", Kind.NUMBER),
            new Column("attempts", Kind.NUMBER),
            new Column("lost_leases", Kind.NUMBER),
            new Column("lease_until", Kind.NUMBER),
            new Column("lease_token", Kind.NUMBER),
            new Column("worker", Kind.TEXT),
            new Column("cancel_requested", Kind.FLAG),
            new Column("progress", Kind.TEXT),
            new Column("cursor", Kind.TEXT),
            new Column("result", Kind.TEXT),
            new Column("failures", Kind.TEXT),
            new Column("updated_at", Kind.NUMBER),
            new Column("finished_at", Kind.NUMBER));

    /** All of them, in the order of {@link #write}. */
    public static final List<Column> COLUMNS =
            Stream.concat(ASKED_FOR.stream(), CHANGING.stream()).toList();

    /** What {@link #read} reads. */
    public static final String ALL = COLUMNS.stream().map(Column::name).collect(Collectors.joining(", "));

    private static final int AFTER_ASKED_FOR = ASKED_FOR.size();
    private static final String NO_FAILURES = "[]";
    private static final ObjectMapper JSON = new ObjectMapper();

    private JobColumns() {}

    /** A row of {@link #ALL}. */
    public static <E extends Exception> JobRecord read(Cells<E> row) throws E {
        String id = String.valueOf(row.text(0));
        NewJob job = new NewJob(
                Codes.jobKind(row.number(1)),
                String.valueOf(row.text(2)),
                String.valueOf(row.text(3)),
                (int) row.number(4),
                row.text(5),
                row.text(6),
                row.text(7),
                row.number(8),
                (int) row.number(9),
                row.text(10));
        int at = AFTER_ASKED_FOR;
        return new JobRecord(
                id,
                job,
                Codes.jobState(row.number(at)),
                row.number(at + 1),
                (int) row.number(at + 2),
                (int) row.number(at + 3),
                row.number(at + 4),
                row.number(at + 5),
                row.text(at + 6),
                row.flag(at + 7),
                row.text(at + 8),
                row.text(at + 9),
                row.text(at + 10),
                failures(id, row.text(at + 11)),
                row.number(11),
                row.number(at + 12),
                row.number(at + 13));
    }

    /** Writes {@link #COLUMNS}. */
    public static <E extends Exception> void write(JobRecord job, CellSink<E> row) throws E {
        NewJob asked = job.job();
        row.text(job.id());
        row.number(Codes.of(asked.kind()));
        row.text(asked.type());
        row.text(asked.payload());
        row.number(asked.priority());
        row.text(asked.key());
        row.text(asked.partition());
        row.text(asked.node());
        row.number(asked.delayMillis());
        row.number(asked.maxAttempts());
        row.text(asked.owner());
        row.number(job.createdAtMillis());
        writeChanging(job, row);
    }

    /** Writes {@link #CHANGING}. */
    public static <E extends Exception> void writeChanging(JobRecord job, CellSink<E> row) throws E {
        row.number(Codes.of(job.state()));
        row.number(job.runAtMillis());
        row.number(job.attempts());
        row.number(job.lostLeases());
        row.number(job.leaseUntilMillis());
        row.number(job.leaseToken());
        row.text(job.worker());
        row.flag(job.cancelRequested());
        row.text(job.progress());
        row.text(job.cursor());
        row.text(job.result());
        row.text(failures(job.failures()));
        row.number(job.updatedAtMillis());
        row.number(job.finishedAtMillis());
    }

    private static String failures(List<JobRecord.Failure> failures) {
        if (failures.isEmpty()) {
            return NO_FAILURES;
        }
        ArrayNode all = JSON.createArrayNode();
        for (JobRecord.Failure failure : failures) {
            all.addObject()
                    .put("at", failure.atMillis())
                    .put("attempt", failure.attempt())
                    .put("worker", failure.worker())
                    .put("error", failure.error());
        }
        return all.toString();
    }

    private static List<JobRecord.Failure> failures(String id, @Nullable String text) {
        if (text == null || text.equals(NO_FAILURES)) {
            return List.of();
        }
        try {
            List<JobRecord.Failure> failures = new ArrayList<>();
            for (JsonNode one : JSON.readTree(text)) {
                failures.add(new JobRecord.Failure(
                        one.path("at").asLong(),
                        one.path("attempt").asInt(),
                        one.path("worker").asText(),
                        one.path("error").asText()));
            }
            return failures;
        } catch (JsonProcessingException e) {
            // without the cause, whose message repeats what is there
            throw new StoreException(
                    StoreException.Kind.FAILED, "failures of job " + id + ": not JSON (expected: an array)");
        }
    }
}
