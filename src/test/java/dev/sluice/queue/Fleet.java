package dev.sluice.queue;

import dev.sluice.config.QueueConfig;
import dev.sluice.message.JobChanged;
import dev.sluice.port.JobFilter;
import dev.sluice.port.JobKind;
import dev.sluice.port.JobRecord;
import dev.sluice.port.JobRecords;
import dev.sluice.port.JobState;
import dev.sluice.port.NewJob;
import dev.sluice.queue.sql.SqlQueue;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;

/** Processes on machines of a {@link VirtualWorld} that share one database. */
public final class Fleet {
    /** Their time. */
    public final VirtualWorld world = new VirtualWorld();
    /** What listeners were told, in order. */
    public final List<JobChanged> news = new ArrayList<>();
    /** Jobs that were forgotten. */
    public final List<JobRecord> forgotten = new ArrayList<>();

    private final JobRecords records;
    private final QueueConfig config;
    private final Random random;

    /** @param seed of everything that is random */
    public Fleet(JobRecords records, QueueConfig config, long seed) {
        this.records = records;
        this.config = config;
        this.random = new Random(seed);
    }

    /** One of the processes. */
    public record Node(VirtualWorld.Machine machine, JobQueue queue, Workers workers, SimpleMeterRegistry meters) {}

    /** Makes the queue of a process. */
    @FunctionalInterface
    public interface QueueMaker {
        /** The queue over {@code rows}. */
        JobQueue make(SqlQueue rows, VirtualWorld.Machine machine, Random random, SimpleMeterRegistry meters);
    }

    /** Starts a process that asks the database alone. */
    public Node start(String name, JobHandler... handlers) {
        return start(name, (rows, machine, own, meters) -> rows, handlers);
    }

    /** Starts a process. */
    public Node start(String name, QueueMaker maker, JobHandler... handlers) {
        Node node = make(name, maker, handlers);
        node.workers().start();
        world.settle();
        return node;
    }

    private Node make(String name, QueueMaker maker, JobHandler... handlers) {
        VirtualWorld.Machine machine = world.machine();
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        Random own = new Random(random.nextLong());
        JobNews news = new JobNews(this.news::add);
        SqlQueue rows = new SqlQueue(records, config, new JobIds(machine::nowMillis, own), machine, news, gone -> {
            forgotten.addAll(gone);
            return Future.succeededFuture();
        });
        JobQueue queue = maker.make(rows, machine, own, meters);
        Workers workers =
                new Workers(queue, config, name, List.of(handlers), machine, machine::execute, own, news, meters);
        return new Node(machine, queue, workers, meters);
    }

    /** Starts a process that knows it is the only one. */
    public Node startAlone(String name, JobHandler... handlers) {
        Node node = make(name, (rows, machine, own, meters) -> rows, handlers);
        node.workers().startAlone();
        world.settle();
        return node;
    }

    /** Submits a job of kind import and this type. */
    public String submit(Node node, String type) {
        return submit(node, NewJob.of(JobKind.IMPORT, type, "{}"));
    }

    /** Submits a job. */
    public String submit(Node node, NewJob job) {
        Future<dev.sluice.port.Jobs.Submitted> submitted = node.queue().submit(job);
        world.settle();
        return submitted.result().job().id();
    }

    /** Asks for an end of the job, by way of the database alone. */
    public void cancel(String id) {
        records.cancel(id, world.nowMillis());
    }

    /** The job as it is now. */
    public JobRecord job(String id) {
        return Objects.requireNonNull(records.get(id).result()).orElseThrow();
    }

    /** How many jobs are in this state. */
    public long count(JobState state) {
        return records.list(new JobFilter(java.util.Set.of(), java.util.Set.of(state), null, null), 1_000)
                .result()
                .size();
    }
}
