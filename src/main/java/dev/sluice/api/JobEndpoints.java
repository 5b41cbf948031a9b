package dev.sluice.api;

import dev.sluice.port.JobFilter;
import dev.sluice.port.JobKind;
import dev.sluice.port.JobRecord;
import dev.sluice.port.JobState;
import dev.sluice.port.Jobs;
import dev.sluice.port.JobsFullException;
import dev.sluice.store.StoreException;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code /api/v1/jobs}: what is being done, what was given up, and what to do about it. */
final class JobEndpoints {
    private static final Logger LOG = LoggerFactory.getLogger(JobEndpoints.class);
    private static final String ID = "id";
    private static final String KIND = "kind";
    private static final String STATE = "state";
    private static final String TYPE = "type";
    private static final String BEFORE = "before";
    private static final String LIMIT = "limit";
    private static final int PAGE = 100;
    private static final int LARGEST_PAGE = 1_000;

    private final Jobs jobs;
    private final JobEvents events;
    private final BodyReader bodies;

    JobEndpoints(Jobs jobs, JobEvents events, BodyReader bodies) {
        this.jobs = jobs;
        this.events = events;
        this.bodies = bodies;
    }

    void list(Exchange exchange) {
        Query query = Query.parse(exchange.request().query(), List.of(KIND, STATE, TYPE, BEFORE, LIMIT));
        Set<JobKind> kinds = several(query, KIND, JobKind.class, JobKind::of, JobKind::text);
        Set<JobState> states = several(query, STATE, JobState.class, JobState::of, JobState::text);
        list(exchange, new JobFilter(kinds, states, query.get(TYPE), query.get(BEFORE)), limit(query));
    }

    /** Answers a page of jobs. */
    void list(Exchange exchange, JobFilter filter, int limit) {
        exchange.here(jobs.list(filter, limit))
                .onSuccess(page -> {
                    JsonArray listed = new JsonArray();
                    page.forEach(job -> listed.add(JobForm.json(job)));
                    exchange.json(
                            200,
                            new JsonObject()
                                    .put("jobs", listed)
                                    .put(
                                            "next",
                                            page.size() < limit
                                                    ? null
                                                    : page.get(page.size() - 1).id()));
                })
                .onFailure(failure -> failed(failure, exchange));
    }

    static int limit(Query query) {
        return query.number(LIMIT, 1, LARGEST_PAGE, PAGE);
    }

    void counts(Exchange exchange) {
        Query.parse(exchange.request().query(), List.of());
        exchange.here(jobs.counts())
                .onSuccess(counts -> {
                    JsonObject form = new JsonObject();
                    for (JobKind kind : JobKind.values()) {
                        JsonObject states = new JsonObject();
                        for (JobState state : JobState.values()) {
                            states.put(
                                    state.text(),
                                    counts.getOrDefault(kind, Map.of()).getOrDefault(state, 0L));
                        }
                        form.put(kind.text(), states);
                    }
                    exchange.json(200, form);
                })
                .onFailure(failure -> failed(failure, exchange));
    }

    void submit(Exchange exchange) {
        Query.parse(exchange.request().query(), List.of());
        exchange.here(bodies.read(exchange)
                        .map(body -> SubmitForm.parse(body, exchange.caller().name()))
                        .compose(jobs::submit))
                .onSuccess(submitted -> submitted(exchange, submitted, "/api/v1/jobs/"))
                .onFailure(failure -> failed(failure, exchange));
    }

    /** Answers 202 with where to look, 200 where the same was asked for before. */
    static void submitted(Exchange exchange, Jobs.Submitted submitted, String path) {
        JobRecord job = submitted.job();
        if (!submitted.known()) {
            LOG.atInfo()
                    .addKeyValue("job", job.id())
                    .addKeyValue("type", job.job().type())
                    .addKeyValue("by", exchange.caller().name())
                    .addKeyValue("request", exchange.id())
                    .log("job submitted");
        }
        exchange.request().response().putHeader("Location", path + job.id());
        exchange.json(submitted.known() ? 200 : 202, JobForm.json(job));
    }

    void get(Exchange exchange) {
        withJob(exchange, null, job -> exchange.json(200, JobForm.json(job)));
    }

    void events(Exchange exchange) {
        follow(exchange, null);
    }

    void follow(Exchange exchange, @Nullable String type) {
        withJob(exchange, type, job -> events.follow(exchange, job));
    }

    void cancel(Exchange exchange) {
        cancel(exchange, null);
    }

    void retry(Exchange exchange) {
        retry(exchange, null);
    }

    /**
     * Answers with a job as it is.
     *
     * @param type of this type only; null for any
     */
    void withJob(Exchange exchange, @Nullable String type, Consumer<JobRecord> answering) {
        Query.parse(exchange.request().query(), List.of());
        String id = exchange.segment(ID);
        exchange.here(jobs.get(id))
                .onSuccess(found -> ofType(exchange, id, type, found, answering))
                .onFailure(failure -> failed(failure, exchange));
    }

    void cancel(Exchange exchange, @Nullable String type) {
        change(exchange, type, jobs::cancel, job -> {
            if (job.state() == JobState.CANCELLED || job.cancelRequested()) {
                tell("job cancelled", job, exchange);
                exchange.json(job.state().live() ? 202 : 200, JobForm.json(job));
            } else {
                exchange.problem(Problems.jobState(job.id(), job.state().text(), "pending or processing"));
            }
        });
    }

    void retry(Exchange exchange, @Nullable String type) {
        change(exchange, type, jobs::retry, job -> {
            if (job.state().live()) {
                tell("job retried", job, exchange);
                exchange.json(202, JobForm.json(job));
            } else {
                exchange.problem(Problems.jobState(
                        job.id(), job.state().text(), "failed or cancelled, and no live job with the same key"));
            }
        });
    }

    void retryFailed(Exchange exchange) {
        Query query = Query.parse(exchange.request().query(), List.of(KIND));
        String given = query.get(KIND);
        JobKind kind = given == null ? null : one(KIND, given, JobKind.class, JobKind::of, JobKind::text);
        exchange.here(jobs.retryFailed(kind))
                .onSuccess(count -> {
                    LOG.atInfo()
                            .addKeyValue("kind", kind == null ? "all" : kind.text())
                            .addKeyValue("jobs", count)
                            .addKeyValue("by", exchange.caller().name())
                            .addKeyValue("request", exchange.id())
                            .log("failed jobs retried");
                    exchange.json(202, new JsonObject().put("retried", count));
                })
                .onFailure(failure -> failed(failure, exchange));
    }

    void drop(Exchange exchange) {
        change(exchange, null, jobs::drop, job -> {
            if (job.state().live()) {
                exchange.problem(Problems.jobState(job.id(), job.state().text(), "completed, failed or cancelled"));
            } else {
                tell("job dropped", job, exchange);
                exchange.noContent();
            }
        });
    }

    private void change(
            Exchange exchange,
            @Nullable String type,
            Function<String, Future<Optional<JobRecord>>> change,
            Consumer<JobRecord> answering) {
        withJob(
                exchange,
                type,
                before -> exchange.here(change.apply(before.id()))
                        .onSuccess(after -> ofType(exchange, before.id(), type, after, answering))
                        .onFailure(failure -> failed(failure, exchange)));
    }

    /** A line for those who ask later who did it. */
    private static void tell(String what, JobRecord job, Exchange exchange) {
        LOG.atInfo()
                .addKeyValue("job", job.id())
                .addKeyValue("state", job.state().text())
                .addKeyValue("by", exchange.caller().name())
                .addKeyValue("request", exchange.id())
                .log(what);
    }

    private static void ofType(
            Exchange exchange,
            String id,
            @Nullable String type,
            Optional<JobRecord> found,
            Consumer<JobRecord> answering) {
        JobRecord job = found.orElse(null);
        if (job == null || (type != null && !job.job().type().equals(type))) {
            exchange.problem(Problems.noJob(id));
        } else {
            exchange.guarded(() -> answering.accept(job));
        }
    }

    /** Answers what went wrong between here and the jobs. */
    static void failed(Throwable failure, Exchange exchange) {
        if (failure instanceof JobsFullException full) {
            exchange.problem(Problems.jobsFull(String.valueOf(full.getMessage())));
        } else if (failure instanceof StoreException store && store.kind() == StoreException.Kind.UNAVAILABLE) {
            LOG.atWarn().addKeyValue("error", failure.getMessage()).log("jobs could not be read or changed");
            exchange.problem(Problems.storeUnavailable());
        } else {
            exchange.refuse(failure);
        }
    }

    private static <E extends Enum<E>> Set<E> several(
            Query query, String name, Class<E> type, Function<String, @Nullable E> of, Function<E, String> text) {
        Set<E> values = EnumSet.noneOf(type);
        String given = query.get(name);
        if (given == null) {
            return values;
        }
        for (String part : given.split(",", -1)) {
            values.add(one(name, part.trim(), type, of, text));
        }
        return values;
    }

    private static <E extends Enum<E>> E one(
            String name, String given, Class<E> type, Function<String, @Nullable E> of, Function<E, String> text) {
        E value = of.apply(given);
        if (value == null) {
            String expected = Arrays.stream(type.getEnumConstants()).map(text).collect(Collectors.joining(", "));
            throw new Refused(Problems.invalidParameter(name, name + ": " + given + " (expected: " + expected + ")"));
        }
        return value;
    }
}
