package dev.sluice.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.config.ConfigLoader;
import dev.sluice.message.JobChanged;
import dev.sluice.port.JobKind;
import dev.sluice.port.JobRecord;
import dev.sluice.port.JobState;
import dev.sluice.port.NewJob;
import dev.sluice.queue.Fleet.Node;
import dev.sluice.store.MemoryJobRecords;
import io.vertx.core.Future;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class WorkersTest {
    private static final long LEASE = 45_000;

    private final MemoryJobRecords records = new MemoryJobRecords();
    private final Fleet fleet = new Fleet(records, Settings.queue("queue.workers-import=2"), 7);
    private final VirtualWorld world = fleet.world;
    private final ScriptedHandler handler = new ScriptedHandler("import");

    private static NewJob job(@Nullable String key, @Nullable String partition, @Nullable String node, int attempts) {
        return new NewJob(JobKind.IMPORT, "import", "{}", 5, key, partition, node, 0, attempts, null);
    }

    private List<String> states(String id) {
        return fleet.news.stream()
                .filter(change -> change.id().equals(id))
                .map(JobChanged::state)
                .toList();
    }

    @Test
    void aJobGoesFromPendingToCompleted() {
        Node node = fleet.start("a", handler);

        String id = fleet.submit(node, "import");

        assertThat(fleet.job(id).state()).isEqualTo(JobState.PROCESSING);
        assertThat(fleet.job(id).worker()).isEqualTo(node.workers().worker()).startsWith("a/");
        handler.end(0).complete("{\"lines\":3}");
        world.settle();
        JobRecord done = fleet.job(id);
        assertThat(done.state()).isEqualTo(JobState.COMPLETED);
        assertThat(done.result()).isEqualTo("{\"lines\":3}");
        assertThat(done.attempts()).isOne();
        assertThat(states(id)).containsExactly("pending", "processing", "completed");
        assertThat(node.meters()
                        .get("sluice.jobs.taken")
                        .tag("kind", "import")
                        .counter()
                        .count())
                .isOne();
        assertThat(node.meters()
                        .get("sluice.jobs.completed")
                        .tag("kind", "import")
                        .counter()
                        .count())
                .isOne();
        assertThat(node.meters()
                        .get("sluice.jobs.duration")
                        .tag("kind", "import")
                        .timer()
                        .count())
                .isOne();
    }

    @Test
    void aJobSubmittedElsewhereIsFoundByAPoll() {
        fleet.start("a", handler);
        Node other = fleet.start("b");

        String id = fleet.submit(other, "import");

        assertThat(fleet.job(id).state()).isEqualTo(JobState.PENDING);
        world.pass(1_000);
        assertThat(fleet.job(id).state()).isEqualTo(JobState.PROCESSING);
    }

    @Test
    void noMoreJobsAreTakenThanThereAreWorkers() {
        Node node = fleet.start("a", handler);
        for (int i = 0; i < 5; i++) {
            fleet.submit(node, "import");
        }

        assertThat(handler.runs).hasSize(2);
        handler.end(0).complete("{}");
        world.settle();
        assertThat(handler.runs).hasSize(3);
        assertThat(fleet.count(JobState.PROCESSING)).isEqualTo(2);
    }

    @Test
    void aDelayedJobWaitsForItsTime() {
        Node node = fleet.start("a", handler);
        fleet.submit(node, new NewJob(JobKind.IMPORT, "import", "{}", 5, null, null, null, 10_000, 8, null));

        world.pass(9_900);
        assertThat(handler.runs).isEmpty();
        world.pass(1_200);
        assertThat(handler.runs).hasSize(1);
    }

    @Test
    void theSameKeyGivesTheLiveJob() {
        Node node = fleet.start("a", handler);

        assertThat(fleet.submit(node, job("list", null, null, 8)))
                .isEqualTo(fleet.submit(node, job("list", null, null, 8)));
        assertThat(handler.runs).hasSize(1);
    }

    @Test
    void jobsOfAPartitionAreDoneOneAfterTheOther() {
        Node node = fleet.start("a", handler);
        fleet.submit(node, job(null, "source", null, 8));
        fleet.submit(node, job(null, "source", null, 8));

        assertThat(handler.runs).hasSize(1);
        handler.end(0).complete("{}");
        world.settle();
        assertThat(handler.runs).hasSize(2);
    }

    @Test
    void aJobOfAnotherNodeIsLeftToIt() {
        Node node = fleet.start("a", handler);
        fleet.submit(node, job(null, null, "b", 8));
        world.pass(5_000);
        assertThat(handler.runs).isEmpty();

        fleet.start("b", handler);
        assertThat(handler.runs).hasSize(1);
    }

    @Test
    void aFailedAttemptIsMadeAgainAfterAPauseThatGrows() {
        Node node = fleet.start("a", handler.doing(run -> Future.failedFuture(new IOException("refused"))));

        String id = fleet.submit(node, job(null, null, null, 3));

        JobRecord waiting = fleet.job(id);
        assertThat(waiting.state()).isEqualTo(JobState.PENDING);
        assertThat(waiting.runAtMillis()).isBetween(world.nowMillis(), world.nowMillis() + 2_000);
        assertThat(waiting.failures()).extracting(JobRecord.Failure::error).containsExactly("IOException: refused");
        world.pass(20_000);
        JobRecord failed = fleet.job(id);
        assertThat(failed.state()).isEqualTo(JobState.FAILED);
        assertThat(failed.attempts()).isEqualTo(3);
        assertThat(failed.failures()).extracting(JobRecord.Failure::attempt).containsExactly(1, 2, 3);
        assertThat(states(id))
                .containsExactly("pending", "processing", "pending", "processing", "pending", "processing", "failed");
        assertThat(node.meters()
                        .get("sluice.jobs.retried")
                        .tag("kind", "import")
                        .counter()
                        .count())
                .isEqualTo(2);
    }

    @Test
    void otherPausesCountForTheNextFailure() {
        Fleet slow = new Fleet(records, Settings.queue("queue.back-off=1h", "queue.back-off-limit=1h"), 7);
        Node node = slow.start("a", handler.doing(run -> Future.failedFuture(new IOException("refused"))));

        node.workers()
                .prepare(ConfigLoader.defaults("queue.back-off=10ms", "queue.back-off-limit=20ms"))
                .commit();
        String id = slow.submit(node, job(null, null, null, 30));

        for (int failures = 1; failures < 20; failures++) {
            JobRecord waiting = slow.job(id);
            assertThat(waiting.failures()).as("failures").isNotEmpty();
            assertThat(waiting.attempts()).isEqualTo(failures);
            assertThat(waiting.runAtMillis() - slow.world.nowMillis()).isBetween(0L, failures == 1 ? 10L : 20L);
            untilAttempted(slow, id, failures + 1);
        }
    }

    /** Lets time pass, a millisecond at a time, until that attempt has failed. */
    private static void untilAttempted(Fleet fleet, String id, int attempts) {
        for (int i = 0; i < 5_000 && fleet.job(id).attempts() < attempts; i++) {
            fleet.world.pass(1);
        }
    }

    @Test
    void jobsThatAreOverAreRememberedForAsLongAsAReloadSays() {
        Node node = fleet.start("a", handler.doing(run -> Future.succeededFuture("{}")));
        String id = fleet.submit(node, "import");
        world.pass(Duration.ofHours(2).toMillis());
        assertThat(fleet.job(id).state()).isEqualTo(JobState.COMPLETED);
        assertThat(fleet.forgotten).isEmpty();

        node.workers().prepare(ConfigLoader.defaults("queue.retention=1h")).commit();
        world.pass(Duration.ofMinutes(20).toMillis());

        assertThat(fleet.forgotten).extracting(JobRecord::id).containsExactly(id);
        assertThat(records.get(id).result()).isEmpty();
    }

    @Test
    void aDeadLetterIsDoneAfterAll() {
        handler.doing(run -> Future.failedFuture(new PermanentJobException("no such list")));
        Node node = fleet.start("a", handler);
        String id = fleet.submit(node, "import");
        assertThat(fleet.job(id).state()).isEqualTo(JobState.FAILED);
        assertThat(fleet.job(id).attempts()).isOne();

        handler.doing(run -> Future.succeededFuture("{}"));
        Future<Integer> retried = node.queue().retryFailed(null);
        world.settle();

        assertThat(retried.result()).isOne();
        assertThat(fleet.job(id).state()).isEqualTo(JobState.COMPLETED);
        assertThat(fleet.job(id).failures()).hasSize(1);
    }

    @Test
    void aHandlerSaysWhenToTryAgain() {
        Node node = fleet.start(
                "a",
                handler.doing(run ->
                        Future.failedFuture(new RetryLaterException("429 Too Many Requests", Duration.ofMinutes(7)))));

        String id = fleet.submit(node, "import");

        assertThat(fleet.job(id).runAtMillis()).isEqualTo(world.nowMillis() + 420_000);
    }

    @Test
    void aHandlerThatThrowsOrAnswersNothingHasFailed() {
        Node node = fleet.start("a", handler.doing(run -> {
            throw new IllegalStateException("a bug");
        }));
        String thrown = fleet.submit(node, job(null, null, null, 1));
        handler.doing(run -> Future.succeededFuture());
        String nothing = fleet.submit(node, job(null, null, null, 1));
        String unknown =
                fleet.submit(node, new NewJob(JobKind.IMPORT, "unheard-of", "{}", 5, null, null, null, 0, 1, null));

        assertThat(List.of(thrown, nothing, unknown))
                .allSatisfy(id -> assertThat(fleet.job(id).state()).isEqualTo(JobState.FAILED));
        assertThat(fleet.job(unknown).failures().get(0).error()).contains("unheard-of");
    }

    @Test
    void heartbeatsKeepALongJob() {
        Node node = fleet.start("a", handler);
        fleet.start("b", new ScriptedHandler("import"));
        String id = fleet.submit(node, "import");

        for (int i = 0; i < 10; i++) {
            world.pass(LEASE);
            Future<Void> noted = handler.runs.get(0).progress("{\"part\":" + i + "}", Integer.toString(i));
            world.settle();
            assertThat(noted.succeeded()).isTrue();
        }

        assertThat(fleet.job(id).leaseToken()).isOne();
        assertThat(fleet.job(id).cursor()).isEqualTo("9");
        assertThat(fleet.job(id).progress()).isEqualTo("{\"part\":9}");
    }

    @Test
    void aJobWithoutProgressIsTakenForStuck() {
        Node node = fleet.start("a", handler);
        String id = fleet.submit(node, "import");

        world.pass(LEASE * Workers.STUCK_LEASES);
        assertThat(handler.runs).hasSize(1);
        world.pass(2 * LEASE);

        assertThat(handler.runs.get(0).cancelled()).isTrue();
        assertThat(handler.runs).hasSize(2);
        assertThat(fleet.job(id).lostLeases()).isOne();
    }

    @Test
    void aJobOfAKilledWorkerGoesOnElsewhereFromItsCursor() {
        Node first = fleet.start("a", handler);
        String id = fleet.submit(first, "import");
        handler.runs.get(0).progress("{}", "line 100");
        world.settle();
        ScriptedHandler heir = new ScriptedHandler("import");
        Node second = fleet.start("b", heir);

        first.machine().kill();
        world.pass(60_000);

        assertThat(heir.runs).hasSize(1);
        assertThat(heir.runs.get(0).job().cursor()).isEqualTo("line 100");
        assertThat(fleet.job(id).attempts()).isOne();
        assertThat(fleet.job(id).lostLeases()).isOne();
        assertThat(second.meters()
                        .get("sluice.jobs.lost.leases")
                        .tag("kind", "import")
                        .counter()
                        .count())
                .isOne();
    }

    @Test
    void aJobThatKillsItsWorkersIsGivenUp() {
        String id = fleet.submit(fleet.start("submitter"), "import");
        for (int i = 0; i < Workers.MOST_LOST_LEASES; i++) {
            Node victim = fleet.start("victim-" + i, handler);
            world.pass(1_000);
            assertThat(handler.runs).hasSize(i + 1);
            victim.machine().kill();
            Node sweeper = fleet.start("sweeper-" + i);
            world.pass(60_000);
            sweeper.machine().kill();
        }

        assertThat(fleet.job(id).state()).isEqualTo(JobState.FAILED);
        assertThat(fleet.job(id).lostLeases()).isEqualTo(Workers.MOST_LOST_LEASES);
        assertThat(states(id)).endsWith("failed");
    }

    @Test
    void aJobThatGetsFurtherIsNotGivenUpHoweverManyWorkersVanish() {
        String id = "";
        for (int i = 0; i < 4 * Workers.MOST_LOST_LEASES; i++) {
            Node victim = fleet.startAlone("a", handler);
            id = id.isEmpty() ? fleet.submit(victim, "import") : id;
            assertThat(handler.runs).hasSize(i + 1);
            handler.runs.get(i).progress("{}", "line " + i);
            world.settle();
            victim.machine().kill();
        }

        assertThat(fleet.job(id).state()).isEqualTo(JobState.PROCESSING);
        assertThat(fleet.job(id).attempts()).isOne();
    }

    @Test
    void aProcessThatIsAloneEndsTheLeasesOfTheOneBeforeItAtOnce() {
        Node first = fleet.startAlone("a", handler);
        String id = fleet.submit(first, "import");
        String unwanted = fleet.submit(first, "import");
        handler.runs.get(0).progress("{}", "line 100");
        world.settle();
        first.machine().kill();
        fleet.cancel(unwanted);

        ScriptedHandler heir = new ScriptedHandler("import");
        Node second = fleet.startAlone("a", heir);

        assertThat(heir.runs).extracting(run -> run.job().id()).containsExactly(id);
        assertThat(heir.runs.get(0).job().cursor()).isEqualTo("line 100");
        assertThat(fleet.job(id).attempts()).isOne();
        assertThat(fleet.job(id).lostLeases()).isOne();
        assertThat(fleet.job(unwanted).state()).isEqualTo(JobState.CANCELLED);
        world.pass(LEASE);
        assertThat(heir.runs).as("its own leases stay").hasSize(1);
        assertThat(second.meters()
                        .get("sluice.jobs.lost.leases")
                        .tag("kind", "import")
                        .counter()
                        .count())
                .isEqualTo(2);
    }

    @Test
    void aWorkerFrozenForTwoMinutesCanNotWrite() {
        Node frozen = fleet.start("a", handler);
        String id = fleet.submit(frozen, "import");
        ScriptedHandler heir = new ScriptedHandler("import");
        fleet.start("b", heir);

        frozen.machine().freeze();
        Future<Void> noted = handler.runs.get(0).progress("{\"by\":\"the frozen\"}", "frozen");
        handler.end(0).complete("{\"by\":\"the frozen\"}");
        world.pass(120_000);
        assertThat(heir.runs).hasSize(1);
        frozen.machine().thaw();
        world.settle();

        assertThat(noted.cause()).isInstanceOf(LeaseLostException.class);
        assertThat(fleet.job(id).state()).isEqualTo(JobState.PROCESSING);
        assertThat(fleet.job(id).cursor()).isNull();
        heir.end(0).complete("{\"by\":\"the heir\"}");
        world.settle();
        assertThat(fleet.job(id).result()).isEqualTo("{\"by\":\"the heir\"}");
    }

    @Test
    void aWaitingJobIsCancelledAtOnce() {
        Node node = fleet.start("a");
        String id = fleet.submit(node, "import");

        node.queue().cancel(id);
        world.settle();

        assertThat(fleet.job(id).state()).isEqualTo(JobState.CANCELLED);
        assertThat(states(id)).containsExactly("pending", "cancelled");
    }

    @Test
    void aRunningJobIsCancelledWithinTwoSecondsFromAnyNode() {
        Node node = fleet.start("a", handler);
        Node other = fleet.start("b");
        String id = fleet.submit(node, "import");
        JobRun run = handler.runs.get(0);
        run.whenCancelled().onSuccess(wished -> run.checkpoint().onFailure(handler.end(0)::tryFail));

        other.queue().cancel(id);
        world.pass(2_000);

        assertThat(fleet.job(id).state()).isEqualTo(JobState.CANCELLED);
        assertThat(fleet.job(id).failures()).isEmpty();
        assertThat(states(id)).endsWith("cancelled");
    }

    @Test
    void aCancelledJobGoesOnWhereItWas() {
        Node node = fleet.start("a", handler);
        String id = fleet.submit(node, "import");
        handler.runs.get(0).progress("{}", "line 7");
        world.settle();
        node.queue().cancel(id);
        world.settle();
        assertThat(handler.runs.get(0).cancelled()).isTrue();
        handler.end(0).fail(new JobStoppedException());
        world.settle();

        node.queue().retry(id);
        world.settle();

        assertThat(handler.runs).hasSize(2);
        assertThat(handler.runs.get(1).job().cursor()).isEqualTo("line 7");
        assertThat(handler.runs.get(1).cancelled()).isFalse();
    }

    @Test
    void aJobThatWasDoneBeforeItCouldStopIsDone() {
        Node node = fleet.start("a", handler);
        String id = fleet.submit(node, "import");
        node.queue().cancel(id);
        world.settle();
        handler.end(0).complete("{}");
        world.settle();

        assertThat(fleet.job(id).state()).isEqualTo(JobState.COMPLETED);
    }

    @Test
    void aProcessThatStopsHandsItsJobsBack() {
        Node node = fleet.start("a", handler);
        String id = fleet.submit(node, "import");
        ScriptedHandler heir = new ScriptedHandler("import");
        fleet.start("b", heir);

        Future<Void> stopped = node.workers().stop(10_000);
        world.settle();
        assertThat(handler.runs.get(0).cancelled()).isTrue();
        assertThat(stopped.isComplete()).isFalse();
        handler.end(0).fail(new JobStoppedException());
        world.settle();

        assertThat(stopped.succeeded()).isTrue();
        assertThat(fleet.job(id).state()).isEqualTo(JobState.PENDING);
        assertThat(fleet.job(id).attempts()).isZero();
        world.pass(1_000);
        assertThat(heir.runs).hasSize(1);
    }

    @Test
    void aHandlerThatDoesNotStopLosesItsJobAllTheSame() {
        Node node = fleet.start("a", handler);
        String id = fleet.submit(node, "import");

        Future<Void> stopped = node.workers().stop(10_000);
        world.pass(10_000);

        assertThat(stopped.succeeded()).isTrue();
        assertThat(fleet.job(id).state()).isEqualTo(JobState.PENDING);
        Future<Void> noted = handler.runs.get(0).progress("{}", null);
        world.settle();
        assertThat(noted.cause()).isInstanceOf(LeaseLostException.class);
    }

    @Test
    void progressIsKeptAlwaysAndToldTwiceASecond() {
        Node node = fleet.start("a", handler);
        String id = fleet.submit(node, "import");
        fleet.news.clear();

        for (int i = 1; i <= 100; i++) {
            handler.runs.get(0).progress("{\"n\":" + i + "}", null);
            world.pass(10);
            assertThat(fleet.job(id).progress()).isEqualTo("{\"n\":" + i + "}");
        }
        world.pass(1_000);

        assertThat(fleet.news).hasSizeBetween(2, 4);
        assertThat(fleet.news.get(fleet.news.size() - 1).progress()).isEqualTo("{\"n\":100}");
    }

    @Test
    void whatIsTooLongIsRefused() {
        Node node = fleet.start("a", handler);
        String id = fleet.submit(node, "import");
        String tooLong = "x".repeat(Workers.LONGEST_JSON + 1);

        assertThat(handler.runs.get(0).progress(tooLong, null).cause())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("65537 characters");
        handler.end(0).complete(tooLong);
        world.settle();

        assertThat(fleet.job(id).state()).isEqualTo(JobState.FAILED);
    }

    @Test
    void aMovedClockTakesNoLeaseAway() {
        Node node = fleet.start("a", handler);
        Node moved = fleet.start("b");
        String id = fleet.submit(node, "import");

        moved.machine().moveWallClock(30_000);
        world.pass(10 * LEASE);
        assertThat(fleet.job(id).leaseToken()).isOne();
        moved.machine().moveWallClock(3_600_000);
        world.pass(LEASE / 2);

        assertThat(fleet.job(id).leaseToken()).isOne();
        assertThat(fleet.job(id).state()).isEqualTo(JobState.PROCESSING);
    }

    @Test
    void oldJobsAreForgottenWithWhatBelongsToThem() {
        Node node = fleet.start("a", handler.doing(run -> Future.succeededFuture("{}")));
        String id = fleet.submit(node, "import");

        world.pass(Duration.ofDays(30).toMillis() - 60_000);
        assertThat(fleet.forgotten).isEmpty();
        world.pass(Duration.ofMinutes(20).toMillis());

        assertThat(fleet.forgotten).extracting(JobRecord::id).containsExactly(id);
        assertThat(records.get(id).result()).isEmpty();
    }

    @Test
    void aDroppedJobIsForgottenWithWhatBelongsToIt() {
        Node node = fleet.start("a", handler);
        String id = fleet.submit(node, "import");
        node.queue().drop(id);
        world.settle();
        assertThat(fleet.forgotten).isEmpty();

        handler.end(0).complete("{}");
        world.settle();
        node.queue().drop(id);
        world.settle();

        assertThat(fleet.forgotten).extracting(JobRecord::id).containsExactly(id);
    }

    @Test
    void gaugesShowWhatWaits() {
        Node node = fleet.start("a");
        fleet.submit(node, "import");
        fleet.submit(node, "import");

        world.pass(90_000);

        assertThat(node.meters()
                        .get("sluice.jobs")
                        .tags("kind", "import", "state", "pending")
                        .gauge()
                        .value())
                .isEqualTo(2);
        assertThat(node.meters().get("sluice.jobs.oldest.waiting").gauge().value())
                .isBetween(50.0, 90.0);
    }
}
