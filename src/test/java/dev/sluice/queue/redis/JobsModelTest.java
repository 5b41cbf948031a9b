package dev.sluice.queue.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.config.QueueConfig;
import dev.sluice.port.JobKind;
import dev.sluice.port.JobRecord;
import dev.sluice.port.JobState;
import dev.sluice.port.NewJob;
import dev.sluice.queue.Fleet;
import dev.sluice.queue.Fleet.Node;
import dev.sluice.queue.JobHandler;
import dev.sluice.queue.JobRun;
import dev.sluice.queue.LeaseLostException;
import dev.sluice.queue.Settings;
import dev.sluice.queue.VirtualWorld;
import dev.sluice.queue.Workers;
import dev.sluice.store.MemoryJobRecords;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Jobs under random deaths, standstills and losses of Redis: each is done, and each of its effects is there once. */
class JobsModelTest {
    private static final int JOBS = 120;
    private static final int CHUNKS = 4;
    private static final int NODES = 3;

    private final QueueConfig config = Settings.queue("queue.workers-import=4", "queue.max-attempts=100");
    private final MemoryJobRecords records = new MemoryJobRecords();
    /** What jobs have written, as {@code job/chunk}. */
    private final Set<String> effects = new HashSet<>();

    private int refused;
    private int known;

    /** Writes a chunk as a store does: under the fence, and void where it is there already. */
    private boolean write(JobRun run, int chunk) {
        String effect = run.job().id() + '/' + chunk;
        if (!records.holds(run.job().id(), run.token())) {
            refused++;
            return false;
        }
        if (!effects.add(effect)) {
            known++;
        }
        return true;
    }

    /** Writes its chunks one after the other, with pauses; fails now and then. */
    private final class Chunks implements JobHandler {
        private final Random random;
        private VirtualWorld.@Nullable Machine machine;

        Chunks(Random random) {
            this.random = random;
        }

        @Override
        public JobKind kind() {
            return JobKind.IMPORT;
        }

        @Override
        public String type() {
            return "import";
        }

        @Override
        public Future<String> run(JobRun run) {
            String cursor = run.job().cursor();
            Promise<String> done = Promise.promise();
            next(run, cursor == null ? 0 : Integer.parseInt(cursor), done);
            return done.future();
        }

        private void next(JobRun run, int chunk, Promise<String> done) {
            if (chunk == CHUNKS) {
                done.complete("{}");
                return;
            }
            Objects.requireNonNull(machine).after(random.nextInt(1, 20_000), () -> {
                if (run.cancelled() && !run.checkpoint().succeeded()) {
                    done.fail(run.checkpoint().cause());
                } else if (random.nextInt(20) == 0) {
                    done.fail(new IOException("by chance"));
                } else if (!write(run, chunk)) {
                    done.fail(new LeaseLostException(run.job().id(), run.token()));
                } else if (random.nextInt(20) == 0) {
                    // Written, but the note of it is lost: the next attempt writes it again.
                    done.fail(new IOException("by chance, after writing"));
                } else {
                    run.progress("{}", Integer.toString(chunk + 1))
                            .onSuccess(noted -> next(run, chunk + 1, done))
                            .onFailure(done::fail);
                }
            });
        }
    }

    private Node start(Fleet fleet, FakeRedis redis, String name, Random random) {
        Chunks chunks = new Chunks(new Random(random.nextLong()));
        return fleet.start(
                name,
                (rows, machine, own, meters) -> {
                    chunks.machine = machine;
                    return new RedisQueue(rows, redis.connection(), config, name, machine, own, meters);
                },
                chunks);
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void everyJobIsDoneAndEveryEffectIsThereOnce(long seed) {
        Random random = new Random(seed);
        Fleet fleet = new Fleet(records, config, seed);
        VirtualWorld world = fleet.world;
        FakeRedis redis = new FakeRedis(world::nowMillis);
        List<Node> nodes = new ArrayList<>();
        for (int i = 0; i < NODES; i++) {
            nodes.add(start(fleet, redis, "node-" + i, random));
        }
        List<String> ids = new ArrayList<>();
        int deaths = 0;

        for (int step = 0; step < 600; step++) {
            world.pass(random.nextInt(2_000));
            int place = random.nextInt(NODES);
            Node node = nodes.get(place);
            switch (random.nextInt(40)) {
                case 0 -> {
                    node.machine().kill();
                    nodes.set(place, start(fleet, redis, "node-" + place + '-' + ++deaths, random));
                }
                case 1 -> node.machine().freeze();
                case 2, 3, 4 -> node.machine().thaw();
                case 5 -> redis.stop();
                case 6, 7 -> redis.start();
                case 8 -> redis.flush();
                case 9 -> {
                    node.workers().stop(random.nextInt(5_000));
                    nodes.set(place, start(fleet, redis, "node-" + place + '-' + ++deaths, random));
                }
                default -> {
                    if (ids.size() < JOBS) {
                        boolean partitioned = random.nextInt(4) == 0;
                        ids.add(fleet.submit(
                                nodes.get(place),
                                new NewJob(
                                        JobKind.IMPORT,
                                        "import",
                                        "{}",
                                        random.nextInt(1, 11),
                                        null,
                                        partitioned ? "partition-" + random.nextInt(3) : null,
                                        null,
                                        random.nextInt(3) == 0 ? random.nextInt(60_000) : 0,
                                        100,
                                        null)));
                    }
                }
            }
        }
        nodes.forEach(node -> node.machine().thaw());
        if (random.nextBoolean()) {
            redis.start();
        }
        world.pass(2 * 3_600_000);
        // A job that was unlucky too often is a dead letter; whoever looks after it has it done after all.
        for (String id : ids) {
            JobRecord job = fleet.job(id);
            assertThat(job.state() == JobState.COMPLETED
                            || (job.state() == JobState.FAILED && job.lostLeases() == Workers.MOST_LOST_LEASES))
                    .as("seed %d: %s", seed, job)
                    .isTrue();
        }
        nodes.get(0).queue().retryFailed(null);
        world.pass(2 * 3_600_000);

        assertThat(ids).as("seed %d", seed).hasSize(JOBS).doesNotHaveDuplicates();
        assertThat(ids)
                .allSatisfy(id ->
                        assertThat(fleet.job(id).state()).as("seed %d", seed).isEqualTo(JobState.COMPLETED));
        Set<String> expected = new HashSet<>();
        ids.forEach(id -> {
            for (int chunk = 0; chunk < CHUNKS; chunk++) {
                expected.add(id + '/' + chunk);
            }
        });
        assertThat(effects).as("seed %d", seed).isEqualTo(expected);
        assertThat(refused + known).as("seed %d: writes that were void", seed).isPositive();
    }
}
