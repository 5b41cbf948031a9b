package dev.sluice.store;

import static dev.sluice.store.ProxyStoreContract.NOW;
import static dev.sluice.store.ProxyStoreContract.await;
import static dev.sluice.store.ProxyStoreContract.failure;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.port.JobFilter;
import dev.sluice.port.JobKind;
import dev.sluice.port.JobRecord;
import dev.sluice.port.JobRecord.Failure;
import dev.sluice.port.JobRecords;
import dev.sluice.port.JobRecords.Beat;
import dev.sluice.port.JobRecords.Claim;
import dev.sluice.port.JobState;
import dev.sluice.port.Jobs.Submitted;
import dev.sluice.port.JobsFullException;
import dev.sluice.port.NewJob;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What every store promises of jobs. */
interface JobRecordsContract {
    /** Until when the leases of these tests last. */
    long LEASED_UNTIL = NOW + 45_000;

    long MANY = 1_000_000;

    Set<JobKind> ALL_KINDS = Set.of(JobKind.values());

    /** The store of this test. */
    ProxyStore store();

    /** Closes the store and opens it on what this test has stored so far. */
    void reopen() throws Exception;

    private JobRecords jobs() {
        return store().jobs();
    }

    // add

    @Test
    default void aNewDatabaseHasNoJobs() throws Exception {
        assertThat(await(jobs().list(JobFilter.any(), 10))).isEmpty();
        assertThat(await(jobs().counts())).isEmpty();
        assertThat(await(jobs().get(id(1)))).isEmpty();
        assertThat(await(jobs().take(ALL_KINDS, 10, claim(NOW)))).isEmpty();
        assertThat(await(jobs().take(id(1), claim(NOW)))).isEmpty();
        assertThat(await(jobs().untold(NOW, NOW, 10))).isEmpty();
        assertThat(await(jobs().purge(NOW, 10))).isEmpty();
        assertThat(await(jobs().expire(NOW, 3, 10))).isEmpty();
        assertThat(await(jobs().cancel(id(1), NOW))).isEmpty();
        assertThat(await(jobs().retry(id(1), NOW))).isEmpty();
        assertThat(await(jobs().drop(id(1)))).isEmpty();
        assertThat(await(jobs().retryFailed(null, 10, NOW))).isEmpty();
    }

    @Test
    default void everyPartOfAJobComesBackAsItWas() throws Exception {
        NewJob rich = new NewJob(
                JobKind.EXPORT,
                "to-file",
                "{\"name\":\"Jürgen's 東京 🐟 \\\"'; DROP TABLE job;--\\u0000\\\\\"}",
                10,
                "key é \\0 \0",
                "partition 🐟",
                "node/1",
                86_400_000,
                100,
                "owner");
        NewJob poor = NewJob.of(JobKind.VALIDATION, "x", "{}");

        Submitted first = await(jobs().add(id(1), rich, NOW, MANY));
        Submitted second = await(jobs().add(id(2), poor, NOW + 1, MANY));

        assertThat(first.known()).isFalse();
        assertThat(first.job()).isEqualTo(fresh(id(1), rich, NOW, NOW + 86_400_000));
        assertThat(second.job()).isEqualTo(fresh(id(2), poor, NOW + 1, NOW + 1));
        reopen();
        assertThat(get(id(1))).isEqualTo(first.job());
        assertThat(get(id(2))).isEqualTo(second.job());
    }

    @Test
    default void theLongestPayloadIsKeptWhole() throws Exception {
        NewJob longest = NewJob.of(JobKind.VALIDATION, "x", "\\".repeat(NewJob.LONGEST_PAYLOAD));

        add(1, longest);

        assertThat(get(id(1)).job()).isEqualTo(longest);
    }

    @Test
    default void whileItIsLiveAKeyGivesTheJobThatHoldsIt() throws Exception {
        JobRecord first = add(1, keyed("k"));

        assertThat(await(jobs().add(id(2), keyed("k"), NOW + 5, MANY))).isEqualTo(new Submitted(first, true));
        JobRecord held = take(id(1));
        assertThat(await(jobs().add(id(3), keyed("k"), NOW + 5, MANY))).isEqualTo(new Submitted(held, true));
        assertThat(await(jobs().add(id(4), keyed("other"), NOW + 5, MANY)).known())
                .isFalse();
        end(held, JobState.COMPLETED);
        assertThat(await(jobs().add(id(5), keyed("k"), NOW + 6, MANY)).known()).isFalse();

        assertThat(ids(await(jobs().list(JobFilter.any(), 10)))).containsExactly(id(5), id(4), id(1));
    }

    @Test
    default void ofManySubmittedWithOneKeyAtTheSameTimeOneIsKept() throws Exception {
        List<Future<Submitted>> adds = IntStream.range(0, 40)
                .mapToObj(i -> jobs().add(id(i), keyed("k"), NOW + i, MANY))
                .toList();
        await(Future.all(adds));

        assertThat(adds).filteredOn(add -> !add.result().known()).hasSize(1);
        assertThat(adds)
                .extracting(add -> add.result().job().id())
                .containsOnly(await(jobs().list(JobFilter.any(), 100)).get(0).id());
        assertThat(await(jobs().list(JobFilter.any(), 100))).hasSize(1);
    }

    @Test
    default void submittingAnIdAgainGivesTheJobThatIsThere() throws Exception {
        JobRecord first = add(1, plain());

        assertThat(await(jobs().add(id(1), keyed("other"), NOW + 5, MANY))).isEqualTo(new Submitted(first, true));
        assertThat(await(jobs().add(id(1), plain(), NOW + 5, 1)))
                .as("it takes no room")
                .isEqualTo(new Submitted(first, true));
    }

    @Test
    default void whereTooManyAreLiveOneMoreIsRefused() throws Exception {
        JobRecord first = add(1, keyed("k"));
        add(2, plain());

        Throwable refusal = cause(jobs().add(id(3), of(JobKind.ANALYSIS, "hushed"), NOW, 2));
        assertThat(refusal)
                .isInstanceOf(JobsFullException.class)
                .hasMessageContaining("analysis")
                .hasMessageEndingWith("2 or more (expected: fewer than 2)");
        assertThat(everything(refusal)).doesNotContain("hushed");
        assertThat(await(jobs().add(id(3), keyed("k"), NOW, 2)))
                .as("one that is known takes no room")
                .isEqualTo(new Submitted(first, true));
        assertThat(await(jobs().add(id(3), of(JobKind.IMPORT, "{}"), NOW, 2)).known())
                .as("each kind has its own room")
                .isFalse();

        end(take(id(1)), JobState.COMPLETED);
        add(4, plain(), NOW, 2);
        assertThat(cause(jobs().add(id(5), plain(), NOW, 2))).isInstanceOf(JobsFullException.class);
        take(id(2));
        assertThat(cause(jobs().add(id(5), plain(), NOW, 2)))
                .as("what is worked on is live")
                .isInstanceOf(JobsFullException.class);
        assertThat(cause(jobs().add(id(5), plain(), NOW, 0))).isInstanceOf(JobsFullException.class);
    }

    @Test
    default void theRoomIsFilledToTheLastJob() throws Exception {
        for (int i = 0; i < 100; i++) {
            add(i, plain(), NOW, 100);
        }

        assertThat(cause(jobs().add(id(100), plain(), NOW, 100))).isInstanceOf(JobsFullException.class);
        assertThat(await(jobs().counts())).isEqualTo(Map.of(JobKind.ANALYSIS, Map.of(JobState.PENDING, 100L)));
    }

    @Test
    default void anIdThatIsNoneIsRefused() throws Exception {
        for (String id : List.of("", "a b", "x".repeat(65))) {
            StoreException refusal = failure(jobs().add(id, of(JobKind.ANALYSIS, "hushed"), NOW, MANY));
            assertThat(refusal.kind()).isEqualTo(StoreException.Kind.FAILED);
            assertThat(refusal)
                    .hasMessageEndingWith("adding a job: id: " + id.length()
                            + " characters (expected: 1..64 letters, digits and hyphens)");
            assertThat(everything(refusal)).doesNotContain("hushed");
        }
        assertThat(await(jobs().counts())).isEmpty();
    }

    @Test
    default void aDelayWithoutEndIsOne() throws Exception {
        add(1, delayed(Long.MAX_VALUE));

        assertThat(get(id(1)).runAtMillis()).isEqualTo(Long.MAX_VALUE);
        assertThat(await(jobs().take(ALL_KINDS, 10, claim(NOW * 2)))).isEmpty();
    }

    // take

    @Test
    default void whatIsTakenIsLeased() throws Exception {
        JobRecord added = add(1, plain());

        List<JobRecord> taken = await(jobs().take(ALL_KINDS, 10, claim(NOW + 7)));

        assertThat(taken).containsExactly(get(id(1)));
        JobRecord job = taken.get(0);
        assertThat(job.state()).isEqualTo(JobState.PROCESSING);
        assertThat(job.attempts()).isEqualTo(1);
        assertThat(job.lostLeases()).isZero();
        assertThat(job.leaseUntilMillis()).isEqualTo(LEASED_UNTIL);
        assertThat(job.leaseToken()).isGreaterThan(added.leaseToken());
        assertThat(job.worker()).isEqualTo("worker");
        assertThat(job.updatedAtMillis()).isEqualTo(NOW + 7);
        assertThat(job.runAtMillis()).isEqualTo(added.runAtMillis());
        assertThat(job.finishedAtMillis()).isZero();
        assertThat(await(jobs().take(ALL_KINDS, 10, claim(NOW + 8)))).isEmpty();
        assertThat(await(jobs().take(id(1), claim(NOW + 8)))).isEmpty();
        reopen();
        assertThat(get(id(1))).isEqualTo(job);
    }

    @Test
    default void nothingIsTakenBeforeItsTime() throws Exception {
        add(1, delayed(1_000));

        assertThat(await(jobs().take(ALL_KINDS, 10, claim(NOW + 999)))).isEmpty();
        assertThat(await(jobs().take(id(1), claim(NOW + 999)))).isEmpty();
        assertThat(ids(await(jobs().take(ALL_KINDS, 10, claim(NOW + 1_000))))).containsExactly(id(1));
    }

    @Test
    default void theMostUrgentComeFirstAndAgeCounts() throws Exception {
        long step = JobRecords.AGING_MILLIS;
        add(1, prioritised(5), NOW);
        add(2, prioritised(10), NOW);
        add(3, prioritised(1), NOW);
        add(4, prioritised(10), NOW);
        add(5, prioritised(1), NOW - 9 * step);
        add(6, prioritised(1), NOW - 9 * step - 1);
        add(7, prioritised(4), NOW - step - 1);

        assertThat(ids(await(jobs().take(ALL_KINDS, 3, claim(NOW))))).containsExactly(id(6), id(2), id(4));
        assertThat(ids(await(jobs().take(ALL_KINDS, 100, claim(NOW))))).containsExactly(id(5), id(7), id(1), id(3));
    }

    @Test
    default void whatIsNotDueIsPassedOverHoweverUrgent() throws Exception {
        NewJob later = new NewJob(JobKind.ANALYSIS, "x", "{}", 10, null, null, null, 1, 8, null);
        for (int i = 0; i < 300; i++) {
            add(i, later);
        }
        add(500, prioritised(1));

        assertThat(ids(await(jobs().take(ALL_KINDS, 5, claim(NOW))))).containsExactly(id(500));
    }

    @Test
    default void onlyTheKindsAskedForAreTaken() throws Exception {
        int n = 0;
        for (JobKind kind : JobKind.values()) {
            add(n++, of(kind, "{}"));
        }

        assertThat(await(jobs().take(Set.of(), 10, claim(NOW)))).isEmpty();
        assertThat(await(jobs().take(Set.of(JobKind.IMPORT), 10, claim(NOW))))
                .extracting(job -> job.job().kind())
                .containsExactly(JobKind.IMPORT);
        assertThat(await(jobs().take(Set.of(JobKind.EXPORT, JobKind.VALIDATION, JobKind.IMPORT), 10, claim(NOW))))
                .extracting(job -> job.job().kind())
                .containsExactly(JobKind.VALIDATION, JobKind.EXPORT);
    }

    @Test
    default void aJobForANodeIsTakenThere() throws Exception {
        add(1, new NewJob(JobKind.ANALYSIS, "x", "{}", 5, null, null, "elsewhere", 0, 8, null));
        add(2, new NewJob(JobKind.ANALYSIS, "x", "{}", 5, null, null, "here", 0, 8, null));
        add(3, plain());

        assertThat(await(jobs().take(id(1), claim(NOW)))).isEmpty();
        assertThat(ids(await(jobs().take(ALL_KINDS, 10, claim(NOW))))).containsExactly(id(2), id(3));
        assertThat(ids(await(jobs().take(ALL_KINDS, 10, new Claim("worker", "elsewhere", NOW, LEASED_UNTIL)))))
                .containsExactly(id(1));
    }

    @Test
    default void jobsOfAPartitionAreDoneOneAfterTheOther() throws Exception {
        add(1, partitioned("p", 5));
        add(2, partitioned("p", 5));
        add(3, partitioned("p", 10));
        add(4, partitioned("q", 1));
        add(5, plain());

        List<JobRecord> taken = await(jobs().take(ALL_KINDS, 10, claim(NOW)));
        assertThat(ids(taken)).containsExactly(id(3), id(5), id(4));
        assertThat(await(jobs().take(ALL_KINDS, 10, claim(NOW)))).isEmpty();
        assertThat(await(jobs().take(id(1), claim(NOW)))).isEmpty();

        end(taken.get(0), JobState.COMPLETED);
        assertThat(ids(await(jobs().take(ALL_KINDS, 10, claim(NOW))))).containsExactly(id(1));
        assertThat(await(jobs().handBack(Map.of(id(1), get(id(1)).leaseToken()), NOW)))
                .isNull();
        assertThat(await(jobs().take(id(2), claim(NOW)))).isPresent();
        assertThat(await(jobs().take(id(1), claim(NOW)))).isEmpty();
    }

    @Test
    default void partitionsThatWaitHoldNobodyElseUp() throws Exception {
        for (int i = 0; i < 250; i++) {
            add(i, partitioned("p", 10));
        }
        add(300, partitioned("q", 10));
        add(301, prioritised(1));
        take(id(200));

        assertThat(ids(await(jobs().take(ALL_KINDS, 10, claim(NOW))))).containsExactly(id(300), id(301));
    }

    @Test
    default void nothingIsTakenTwice() throws Exception {
        for (int i = 0; i < 120; i++) {
            add(i, i % 3 == 0 ? partitioned("p" + i % 7, 1 + i % 10) : prioritised(1 + i % 10));
        }

        List<Future<List<JobRecord>>> takes = new ArrayList<>();
        List<Future<Optional<JobRecord>>> told = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            takes.add(jobs().take(ALL_KINDS, 4, claim(NOW)));
            told.add(jobs().take(id(i * 3), claim(NOW)));
        }
        await(Future.all(takes));
        await(Future.all(told));

        Set<String> taken = new HashSet<>();
        Set<String> partitions = new HashSet<>();
        List<JobRecord> all = new ArrayList<>();
        takes.forEach(take -> all.addAll(take.result()));
        told.forEach(take -> take.result().ifPresent(all::add));
        for (JobRecord job : all) {
            assertThat(taken.add(job.id())).isTrue();
            assertThat(job.job().partition() == null || partitions.add(job.job().partition()))
                    .isTrue();
        }
        await(jobs().take(ALL_KINDS, 100, claim(NOW)))
                .forEach(job -> assertThat(taken.add(job.id())).isTrue());
        assertThat(taken).as("80 without a partition, and one of each of 7").hasSize(87);
    }

    @Test
    default void whatIsNoClaimIsRefused() throws Exception {
        assertThat(failure(jobs().take(ALL_KINDS, 0, claim(NOW))))
                .hasMessageEndingWith("taking jobs: limit: 0 (expected: 1..100)");
        assertThat(failure(jobs().take(ALL_KINDS, 101, claim(NOW)))).hasMessageContaining("limit: 101");
        assertThat(failure(jobs().take("x", new Claim("", "here", NOW, NOW))))
                .hasMessageContaining("characters of the worker: 0");
        assertThat(failure(jobs().take("x", new Claim("w", "n".repeat(201), NOW, NOW))))
                .hasMessageContaining("characters of the node: 201");
    }

    // leases

    @Test
    default void aBeatProlongsTheLeasesThatAreHeld() throws Exception {
        for (int i = 1; i <= 4; i++) {
            add(i, plain());
        }
        JobRecord held = take(id(1));
        JobRecord asked = take(id(2));
        JobRecord over = take(id(3));
        end(over, JobState.COMPLETED);
        JobRecord ended = get(id(3));
        await(jobs().cancel(id(2), NOW + 3));

        Map<String, Beat> beats = await(jobs().beat(
                        Map.of(
                                id(1),
                                held.leaseToken(),
                                id(2),
                                asked.leaseToken(),
                                id(3),
                                over.leaseToken(),
                                id(4),
                                0L,
                                "unknown",
                                1L),
                        NOW + 5,
                        LEASED_UNTIL + 5));

        assertThat(beats).isEqualTo(Map.of(id(1), new Beat(false), id(2), new Beat(true)));
        assertThat(get(id(1)).leaseUntilMillis()).isEqualTo(LEASED_UNTIL + 5);
        assertThat(get(id(1)).updatedAtMillis()).isEqualTo(held.updatedAtMillis());
        assertThat(get(id(3))).isEqualTo(ended);
        assertThat(get(id(4)).leaseUntilMillis()).isZero();
        assertThat(await(jobs().beat(Map.of(id(1), held.leaseToken() - 1), NOW, NOW)))
                .isEmpty();
        assertThat(await(jobs().beat(Map.of(), NOW, NOW))).isEmpty();
    }

    @Test
    default void aLostLeaseWritesNothing() throws Exception {
        add(1, plain());
        JobRecord lost = take(id(1));
        assertThat(ids(await(jobs().expire(LEASED_UNTIL, 3, 10)))).containsExactly(id(1));

        for (int round = 0; round < 2; round++) {
            JobRecord before = get(id(1));
            long token = lost.leaseToken();
            assertThat(await(jobs().progress(id(1), token, "{}", "c", NOW))).isFalse();
            assertThat(await(jobs().end(id(1), token, JobState.COMPLETED, "{}", null, NOW)))
                    .isFalse();
            assertThat(await(jobs().end(id(1), token, JobState.CANCELLED, null, null, NOW)))
                    .isFalse();
            assertThat(await(jobs().end(id(1), token, JobState.FAILED, null, failed(1), NOW)))
                    .isFalse();
            assertThat(await(jobs().again(id(1), token, failed(1), NOW, NOW))).isFalse();
            await(jobs().handBack(Map.of(id(1), token), NOW));
            assertThat(await(jobs().beat(Map.of(id(1), token), NOW, NOW))).isEmpty();
            assertThat(get(id(1))).isEqualTo(before);
            if (round == 0) {
                assertThat(take(id(1)).leaseToken()).isGreaterThan(token);
            }
        }
        assertThat(await(jobs().progress("unknown", 1, "{}", null, NOW))).isFalse();
        assertThat(await(jobs().end("unknown", 1, JobState.COMPLETED, null, null, NOW)))
                .isFalse();
        assertThat(await(jobs().again("unknown", 1, failed(1), NOW, NOW))).isFalse();
    }

    @Test
    default void progressAndCursorAreKept() throws Exception {
        add(1, plain());
        JobRecord held = take(id(1));

        assertThat(await(jobs().progress(id(1), held.leaseToken(), "{\"n\":\"é\\u0000\"}", "c\0\\1", NOW + 5)))
                .isTrue();
        assertThat(await(jobs().progress(id(1), held.leaseToken(), "{\"n\":2}", null, NOW + 6)))
                .isTrue();

        JobRecord job = get(id(1));
        assertThat(job.progress()).isEqualTo("{\"n\":2}");
        assertThat(job.cursor()).isEqualTo("c\0\\1");
        assertThat(job.updatedAtMillis()).isEqualTo(NOW + 6);
        assertThat(job.state()).isEqualTo(JobState.PROCESSING);
        assertThat(failure(jobs().progress(id(1), held.leaseToken(), "hushed".repeat(11_000), null, NOW)))
                .hasMessageEndingWith(
                        "progress of job " + id(1) + ": characters of the progress: 66000 (expected: 0..65536)");
    }

    // end

    @Test
    default void aJobEndsInItsState() throws Exception {
        for (int i = 1; i <= 3; i++) {
            add(i, plain());
        }
        JobRecord first = take(id(1));
        JobRecord second = take(id(2));
        JobRecord third = take(id(3));
        await(jobs().progress(id(2), second.leaseToken(), "{}", "here", NOW));

        assertThat(await(jobs().end(id(1), first.leaseToken(), JobState.COMPLETED, "{\"r\":\"\\\\\"}", null, NOW + 5)))
                .isTrue();
        assertThat(await(jobs().end(id(2), second.leaseToken(), JobState.FAILED, null, failed(1), NOW + 6)))
                .isTrue();
        assertThat(await(jobs().end(id(3), third.leaseToken(), JobState.CANCELLED, null, null, NOW + 7)))
                .isTrue();
        assertThat(await(jobs().end(id(1), first.leaseToken(), JobState.COMPLETED, "{}", null, NOW + 9)))
                .as("nothing ends twice")
                .isFalse();

        reopen();
        assertOver(id(1), JobState.COMPLETED, NOW + 5);
        assertOver(id(2), JobState.FAILED, NOW + 6);
        assertOver(id(3), JobState.CANCELLED, NOW + 7);
        assertThat(get(id(1)).result()).isEqualTo("{\"r\":\"\\\\\"}");
        assertThat(get(id(2)).failures()).containsExactly(failed(1));
        assertThat(get(id(2)).cursor()).isEqualTo("here");
        assertThat(get(id(2)).worker()).isEqualTo("worker");
        assertThat(get(id(2)).attempts()).isEqualTo(1);
    }

    private void assertOver(String id, JobState state, long atMillis) throws Exception {
        JobRecord job = get(id);
        assertThat(job.state()).isEqualTo(state);
        assertThat(job.finishedAtMillis()).isEqualTo(atMillis);
        assertThat(job.updatedAtMillis()).isEqualTo(atMillis);
        assertThat(job.leaseUntilMillis()).isZero();
    }

    @Test
    default void anEndThatIsNoneIsRefused() throws Exception {
        add(1, plain());
        long token = take(id(1)).leaseToken();

        assertThat(failure(jobs().end(id(1), token, JobState.PENDING, null, null, NOW)))
                .hasMessageEndingWith(
                        "ending job " + id(1) + ": state: pending (expected: completed, failed or cancelled)");
        assertThat(failure(jobs().end(id(1), token, JobState.FAILED, null, null, NOW)))
                .hasMessageContaining("no failure of a job that is failed");
        assertThat(failure(jobs().end(id(1), token, JobState.COMPLETED, null, failed(1), NOW)))
                .hasMessageContaining("failure of a job that is completed");
        assertThat(failure(jobs().end(id(1), token, JobState.CANCELLED, "hushed", null, NOW)))
                .hasMessageContaining("result of a job that is cancelled")
                .hasMessageNotContaining("hushed");
        assertThat(get(id(1)).state()).isEqualTo(JobState.PROCESSING);
    }

    @Test
    default void aFailedAttemptIsMadeAgainAtItsTime() throws Exception {
        add(1, plain());
        JobRecord held = take(id(1));

        assertThat(await(jobs().again(id(1), held.leaseToken(), failed(1), NOW + 2_000, NOW + 5)))
                .isTrue();

        JobRecord job = get(id(1));
        assertThat(job.state()).isEqualTo(JobState.PENDING);
        assertThat(job.runAtMillis()).isEqualTo(NOW + 2_000);
        assertThat(job.updatedAtMillis()).isEqualTo(NOW + 5);
        assertThat(job.attempts()).isEqualTo(1);
        assertThat(job.leaseUntilMillis()).isZero();
        assertThat(job.failures()).containsExactly(failed(1));
        assertThat(await(jobs().take(ALL_KINDS, 1, claim(NOW + 1_999)))).isEmpty();
        List<JobRecord> retaken = await(jobs().take(ALL_KINDS, 1, claim(NOW + 2_000)));
        assertThat(retaken).extracting(JobRecord::attempts).containsExactly(2);
        assertThat(retaken.get(0).leaseToken()).isGreaterThan(held.leaseToken());
    }

    @Test
    default void aJobWaitsItsTurnByItsNewTime() throws Exception {
        add(1, plain());
        JobRecord held = take(id(1));
        add(2, plain(), NOW + 10);
        await(jobs().again(id(1), held.leaseToken(), failed(1), NOW + 20, NOW));

        assertThat(ids(await(jobs().take(ALL_KINDS, 2, claim(NOW + 20))))).containsExactly(id(2), id(1));
    }

    @Test
    default void theLatestFailuresAreRemembered() throws Exception {
        add(1, plain());
        List<Failure> all = new ArrayList<>();
        for (int attempt = 1; attempt <= JobRecord.MOST_FAILURES + 3; attempt++) {
            JobRecord held = take(id(1));
            assertThat(held.attempts()).isEqualTo(attempt);
            all.add(failed(attempt));
            await(jobs().again(id(1), held.leaseToken(), failed(attempt), NOW, NOW));
        }

        reopen();
        assertThat(get(id(1)).failures()).isEqualTo(all.subList(3, all.size()));
        await(jobs().again(id(1), take(id(1)).leaseToken(), new Failure(NOW, 99, "w", "x".repeat(9_000)), NOW, NOW));
        assertThat(get(id(1)).failures().get(19).error()).isEqualTo("x".repeat(2_000));
    }

    @Test
    default void whatIsHandedBackIsDueAtOnceAndDoesNotCount() throws Exception {
        add(1, plain());
        add(2, plain(), NOW + 1);
        JobRecord first = take(id(1));
        await(jobs().progress(id(1), first.leaseToken(), "{}", "here", NOW));

        await(jobs().handBack(Map.of(id(1), first.leaseToken(), id(2), 7L, "unknown", 1L), NOW + 9));

        JobRecord job = get(id(1));
        assertThat(job.state()).isEqualTo(JobState.PENDING);
        assertThat(job.attempts()).isZero();
        assertThat(job.lostLeases()).isZero();
        assertThat(job.leaseUntilMillis()).isZero();
        assertThat(job.cursor()).isEqualTo("here");
        assertThat(job.updatedAtMillis()).isEqualTo(NOW + 9);
        assertThat(job.failures()).isEmpty();
        List<JobRecord> taken = await(jobs().take(ALL_KINDS, 10, claim(NOW + 9)));
        assertThat(ids(taken)).as("it keeps its place").containsExactly(id(1), id(2));
        assertThat(taken.get(0).leaseToken()).isGreaterThan(first.leaseToken());
        assertThat(taken.get(0).attempts()).isEqualTo(1);
    }

    // expire

    @Test
    default void aSilentWorkerLosesItsJob() throws Exception {
        add(1, plain());
        add(2, plain());
        JobRecord lost = take(id(1));
        JobRecord held = take(id(2));
        await(jobs().progress(id(1), lost.leaseToken(), "{}", "here", NOW));
        await(jobs().beat(Map.of(id(2), held.leaseToken()), NOW, LEASED_UNTIL + 1));

        assertThat(await(jobs().expire(LEASED_UNTIL - 1, 3, 10))).isEmpty();
        List<JobRecord> expired = await(jobs().expire(LEASED_UNTIL, 3, 10));

        assertThat(expired).containsExactly(get(id(1)));
        JobRecord job = expired.get(0);
        assertThat(job.state()).isEqualTo(JobState.PENDING);
        assertThat(job.lostLeases()).isEqualTo(1);
        assertThat(job.attempts()).as("it did not end by itself").isZero();
        assertThat(job.runAtMillis()).isLessThanOrEqualTo(LEASED_UNTIL);
        assertThat(job.leaseUntilMillis()).isZero();
        assertThat(job.cursor()).isEqualTo("here");
        assertThat(job.failures()).isEmpty();
        assertThat(job.updatedAtMillis()).isEqualTo(LEASED_UNTIL);
        assertThat(get(id(2)).state()).isEqualTo(JobState.PROCESSING);
        assertThat(ids(await(jobs().take(ALL_KINDS, 10, claim(LEASED_UNTIL))))).containsExactly(id(1));
    }

    @Test
    default void lossesAreCountedAnewWhenTheCursorMoves() throws Exception {
        add(1, plain());
        for (int lost = 1; lost < 3; lost++) {
            JobRecord held = take(id(1));
            await(jobs().progress(id(1), held.leaseToken(), "{}", lost == 1 ? "here" : null, NOW));
            await(jobs().progress(id(1), held.leaseToken(), "{\"n\":2}", "here", NOW));
            await(jobs().expire(LEASED_UNTIL, 5, 10));
            assertThat(get(id(1)).lostLeases()).isEqualTo(lost);
        }
        JobRecord held = take(id(1));
        await(jobs().progress(id(1), held.leaseToken(), "{}", "further", NOW));

        assertThat(get(id(1)).lostLeases()).isZero();
        assertThat(get(id(1)).cursor()).isEqualTo("further");
    }

    @Test
    default void aJobThatKillsItsWorkersIsGivenUp() throws Exception {
        add(1, partitioned("p", 5));
        add(2, partitioned("p", 5));
        for (int lost = 1; lost < 3; lost++) {
            take(id(1));
            assertThat(await(jobs().expire(LEASED_UNTIL, 3, 10)))
                    .extracting(JobRecord::state)
                    .containsExactly(JobState.PENDING);
        }
        take(id(1));

        List<JobRecord> expired = await(jobs().expire(LEASED_UNTIL + 4, 3, 10));

        reopen();
        assertThat(expired).containsExactly(get(id(1)));
        JobRecord job = expired.get(0);
        assertOver(id(1), JobState.FAILED, LEASED_UNTIL + 4);
        assertThat(job.lostLeases()).isEqualTo(3);
        assertThat(job.failures()).hasSize(1);
        assertThat(job.failures().get(0).worker()).isEqualTo("worker");
        assertThat(job.failures().get(0).atMillis()).isEqualTo(LEASED_UNTIL + 4);
        assertThat(job.failures().get(0).error()).contains("vanished").contains("3");
        assertThat(ids(await(jobs().take(ALL_KINDS, 10, claim(NOW))))).containsExactly(id(2));
    }

    @Test
    default void theLongestSilentAreExpiredFirst() throws Exception {
        for (int i = 1; i <= 3; i++) {
            add(i, plain());
            long until = NOW + 1_000 * (4 - i);
            await(jobs().take(id(i), new Claim("worker", "here", NOW, until)));
        }

        assertThat(ids(await(jobs().expire(NOW + 9_000, 3, 2)))).containsExactly(id(3), id(2));
        assertThat(ids(await(jobs().expire(NOW + 9_000, 3, 2)))).containsExactly(id(1));
    }

    @Test
    default void whatEndsTwiceAtTheSameTimeExpiresOnce() throws Exception {
        for (int i = 0; i < 50; i++) {
            add(i, plain());
        }
        await(jobs().take(ALL_KINDS, 50, claim(NOW)));

        List<Future<List<JobRecord>>> expiries = IntStream.range(0, 8)
                .mapToObj(i -> jobs().expire(LEASED_UNTIL, 3, 20))
                .toList();
        await(Future.all(expiries));
        await(jobs().expire(LEASED_UNTIL, 3, 100));

        assertThat(await(jobs().list(JobFilter.any(), 100)))
                .hasSize(50)
                .allMatch(job -> job.lostLeases() == 1 && job.state() == JobState.PENDING);
    }

    // cancel

    @Test
    default void aJobThatWaitsIsCancelledAtOnce() throws Exception {
        add(1, keyed("k"));

        JobRecord cancelled = await(jobs().cancel(id(1), NOW + 5)).orElseThrow();

        reopen();
        assertThat(cancelled).isEqualTo(get(id(1)));
        assertOver(id(1), JobState.CANCELLED, NOW + 5);
        assertThat(await(jobs().take(ALL_KINDS, 10, claim(NOW + 9)))).isEmpty();
        assertThat(await(jobs().cancel(id(1), NOW + 8))).contains(cancelled);
        assertThat(await(jobs().add(id(2), keyed("k"), NOW, MANY)).known()).isFalse();
    }

    @Test
    default void aJobThatIsWorkedOnIsAskedToStop() throws Exception {
        add(1, plain());
        JobRecord held = take(id(1));

        JobRecord asked = await(jobs().cancel(id(1), NOW + 5)).orElseThrow();

        assertThat(asked).isEqualTo(get(id(1)));
        assertThat(asked.state()).isEqualTo(JobState.PROCESSING);
        assertThat(asked.cancelRequested()).isTrue();
        assertThat(asked.finishedAtMillis()).isZero();
        assertThat(await(jobs().cancel(id(1), NOW + 6)))
                .as("asking again changes nothing")
                .contains(asked);
        assertThat(await(jobs().progress(id(1), held.leaseToken(), "{}", null, NOW)))
                .as("its worker still holds it")
                .isTrue();
        end(held, JobState.COMPLETED);
        assertThat(await(jobs().cancel(id(1), NOW + 9)).orElseThrow().state()).isEqualTo(JobState.COMPLETED);
    }

    @Test
    default void aJobThatWasAskedToStopDoesNotBeginAgain() throws Exception {
        for (int i = 1; i <= 3; i++) {
            add(i, plain());
        }
        take(id(1));
        JobRecord handedBack = take(id(2));
        JobRecord failing = take(id(3));
        for (int i = 1; i <= 3; i++) {
            await(jobs().cancel(id(i), NOW));
        }

        await(jobs().handBack(Map.of(id(2), handedBack.leaseToken()), NOW + 1));
        assertThat(await(jobs().again(id(3), failing.leaseToken(), failed(1), NOW + 2, NOW + 2)))
                .isTrue();
        assertThat(ids(await(jobs().expire(LEASED_UNTIL, 1, 10)))).containsExactly(id(1));

        assertOver(id(1), JobState.CANCELLED, LEASED_UNTIL);
        assertThat(get(id(1)).failures()).isEmpty();
        assertOver(id(2), JobState.CANCELLED, NOW + 1);
        assertOver(id(3), JobState.CANCELLED, NOW + 2);
        assertThat(get(id(3)).failures()).containsExactly(failed(1));
        assertThat(await(jobs().take(ALL_KINDS, 10, claim(LEASED_UNTIL)))).isEmpty();
    }

    // retry and drop

    @Test
    default void whatWasGivenUpIsDoneAfterAll() throws Exception {
        add(1, plain());
        JobRecord held = take(id(1));
        await(jobs().progress(id(1), held.leaseToken(), "{\"n\":1}", "here", NOW));
        await(jobs().end(id(1), held.leaseToken(), JobState.FAILED, null, failed(1), NOW + 3));

        JobRecord retried = await(jobs().retry(id(1), NOW + 5)).orElseThrow();

        assertThat(retried).isEqualTo(get(id(1)));
        assertThat(retried.state()).isEqualTo(JobState.PENDING);
        assertThat(retried.runAtMillis()).isEqualTo(NOW + 5);
        assertThat(retried.updatedAtMillis()).isEqualTo(NOW + 5);
        assertThat(retried.finishedAtMillis()).isZero();
        assertThat(retried.attempts()).isZero();
        assertThat(retried.cursor()).isEqualTo("here");
        assertThat(retried.progress()).isEqualTo("{\"n\":1}");
        assertThat(retried.failures()).containsExactly(failed(1));
        JobRecord again = await(jobs().take(id(1), claim(NOW + 5))).orElseThrow();
        assertThat(again.attempts()).isEqualTo(1);
        assertThat(again.leaseToken()).isGreaterThan(held.leaseToken());
    }

    @Test
    default void lostLeasesAndRequestsToStopAreForgottenWithARetry() throws Exception {
        add(1, plain());
        add(2, plain());
        take(id(1));
        await(jobs().expire(LEASED_UNTIL, 1, 10));
        JobRecord stopped = take(id(2));
        await(jobs().cancel(id(2), NOW));
        end(stopped, JobState.CANCELLED);

        assertThat(await(jobs().retry(id(1), NOW)).orElseThrow().lostLeases()).isZero();
        assertThat(await(jobs().retry(id(2), NOW)).orElseThrow().cancelRequested())
                .isFalse();
        assertThat(ids(await(jobs().take(ALL_KINDS, 10, claim(NOW))))).containsExactly(id(1), id(2));
    }

    @Test
    default void onlyWhatWasGivenUpOrCancelledIsRetried() throws Exception {
        JobRecord waiting = add(1, delayed(60_000));
        add(2, plain());
        JobRecord held = take(id(2));
        add(3, plain());
        end(take(id(3)), JobState.COMPLETED);
        JobRecord completed = get(id(3));

        assertThat(await(jobs().retry(id(1), NOW + 5))).contains(waiting);
        assertThat(await(jobs().retry(id(2), NOW + 5))).contains(held);
        assertThat(await(jobs().retry(id(3), NOW + 5))).contains(completed);
        assertThat(get(id(3))).isEqualTo(completed);
    }

    @Test
    default void aJobWhoseKeyALiveOneHoldsStays() throws Exception {
        add(1, keyed("k"));
        fail(id(1));
        JobRecord failed = get(id(1));
        add(2, keyed("k"));

        assertThat(await(jobs().retry(id(1), NOW + 5))).contains(failed);
        assertThat(await(jobs().retryFailed(null, 10, NOW + 5))).isEmpty();
        assertThat(get(id(1))).isEqualTo(failed);

        end(take(id(2)), JobState.COMPLETED);
        assertThat(await(jobs().retry(id(1), NOW + 6)).orElseThrow().state()).isEqualTo(JobState.PENDING);
        assertThat(await(jobs().add(id(3), keyed("k"), NOW, MANY)).job().id()).isEqualTo(id(1));
    }

    @Test
    default void ofManyRetriedWithOneKeyAtTheSameTimeOneIsLive() throws Exception {
        for (int i = 0; i < 10; i++) {
            add(i, keyed("k"));
            fail(id(i));
        }

        List<Future<Optional<JobRecord>>> retries = IntStream.range(0, 10)
                .mapToObj(i -> jobs().retry(id(i), NOW + 5))
                .toList();
        await(Future.all(retries));

        assertThat(retries)
                .filteredOn(retry -> retry.result().orElseThrow().state() == JobState.PENDING)
                .hasSize(1);
        assertThat(await(jobs().counts()))
                .isEqualTo(Map.of(JobKind.ANALYSIS, Map.of(JobState.PENDING, 1L, JobState.FAILED, 9L)));
    }

    @Test
    default void allThatWereGivenUpAreRetried() throws Exception {
        for (int i = 0; i < 8; i++) {
            add(i, i % 2 == 0 ? plain() : of(JobKind.IMPORT, "{}"));
            fail(id(i));
        }
        add(20, keyed("k"));
        fail(id(20));
        add(21, keyed("k"));
        fail(id(21));
        add(22, plain());
        await(jobs().cancel(id(22), NOW));

        assertThat(await(jobs().retryFailed(JobKind.IMPORT, 3, NOW + 5))).containsExactly(id(1), id(3), id(5));
        assertThat(await(jobs().retryFailed(JobKind.IMPORT, 3, NOW + 5))).containsExactly(id(7));
        assertThat(await(jobs().retryFailed(null, 10, NOW + 5)))
                .as("one of those with the same key")
                .containsExactly(id(0), id(2), id(4), id(6), id(20));
        assertThat(await(jobs().retryFailed(null, 10, NOW + 5))).isEmpty();

        assertThat(get(id(0)).runAtMillis()).isEqualTo(NOW + 5);
        assertThat(get(id(0)).failures()).hasSize(1);
        assertThat(get(id(22)).state()).isEqualTo(JobState.CANCELLED);
    }

    @Test
    default void whatIsOverCanBeDropped() throws Exception {
        JobRecord waiting = add(1, plain());
        add(2, plain());
        JobRecord held = take(id(2));
        add(3, keyed("k"));
        fail(id(3));
        JobRecord failed = get(id(3));

        assertThat(await(jobs().drop(id(1)))).contains(waiting);
        assertThat(await(jobs().drop(id(2)))).contains(held);
        assertThat(await(jobs().drop(id(3)))).contains(failed);
        assertThat(await(jobs().drop(id(3)))).isEmpty();

        assertThat(get(id(1))).isEqualTo(waiting);
        assertThat(get(id(2))).isEqualTo(held);
        assertThat(await(jobs().get(id(3)))).isEmpty();
        assertThat(await(jobs().retryFailed(null, 10, NOW))).isEmpty();
    }

    @Test
    default void whatHasBeenOverForLongIsForgotten() throws Exception {
        for (int i = 0; i < 60; i++) {
            add(i, plain());
            await(jobs().end(id(i), take(id(i)).leaseToken(), JobState.COMPLETED, null, null, NOW + 100 - i));
        }
        add(70, plain());
        add(71, plain());
        take(id(71));
        JobRecord oldest = get(id(59));

        assertThat(await(jobs().purge(NOW + 42, 10))).containsExactly(oldest);
        List<JobRecord> gone = await(jobs().purge(NOW + 100, 50));
        assertThat(ids(gone))
                .isEqualTo(IntStream.iterate(58, i -> i >= 9, i -> i - 1)
                        .mapToObj(JobRecordsContract::id)
                        .toList());
        assertThat(await(jobs().purge(NOW * 2, 1_000))).hasSize(9);

        assertThat(ids(await(jobs().list(JobFilter.any(), 100)))).containsExactly(id(71), id(70));
        assertThat(await(jobs().counts()))
                .isEqualTo(Map.of(JobKind.ANALYSIS, Map.of(JobState.PENDING, 1L, JobState.PROCESSING, 1L)));
    }

    // look-ups

    @Test
    default void theNewestAreListedFirst() throws Exception {
        for (int i = 0; i < 9; i++) {
            add(i, i % 3 == 0 ? of(JobKind.IMPORT, "{}") : plain());
        }
        add(9, new NewJob(JobKind.IMPORT, "other", "{}", 5, null, null, null, 0, 8, null));
        fail(id(3));
        fail(id(4));
        take(id(6));

        assertThat(listed(JobFilter.any(), 3)).containsExactly(id(9), id(8), id(7));
        assertThat(listed(new JobFilter(Set.of(), Set.of(), null, id(7)), 3)).containsExactly(id(6), id(5), id(4));
        assertThat(listed(new JobFilter(Set.of(JobKind.IMPORT), Set.of(), null, null), 9))
                .containsExactly(id(9), id(6), id(3), id(0));
        assertThat(listed(new JobFilter(Set.of(), Set.of(JobState.FAILED), null, null), 9))
                .containsExactly(id(4), id(3));
        assertThat(listed(
                        new JobFilter(
                                Set.of(JobKind.IMPORT, JobKind.ANALYSIS),
                                Set.of(JobState.FAILED, JobState.PROCESSING),
                                null,
                                id(6)),
                        9))
                .containsExactly(id(4), id(3));
        assertThat(listed(new JobFilter(Set.of(), Set.of(), "other", null), 9)).containsExactly(id(9));
        assertThat(listed(new JobFilter(Set.of(JobKind.EXPORT), Set.of(), null, null), 9))
                .isEmpty();
        assertThat(failure(jobs().list(JobFilter.any(), 0))).hasMessageContaining("listing jobs: limit: 0");
    }

    private List<String> listed(JobFilter filter, int limit) throws Exception {
        return ids(await(jobs().list(filter, limit)));
    }

    @Test
    default void jobsAreCountedByKindAndState() throws Exception {
        add(1, plain());
        add(2, plain());
        add(3, plain());
        fail(id(3));
        add(4, of(JobKind.EXPORT, "{}"));
        take(id(4));

        Map<JobKind, Map<JobState, Long>> counts = new EnumMap<>(JobKind.class);
        counts.put(JobKind.ANALYSIS, Map.of(JobState.PENDING, 2L, JobState.FAILED, 1L));
        counts.put(JobKind.EXPORT, Map.of(JobState.PROCESSING, 1L));
        assertThat(await(jobs().counts())).isEqualTo(counts);
    }

    // transports

    @Test
    default void aTransportIsToldOfEachJobThatIsDue() throws Exception {
        add(3, plain());
        add(1, prioritised(1));
        add(2, delayed(1_000));
        add(4, plain());
        take(id(4));

        assertThat(untold(NOW, 1)).containsExactly(id(1), id(3));
        await(jobs().told(List.of(id(1), "unknown"), NOW));
        await(jobs().told(List.of(), NOW));
        assertThat(untold(NOW, 1)).containsExactly(id(3));
        assertThat(untold(NOW + 1_000, 1)).containsExactly(id(3), id(2));
        assertThat(untold(NOW + 1_000, NOW + 1)).as("the unheard of first").containsExactly(id(3), id(2), id(1));
        assertThat(ids(await(jobs().untold(NOW + 1_000, NOW + 1, 1)))).containsExactly(id(3));
        await(jobs().told(List.of(id(2), id(3)), NOW + 1_000));
        assertThat(untold(NOW + 1_000, 1)).isEmpty();
        reopen();
        assertThat(untold(NOW + 1_000, NOW + 1_000)).containsExactly(id(1));
        assertThat(untold(NOW + 1_000, NOW + 1_001))
                .as("all again after a loss")
                .containsExactly(id(1), id(3), id(2));
    }

    @Test
    default void whatChangedSinceItWasToldIsToldAgain() throws Exception {
        add(1, plain());
        JobRecord taken = take(id(1));
        await(jobs().handBack(Map.of(id(1), taken.leaseToken()), NOW + 5));

        await(jobs().told(List.of(id(1)), NOW + 4));
        assertThat(untold(NOW + 5, 1)).containsExactly(id(1));
        await(jobs().told(List.of(id(1)), NOW + 5));
        assertThat(untold(NOW + 5, 1)).isEmpty();
    }

    @Test
    default void whatWaitsAnewIsToldAnew() throws Exception {
        for (int i = 1; i <= 4; i++) {
            add(i, plain());
        }
        await(jobs().told(List.of(id(1), id(2), id(3), id(4)), NOW));
        JobRecord failing = take(id(1));
        JobRecord handedBack = take(id(2));
        take(id(3));
        fail(id(4));

        await(jobs().again(id(1), failing.leaseToken(), failed(1), NOW + 5, NOW));
        await(jobs().handBack(Map.of(id(2), handedBack.leaseToken()), NOW));
        await(jobs().expire(LEASED_UNTIL, 3, 10));
        await(jobs().retry(id(4), NOW));

        assertThat(untold(NOW + 5, 1)).containsExactly(id(2), id(3), id(4), id(1));
    }

    private List<String> untold(long nowMillis, long beforeMillis) throws Exception {
        return ids(await(jobs().untold(nowMillis, beforeMillis, 100)));
    }

    // all together

    /** Whatever is done in whatever order, no job is lost, held twice, or done out of the turn of its partition. */
    @Test
    default void noOrderOfStepsLosesAJob() throws Exception {
        long seed = 20_260_822L;
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        Map<String, JobRecord> held = new HashMap<>();
        Set<String> dropped = new HashSet<>();
        long now = NOW;
        int submitted = 0;
        for (int step = 0; step < 1_200; step++) {
            now += random.nextInt(4_000);
            switch (random.nextInt(10)) {
                case 0, 1, 2 -> {
                    NewJob job = new NewJob(
                            JobKind.values()[random.nextInt(4)],
                            "x",
                            "{}",
                            1 + random.nextInt(10),
                            random.nextInt(4) == 0 ? "k" + random.nextInt(5) : null,
                            random.nextInt(3) == 0 ? "p" + random.nextInt(3) : null,
                            random.nextInt(8) == 0 ? "elsewhere" : null,
                            random.nextInt(3) * 10_000L,
                            8,
                            null);
                    if (!await(jobs().add(id(submitted), job, now, MANY)).known()) {
                        submitted++;
                    }
                }
                case 3, 4 -> {
                    Claim claim = new Claim("w", "here", now, now + 20_000);
                    for (JobRecord job : await(jobs().take(ALL_KINDS, 1 + random.nextInt(4), claim))) {
                        assertThat(job.runAtMillis()).isLessThanOrEqualTo(now);
                        JobRecord before = held.put(job.id(), job);
                        assertThat(before == null || before.leaseToken() < job.leaseToken())
                                .isTrue();
                    }
                }
                case 5 -> await(jobs().expire(now, 3, 10));
                case 6 -> await(jobs().cancel(id(random.nextInt(submitted + 1)), now));
                case 7 -> await(jobs().retry(id(random.nextInt(submitted + 1)), now));
                case 8 -> {
                    String id = id(random.nextInt(submitted + 1));
                    Optional<JobRecord> gone = random.nextInt(5) == 0 ? await(jobs().drop(id)) : Optional.empty();
                    gone.filter(job -> !job.state().live()).ifPresent(job -> dropped.add(job.id()));
                }
                default -> {
                    List<JobRecord> mine = new ArrayList<>(held.values());
                    mine.sort(Comparator.comparing(JobRecord::id));
                    if (!mine.isEmpty()) {
                        JobRecord job = mine.get(random.nextInt(mine.size()));
                        held.remove(job.id());
                        finish(job, random, now);
                    }
                }
            }
        }

        List<JobRecord> all = await(jobs().list(JobFilter.any(), 1_000));
        assertThat(all).hasSize(submitted - dropped.size());
        assertThat(all).extracting(JobRecord::state).contains(JobState.values());
        assertThat(partitionsHeld(all)).doesNotHaveDuplicates();
        assertThat(all.stream()
                        .filter(job -> job.state().live() && job.job().key() != null)
                        .map(job -> job.job().key()))
                .doesNotHaveDuplicates();
        assertThat(all).allMatch(job -> job.attempts() >= 0 && job.leaseToken() >= job.attempts());
        assertThat(all).allMatch(job -> job.state().live() == (job.finishedAtMillis() == 0));
        assertThat(all).allMatch(job -> (job.state() == JobState.PROCESSING) == (job.leaseUntilMillis() > 0));
        long live = all.stream().filter(job -> job.state().live()).count();
        assertThat(doTheRest(now + 100_000)).isEqualTo(live);
    }

    private void finish(JobRecord job, Random random, long now) throws Exception {
        String id = job.id();
        long token = job.leaseToken();
        switch (random.nextInt(5)) {
            case 0 -> await(jobs().again(id, token, failed(job.attempts()), now + random.nextInt(9_000), now));
            case 1 -> await(jobs().handBack(Map.of(id, token), now));
            case 2 -> await(jobs().end(id, token, JobState.FAILED, null, failed(job.attempts()), now));
            case 3 -> await(jobs().end(id, token, JobState.CANCELLED, null, null, now));
            default -> await(jobs().end(id, token, JobState.COMPLETED, "{}", null, now));
        }
    }

    /** Takes and completes what is left, on both nodes. */
    private long doTheRest(long now) throws Exception {
        long done = await(jobs().expire(now, 1, 1_000)).stream()
                .filter(job -> !job.state().live())
                .count();
        for (boolean more = true; more; ) {
            more = false;
            for (String node : List.of("here", "elsewhere")) {
                List<JobRecord> taken = await(jobs().take(ALL_KINDS, 100, new Claim("w", node, now, now + 1)));
                assertThat(partitionsHeld(taken)).doesNotHaveDuplicates();
                for (JobRecord job : taken) {
                    assertThat(await(jobs().end(job.id(), job.leaseToken(), JobState.COMPLETED, null, null, now)))
                            .isTrue();
                    done++;
                    more = true;
                }
            }
        }
        return done;
    }

    private static List<String> partitionsHeld(List<JobRecord> jobs) {
        List<String> partitions = new ArrayList<>();
        for (JobRecord job : jobs) {
            if (job.state() == JobState.PROCESSING && job.job().partition() != null) {
                partitions.add(job.job().partition());
            }
        }
        return partitions;
    }

    @Test
    default void aClosedStoreTakesNoJobsAndTellsNothing() throws Exception {
        await(store().close());

        StoreException failure = failure(jobs().add(id(1), of(JobKind.ANALYSIS, "hushed"), NOW, MANY));

        assertThat(failure.kind()).isEqualTo(StoreException.Kind.UNAVAILABLE);
        assertThat(everything(failure)).doesNotContain("hushed");
        assertThat(failure(jobs().take(ALL_KINDS, 1, claim(NOW))).kind()).isEqualTo(StoreException.Kind.UNAVAILABLE);
        assertThat(failure(jobs().get(id(1))).kind()).isEqualTo(StoreException.Kind.UNAVAILABLE);
        reopen();
    }

    // for the tests

    /** Ids in the order of their numbers. */
    static String id(int number) {
        return "0198f3a0-0000-7000-8000-%012x".formatted(number);
    }

    /** By a worker on the node {@code here}. */
    static Claim claim(long nowMillis) {
        return new Claim("worker", "here", nowMillis, LEASED_UNTIL);
    }

    /** A job for anybody. */
    static NewJob plain() {
        return of(JobKind.ANALYSIS, "{}");
    }

    private static NewJob of(JobKind kind, String payload) {
        return NewJob.of(kind, "x", payload);
    }

    private static NewJob prioritised(int priority) {
        return new NewJob(JobKind.ANALYSIS, "x", "{}", priority, null, null, null, 0, 8, null);
    }

    private static NewJob delayed(long millis) {
        return new NewJob(JobKind.ANALYSIS, "x", "{}", 5, null, null, null, millis, 8, null);
    }

    private static NewJob keyed(String key) {
        return new NewJob(JobKind.ANALYSIS, "x", "{}", 5, key, null, null, 0, 8, null);
    }

    /** A job of a partition. */
    static NewJob partitioned(String partition, int priority) {
        return new NewJob(JobKind.ANALYSIS, "x", "{}", priority, null, partition, null, 0, 8, null);
    }

    private static Failure failed(int attempt) {
        return new Failure(NOW + attempt, attempt, "worker é", "broken \"\\0\" \0 🐟: caused by " + attempt);
    }

    private static JobRecord fresh(String id, NewJob job, long nowMillis, long runAtMillis) {
        return new JobRecord(
                id,
                job,
                JobState.PENDING,
                runAtMillis,
                0,
                0,
                0,
                0,
                null,
                false,
                null,
                null,
                null,
                Collections.emptyList(),
                nowMillis,
                nowMillis,
                0);
    }

    private JobRecord add(int number, NewJob job) throws Exception {
        return add(number, job, NOW);
    }

    private JobRecord add(int number, NewJob job, long nowMillis) throws Exception {
        return add(number, job, nowMillis, MANY);
    }

    private JobRecord add(int number, NewJob job, long nowMillis, long mostLive) throws Exception {
        Submitted added = await(jobs().add(id(number), job, nowMillis, mostLive));
        assertThat(added.known()).isFalse();
        return added.job();
    }

    private JobRecord take(String id) throws Exception {
        return await(jobs().take(id, claim(NOW))).orElseThrow();
    }

    private JobRecord get(String id) throws Exception {
        return await(jobs().get(id)).orElseThrow();
    }

    private void end(JobRecord held, JobState state) throws Exception {
        assertThat(await(jobs().end(held.id(), held.leaseToken(), state, null, null, NOW)))
                .isTrue();
    }

    private void fail(String id) throws Exception {
        assertThat(await(jobs().end(id, take(id).leaseToken(), JobState.FAILED, null, failed(1), NOW)))
                .isTrue();
    }

    private static List<String> ids(List<JobRecord> jobs) {
        return jobs.stream().map(JobRecord::id).toList();
    }

    private static @Nullable Throwable cause(Future<?> future) throws Exception {
        try {
            future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
            return null;
        } catch (ExecutionException e) {
            return e.getCause();
        }
    }

    private static String everything(@Nullable Throwable failure) {
        StringBuilder text = new StringBuilder();
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            text.append(cause).append('\n');
        }
        return text.toString();
    }
}
