package dev.sluice.queue;

import dev.sluice.config.QueueConfig;
import dev.sluice.port.JobFilter;
import dev.sluice.port.JobKind;
import dev.sluice.port.JobRecord;
import dev.sluice.port.JobRecords;
import dev.sluice.port.JobState;
import dev.sluice.port.NewJob;
import dev.sluice.queue.sql.SqlQueue;
import dev.sluice.store.MemoryJobRecords;
import dev.sluice.store.StoreException;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.lang.reflect.InvocationTargetException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Jobs for a long time on processes that stall and vanish, over a database that is away now and then. Submits them, does
 * them step by step, and watches that each comes to the end it is meant to come to and leaves its effects exactly once.
 * Confined to one thread.
 */
public final class MonthOfJobs {
    /** Timers go off at multiples of this, so that a month of polling is thousands of looks, not millions. */
    private static final long GRID_MILLIS = 60_000;

    private static final int MOST_ATTEMPTS = 3;
    private static final JobKind[] KINDS = {JobKind.VALIDATION, JobKind.IMPORT};

    /** What is meant to become of a job. */
    private enum Script {
        /** Does its steps. */
        COMPLETES,
        /** Fails twice on its way, and does its steps. */
        STUMBLES,
        /** Gives up half-way. */
        GIVES_UP,
        /** Fails as often as it is tried. */
        ALWAYS_FAILS,
        /** Is cancelled some time after its submission. */
        CANCELLED
    }

    private record Plan(
            Script script,
            int steps,
            JobKind kind,
            @Nullable String partition) {}

    private record Effect(int step, long token) {}

    private final VirtualWorld world;
    private final Random random;
    private final Consumer<String> note;
    private final QueueConfig config = Settings.queue(
            "queue.lease=3m",
            "queue.poll=60s",
            "queue.retention=7d",
            "queue.max-attempts=30",
            "queue.workers-validation=2",
            "queue.workers-import=2");
    private final MemoryJobRecords table = new MemoryJobRecords(this::refusal);
    private final JobRecords records = unreliable(table);
    private final List<Plan> plans = new ArrayList<>();
    private final Deque<Integer> unsubmitted = new ArrayDeque<>();
    private final Map<String, JobQueue> queues = new TreeMap<>();
    private final Map<String, Integer> acknowledged = new TreeMap<>();
    private final Map<String, JobRecord> forgotten = new HashMap<>();
    private final Map<String, List<Effect>> effects = new HashMap<>();
    private final Map<JobState, Long> ends = new EnumMap<>(JobState.class);
    private boolean away;
    private boolean losesAnswers;
    private @Nullable String violation;
    private long applied;
    private long fenced;

    /** @param note told of what happens, for people who look for the reason of a failure */
    public MonthOfJobs(VirtualWorld world, long seed, Consumer<String> note) {
        this.world = world;
        this.random = new Random(seed);
        this.note = note;
    }

    /** Starts a process; its queue and workers end with the machine. */
    public void start(String name, VirtualWorld.Machine machine) {
        Clockwork clock = new Coarse(world, machine);
        Random own = new Random(random.nextLong());
        JobNews news = new JobNews(change -> {});
        SqlQueue queue = new SqlQueue(records, config, new JobIds(clock::nowMillis, own), clock, news, this::forget);
        List<JobHandler> handlers = new ArrayList<>();
        for (JobKind kind : KINDS) {
            handlers.add(new Steps(kind, clock));
        }
        queues.put(name, queue);
        new Workers(queue, config, name, handlers, clock, clock::execute, own, news, new SimpleMeterRegistry()).start();
    }

    /** The process is gone. */
    public void gone(String name) {
        queues.remove(name);
    }

    /** Whether the database is away: every call fails. */
    public void away(boolean on) {
        away = on;
    }

    /** Whether the database does what it is asked for, and its answer is lost every other time. */
    public void losesAnswers(boolean on) {
        losesAnswers = on;
    }

    /** Somebody wants one more job done; what could not be submitted before is submitted again. */
    public void want() {
        Script script = Script.values()[Math.max(0, random.nextInt(8) - 3)];
        String partition = random.nextInt(4) == 0 ? "partition-" + random.nextInt(3) : null;
        plans.add(new Plan(script, 2 + random.nextInt(8), KINDS[random.nextInt(KINDS.length)], partition));
        unsubmitted.add(plans.size() - 1);
        submit();
    }

    /** Submits what could not be submitted before. */
    public void submit() {
        for (int left = unsubmitted.size(); left > 0; left--) {
            submit(unsubmitted.remove());
        }
    }

    private void submit(int number) {
        if (queues.isEmpty()) {
            unsubmitted.add(number);
            return;
        }
        List<JobQueue> running = List.copyOf(queues.values());
        JobQueue queue = running.get(random.nextInt(running.size()));
        Plan plan = plans.get(number);
        long delayMillis = random.nextInt(3) == 0 ? random.nextInt(3_600_000) : 0;
        NewJob job = new NewJob(
                plan.kind,
                plan.kind.text(),
                "{\"number\":" + number + '}',
                1 + random.nextInt(10),
                "job-" + number,
                plan.partition,
                null,
                delayMillis,
                plan.script == Script.ALWAYS_FAILS ? MOST_ATTEMPTS : NewJob.DEFAULT_ATTEMPTS,
                null);
        queue.submit(job).onComplete(answer -> {
            if (answer.failed()) {
                unsubmitted.add(number);
                return;
            }
            String id = answer.result().job().id();
            acknowledged.put(id, number);
            if (plan.script == Script.CANCELLED) {
                cancelLater(id, random.nextInt(1_800_000));
            }
        });
    }

    private void cancelLater(String id, long millis) {
        world.machine().after(millis, () -> {
            if (queues.isEmpty()) {
                cancelLater(id, 60_000);
                return;
            }
            queues.values().iterator().next().cancel(id).onFailure(failed -> cancelLater(id, 60_000));
        });
    }

    private Future<Void> forget(List<JobRecord> gone) {
        gone.forEach(job -> forgotten.put(job.id(), job));
        return Future.succeededFuture();
    }

    private @Nullable StoreException refusal(String action) {
        return away ? new StoreException(StoreException.Kind.UNAVAILABLE, "away: " + action) : null;
    }

    /** The same records, whose answers may be lost. */
    private JobRecords unreliable(JobRecords truth) {
        return (JobRecords) java.lang.reflect.Proxy.newProxyInstance(
                JobRecords.class.getClassLoader(), new Class<?>[] {JobRecords.class}, (self, method, arguments) -> {
                    Object answer;
                    try {
                        answer = method.invoke(truth, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                    boolean lost = losesAnswers && !method.getName().equals("purge") && random.nextBoolean();
                    return lost
                            ? Future.failedFuture(
                                    new StoreException(StoreException.Kind.UNAVAILABLE, "the answer is lost"))
                            : answer;
                });
    }

    /** What a step leaves behind: once, and under a lease in force, as the contract of handlers asks for. */
    private Future<Void> leave(JobRun run, int step) {
        String id = run.job().id();
        StoreException refusal = refusal("an effect");
        if (refusal != null) {
            return Future.failedFuture(refusal);
        }
        if (!table.holds(id, run.token())) {
            fenced++;
            return Future.failedFuture(new LeaseLostException(id, run.token()));
        }
        List<Effect> left = effects.computeIfAbsent(id, none -> new ArrayList<>());
        if (left.stream().noneMatch(effect -> effect.step == step)) {
            left.add(new Effect(step, run.token()));
            applied++;
            saw(id, run.token(), step);
        }
        return losesAnswers && random.nextBoolean()
                ? Future.failedFuture(new StoreException(StoreException.Kind.UNAVAILABLE, "the answer is lost"))
                : Future.succeededFuture();
    }

    /** Looks on as somebody who knows nothing of fences. */
    private void saw(String id, long token, int step) {
        boolean away = this.away;
        this.away = false;
        JobRecord job = table.get(id).result().orElse(null);
        this.away = away;
        if (job == null || job.state() != JobState.PROCESSING || job.leaseToken() != token) {
            // Thrown by the next audit: a future would take it for a failure of the handler.
            String found = "effects: step " + step + " of " + id + " was written under token " + token
                    + " (expected: under the lease in force; the job is " + job + ")";
            violation = violation == null ? found : violation;
        }
    }

    /** Throws an {@link AssertionError} when a job is lost, or its effects are not what they should be. */
    public void audit() {
        if (violation != null) {
            throw new AssertionError(violation);
        }
        boolean wasAway = away;
        away = false;
        for (Map.Entry<String, Integer> each : acknowledged.entrySet()) {
            JobRecord job = table.get(each.getKey()).result().orElse(forgotten.get(each.getKey()));
            if (job == null) {
                throw new AssertionError(
                        "jobs: " + each.getKey() + " is lost (expected: kept, or forgotten when over)");
            }
        }
        for (Map.Entry<String, List<Effect>> each : effects.entrySet()) {
            long token = 0;
            for (int step = 0; step < each.getValue().size(); step++) {
                Effect effect = each.getValue().get(step);
                if (effect.step != step || effect.token < token) {
                    throw new AssertionError("effects of " + each.getKey() + ": " + each.getValue()
                            + " (expected: each step once, in order, under tokens that grow)");
                }
                token = effect.token;
            }
        }
        long counted = table.counts().result().values().stream()
                .flatMap(states -> states.values().stream())
                .mapToLong(Long::longValue)
                .sum();
        long kept = table.list(new JobFilter(Set.of(), Set.of(), null, null), 1_000)
                .result()
                .size();
        away = wasAway;
        if (counted != kept && kept < 1_000) {
            throw new AssertionError("jobs: " + counted + " counted (expected: " + kept + ")");
        }
    }

    /** The same at the end, when every job must be over as it was meant to be. */
    public void finish() {
        audit();
        if (!unsubmitted.isEmpty()) {
            throw new AssertionError("jobs: " + unsubmitted.size() + " could not be submitted (expected: none)");
        }
        Map<String, JobRecord> all = new TreeMap<>(forgotten);
        for (JobKind kind : KINDS) {
            for (JobRecord job : table.list(new JobFilter(Set.of(kind), Set.of(), null, null), 1_000)
                    .result()) {
                all.put(job.id(), job);
            }
        }
        for (JobRecord job : all.values()) {
            ends.merge(job.state(), 1L, Long::sum);
            Plan plan = plans.get(number(job));
            int steps = effects.getOrDefault(job.id(), List.of()).size();
            if (!asMeant(plan, job, steps)) {
                throw new AssertionError("jobs: " + job + " with " + steps + " of " + plan.steps
                        + " effects (expected: an end of one that is " + plan.script + ")");
            }
        }
    }

    private static boolean asMeant(Plan plan, JobRecord job, int steps) {
        if (job.state() == JobState.FAILED && job.lostLeases() >= Workers.MOST_LOST_LEASES) {
            return true;
        }
        return switch (plan.script) {
            case COMPLETES, STUMBLES -> job.state() == JobState.COMPLETED && steps == plan.steps;
            case GIVES_UP -> job.state() == JobState.FAILED && steps == plan.steps / 2;
            case ALWAYS_FAILS -> job.state() == JobState.FAILED && job.attempts() == MOST_ATTEMPTS;
            case CANCELLED ->
                job.state() == JobState.CANCELLED || (job.state() == JobState.COMPLETED && steps == plan.steps);
        };
    }

    private static int number(JobRecord job) {
        String payload = job.job().payload();
        return Integer.parseInt(payload.substring(payload.indexOf(':') + 1, payload.length() - 1));
    }

    /** Jobs that somebody wanted. */
    public long wanted() {
        return plans.size();
    }

    /** Effects that were written. */
    public long effects() {
        return applied;
    }

    /** Effects of workers that had lost their lease, and were kept out. */
    public long fenced() {
        return fenced;
    }

    /** How jobs ended, known after {@link #finish}. */
    public Map<JobState, Long> ends() {
        return ends;
    }

    /** Does a job step by step, with pauses, from where the attempt before it noted to be: every other step is noted. */
    private final class Steps implements JobHandler {
        private final JobKind kind;
        private final Clockwork clock;

        Steps(JobKind kind, Clockwork clock) {
            this.kind = kind;
            this.clock = clock;
        }

        @Override
        public JobKind kind() {
            return kind;
        }

        @Override
        public String type() {
            return kind.text();
        }

        @Override
        public Future<String> run(JobRun run) {
            String cursor = run.job().cursor();
            int from = cursor == null ? 0 : Integer.parseInt(cursor);
            if (run.token() > 1) {
                note.accept("job " + run.job().id() + " goes on at step " + from + " under token " + run.token());
            }
            return step(run, plans.get(number(run.job())), from);
        }

        private Future<String> step(JobRun run, Plan plan, int step) {
            if (step >= plan.steps) {
                return Future.succeededFuture("{\"steps\":" + step + '}');
            }
            boolean half = step == plan.steps / 2;
            if (half && plan.script == Script.GIVES_UP) {
                return Future.failedFuture(new PermanentJobException("given up, as it was meant to"));
            }
            if (half && plan.script == Script.ALWAYS_FAILS) {
                return Future.failedFuture(new IllegalStateException("fails, as it was meant to"));
            }
            if (half && plan.script == Script.STUMBLES && run.job().attempts() <= 2) {
                return Future.failedFuture(new IllegalStateException("stumbles, as it was meant to"));
            }
            Promise<Void> pause = Promise.promise();
            clock.after(random.nextInt(300_000), pause::complete);
            // A handler that looks whether it is to stop only now and then, as the slow ones do.
            return pause.future()
                    .compose(over -> step % 3 == 2 ? run.checkpoint() : Future.succeededFuture())
                    .compose(goOn -> leave(run, step))
                    .compose(left -> step % 2 == 0
                            ? Future.succeededFuture()
                            : run.progress("{\"step\":" + step + '}', Integer.toString(step + 1)))
                    .compose(noted -> step(run, plan, step + 1));
        }
    }

    /** A machine whose timers are late by up to {@value #GRID_MILLIS} ms. */
    private record Coarse(VirtualWorld world, VirtualWorld.Machine machine) implements Clockwork {
        @Override
        public long nowMillis() {
            return machine.nowMillis();
        }

        @Override
        public long nanos() {
            return machine.nanos();
        }

        @Override
        public void execute(Runnable work) {
            machine.execute(work);
        }

        @Override
        public Cancel after(long millis, Runnable work) {
            long past = Math.floorMod(world.nowMillis() + millis, GRID_MILLIS);
            return machine.after(past == 0 ? millis : millis + GRID_MILLIS - past, work);
        }
    }
}
