package dev.sluice.queue.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.config.QueueConfig;
import dev.sluice.port.JobKind;
import dev.sluice.port.JobState;
import dev.sluice.port.NewJob;
import dev.sluice.queue.Fleet;
import dev.sluice.queue.Fleet.Node;
import dev.sluice.queue.JobHandler;
import dev.sluice.queue.ScriptedHandler;
import dev.sluice.queue.Settings;
import dev.sluice.queue.VirtualWorld;
import dev.sluice.store.MemoryJobRecords;
import io.vertx.core.Future;
import java.util.List;
import org.junit.jupiter.api.Test;

class RedisQueueTest {
    private final QueueConfig config = Settings.queue("queue.workers-import=2", "queue.poll=60s");
    private final MemoryJobRecords records = new MemoryJobRecords();
    private final Fleet fleet = new Fleet(records, config, 11);
    private final VirtualWorld world = fleet.world;
    private final FakeRedis redis = new FakeRedis(world::nowMillis);
    private final ScriptedHandler handler = new ScriptedHandler("import").doing(run -> Future.succeededFuture("{}"));

    private Node start(String name, JobHandler... handlers) {
        return fleet.start(
                name,
                (rows, machine, random, meters) ->
                        new RedisQueue(rows, redis.connection(), config, name, machine, random, meters),
                handlers);
    }

    private static boolean connected(Node node) {
        return ((RedisQueue) node.queue()).connected();
    }

    private static NewJob job(int priority, long delayMillis) {
        return new NewJob(JobKind.IMPORT, "import", "{}", priority, null, null, null, delayMillis, 8, null);
    }

    @Test
    void aJobSubmittedElsewhereIsHeardOfAtOnce() {
        start("a", handler);
        Node other = start("b");

        String id = fleet.submit(other, "import");

        assertThat(fleet.job(id).state()).isEqualTo(JobState.COMPLETED);
        assertThat(redis.waiting(JobKind.IMPORT)).isEmpty();
        assertThat(redis.pending(JobKind.IMPORT, Lane.NORMAL)).isZero();
    }

    @Test
    void urgentJobsOvertakeOthers() {
        Node submitter = start("b");
        String low = fleet.submit(submitter, job(1, 0));
        String normal = fleet.submit(submitter, job(5, 0));
        String high = fleet.submit(submitter, job(10, 0));
        ScriptedHandler slow = new ScriptedHandler("import");

        start("a", slow);

        assertThat(slow.runs).extracting(run -> run.job().id()).containsExactly(high, normal);
        assertThat(fleet.job(low).state()).isEqualTo(JobState.PENDING);
    }

    @Test
    void aDelayedJobIsNotInRedisBeforeItsTime() {
        Node submitter = start("b");
        String id = fleet.submit(submitter, job(5, 600_000));

        world.pass(590_000);
        assertThat(redis.waiting(JobKind.IMPORT)).isEmpty();
        world.pass(200_000);
        assertThat(redis.waiting(JobKind.IMPORT)).containsOnly(id);
    }

    @Test
    void anIdThatComesTwiceIsDoneOnce() {
        Node submitter = start("b");
        String id = fleet.submit(submitter, "import");
        redis.add(JobKind.IMPORT, Lane.NORMAL, id);
        redis.add(JobKind.IMPORT, Lane.HIGH, id);

        Node worker = start("a", handler);
        world.pass(1_000);

        assertThat(handler.runs).hasSize(1);
        assertThat(redis.waiting(JobKind.IMPORT)).isEmpty();
        redis.add(JobKind.IMPORT, Lane.LOW, id);
        world.settle();
        assertThat(handler.runs).hasSize(1);
        assertThat(worker.meters()
                        .get("sluice.queue.redis.duplicates")
                        .counter()
                        .count())
                .isGreaterThanOrEqualTo(1);
    }

    @Test
    void anIdWithoutARowIsForgottenAndItsRowDoneWhenItComes() {
        start("a", handler);
        String id = "01a3185c-5000-773f-994d-cb87907d6963";
        redis.add(JobKind.IMPORT, Lane.NORMAL, id);
        world.settle();
        assertThat(redis.waiting(JobKind.IMPORT)).isEmpty();
        assertThat(redis.pending(JobKind.IMPORT, Lane.NORMAL)).isZero();

        records.add(id, job(5, 0), world.nowMillis(), 100);
        world.pass(5 * 60_000);

        assertThat(fleet.job(id).state()).isEqualTo(JobState.COMPLETED);
    }

    @Test
    void anEmptiedRedisIsToldOfAllJobsAgain() {
        Node submitter = start("b");
        String first = fleet.submit(submitter, "import");
        String second = fleet.submit(submitter, "import");
        assertThat(redis.waiting(JobKind.IMPORT)).containsExactly(first, second);

        redis.flush();
        world.pass(200_000);

        assertThat(redis.waiting(JobKind.IMPORT)).containsExactlyInAnyOrder(first, second);
    }

    @Test
    void workersOfAnEmptiedRedisGoOn() {
        start("a", handler);
        Node submitter = start("b");
        redis.flush();

        String id = fleet.submit(submitter, "import");
        world.pass(70_000);

        assertThat(fleet.job(id).state()).isEqualTo(JobState.COMPLETED);
    }

    @Test
    void withoutRedisTheDatabaseIsAsked() {
        Node worker = start("a", handler);
        Node other = start("b");

        redis.stop();
        world.settle();
        assertThat(connected(worker)).isFalse();
        String own = fleet.submit(worker, "import");
        assertThat(fleet.job(own).state()).isEqualTo(JobState.COMPLETED);
        String foreign = fleet.submit(other, "import");
        world.pass(60_000);
        assertThat(fleet.job(foreign).state()).isEqualTo(JobState.COMPLETED);
    }

    @Test
    void aRedisThatIsAwayIsAskedLessAndLess() {
        redis.stop();
        start("a", handler);
        world.pass(600_000);

        assertThat(redis.commands).isBetween(30, 600);
    }

    @Test
    void aRedisThatReturnsIsToldOfWhatItMissed() {
        Node submitter = start("b");
        redis.stop();
        world.settle();
        String id = fleet.submit(submitter, "import");
        redis.start();
        world.pass(150_000);

        assertThat(connected(submitter)).isTrue();
        assertThat(redis.waiting(JobKind.IMPORT)).containsExactly(id);
    }

    @Test
    void oneInstanceTellsForAll() {
        List<Node> submitters = List.of(start("b"), start("c"), start("d"));
        String id = fleet.submit(submitters.get(0), job(5, 30_000));

        world.pass(250_000);

        assertThat(redis.waiting(JobKind.IMPORT)).containsExactly(id);
    }

    @Test
    void whatAVanishedReaderTookOutIsTidiedUpAndDone() {
        Node victim = start("a", new ScriptedHandler("import"));
        Node submitter = start("b");
        victim.machine().freeze();
        String id = fleet.submit(submitter, "import");

        Transport reader = redis.connection();
        reader.connect(new Transport.Ears(kind -> {}, cause -> {}), world.nowMillis());
        assertThat(reader.read(JobKind.IMPORT, List.of(Lane.NORMAL), 10).result())
                .hasSize(1);

        start("c", handler);
        world.pass(6 * 60_000);

        assertThat(fleet.job(id).state()).isEqualTo(JobState.COMPLETED);
        assertThat(redis.pending(JobKind.IMPORT, Lane.NORMAL)).isZero();
    }

    @Test
    void aJobHandedBackIsHeardOfElsewhereAtOnce() {
        ScriptedHandler slow = new ScriptedHandler("import");
        Node first = start("a", slow);
        String id = fleet.submit(first, "import");
        assertThat(slow.runs).hasSize(1);
        start("c", handler);

        first.workers().stop(10_000);
        slow.end(0).fail(new dev.sluice.queue.JobStoppedException());
        world.settle();

        assertThat(fleet.job(id).state()).isEqualTo(JobState.COMPLETED);
    }
}
