package dev.sluice.keep;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.port.JobFilter;
import dev.sluice.port.JobKind;
import dev.sluice.port.JobRecord;
import dev.sluice.port.JobState;
import dev.sluice.port.Jobs;
import dev.sluice.port.Locate;
import dev.sluice.port.NewJob;
import dev.sluice.port.Timetable;
import dev.sluice.proxy.Location;
import dev.sluice.store.MemoryProxyStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LocateVerticleTest {
    private static final long NOW = 1_800_000_000_000L;

    private final Vertx vertx = Vertx.vertx();
    private final MemoryProxyStore store = new MemoryProxyStore();
    private final KnownPlaces known = new KnownPlaces();
    private final Submitted jobs = new Submitted();
    private final Map<String, Function<Timetable.Start, Future<Duration>>> runs = new HashMap<>();
    private final Map<String, Timetable.Plan> plans = new HashMap<>();
    private int left;

    @BeforeEach
    void deploy() throws Exception {
        Timetable timetable = (plan, work) -> {
            plans.put(plan.name(), plan);
            runs.put(plan.name(), work);
            return () -> {
                left++;
                return Future.succeededFuture();
            };
        };
        String id = vertx.deployVerticle(
                        new LocateVerticle(known, store, jobs, timetable, () -> Instant.ofEpochMilli(NOW)))
                .await(10, TimeUnit.SECONDS);
        assertThat(id).isNotEmpty();
    }

    @AfterEach
    void close() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
        assertThat(left).isEqualTo(runs.size());
    }

    private void run(String name) throws Exception {
        Objects.requireNonNull(runs.get(name))
                .apply(new Timetable.Start(NOW, 0))
                .await(10, TimeUnit.SECONDS);
    }

    @Test
    void everythingIsLocatedOnceForEachSetOfDatabases() throws Exception {
        run("locate");
        assertThat(jobs.submitted).containsExactly(new Locate(Locate.Scope.ALL, false).job(3, null));

        run("locate");
        assertThat(jobs.submitted)
                .as("until it is done; the key keeps them one")
                .hasSize(2);

        store.settings()
                .put(Locate.LOCATED_WITH, Fingerprint.of(known.databases))
                .await(10, TimeUnit.SECONDS);
        run("locate");
        run("locate");
        assertThat(jobs.submitted).hasSize(2);

        known.databases = List.of(KnownPlaces.database(2));
        run("locate");
        assertThat(jobs.submitted).hasSize(3);
    }

    @Test
    void whatWasTakenInSinceIsLocatedEveryDay() throws Exception {
        assertThat(Objects.requireNonNull(plans.get("locate-new")).period()).isEqualTo(Duration.ofDays(1));

        run("locate-new");

        assertThat(jobs.submitted).containsExactly(new Locate(Locate.Scope.UNLOCATED, false).job(3, null));
    }

    @Test
    void answersThatHaveExpiredAreForgotten() throws Exception {
        for (int batch = 0; batch < 3; batch++) {
            Map<String, Location> answers = new HashMap<>();
            for (int i = 0; i < 700; i++) {
                answers.put("a" + batch + "." + i, Location.UNKNOWN);
            }
            store.geoCache().put(answers, NOW - 10, batch == 2 ? NOW + 1 : NOW).await(10, TimeUnit.SECONDS);
        }

        run("geo-cache");

        assertThat(store.geoCache().stats(NOW).await(10, TimeUnit.SECONDS).entries())
                .isEqualTo(700);
    }

    /** Takes jobs, and does none. */
    private static final class Submitted implements Jobs {
        final List<NewJob> submitted = new ArrayList<>();

        @Override
        public Future<Jobs.Submitted> submit(NewJob job) {
            submitted.add(job);
            JobRecord record = new JobRecord(
                    "job-" + submitted.size(),
                    job,
                    JobState.PENDING,
                    NOW,
                    0,
                    0,
                    0,
                    0,
                    null,
                    false,
                    null,
                    null,
                    null,
                    List.of(),
                    NOW,
                    NOW,
                    0);
            return Future.succeededFuture(new Jobs.Submitted(record, false));
        }

        @Override
        public Future<Optional<JobRecord>> get(String id) {
            throw unexpected();
        }

        @Override
        public Future<List<JobRecord>> list(JobFilter filter, int limit) {
            throw unexpected();
        }

        @Override
        public Future<Map<JobKind, Map<JobState, Long>>> counts() {
            throw unexpected();
        }

        @Override
        public Future<Optional<JobRecord>> cancel(String id) {
            throw unexpected();
        }

        @Override
        public Future<Optional<JobRecord>> retry(String id) {
            throw unexpected();
        }

        @Override
        public Future<Integer> retryFailed(@Nullable JobKind kind) {
            throw unexpected();
        }

        @Override
        public Future<Optional<JobRecord>> drop(String id) {
            throw unexpected();
        }

        private static AssertionError unexpected() {
            return new AssertionError("only submit is expected");
        }
    }
}
