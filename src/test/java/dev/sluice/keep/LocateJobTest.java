package dev.sluice.keep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.port.JobKind;
import dev.sluice.port.JobRecord;
import dev.sluice.port.Locate;
import dev.sluice.port.Locate.Scope;
import dev.sluice.port.NewJob;
import dev.sluice.proxy.Anonymity;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.Location;
import dev.sluice.proxy.NetworkType;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.RiskCategory;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.StoredProxy;
import dev.sluice.proxy.Tampering;
import dev.sluice.proxy.Tier;
import dev.sluice.proxy.Verified;
import dev.sluice.queue.JobRun;
import dev.sluice.queue.JobStoppedException;
import dev.sluice.queue.LeaseLostException;
import dev.sluice.queue.PermanentJobException;
import dev.sluice.queue.PlayedRun;
import dev.sluice.store.MemoryProxyStore;
import dev.sluice.store.StoreException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LocateJobTest {
    private static final long NOW = 1_800_000_000_000L;
    private static final Location BERN = new Location("EU", "CH", "Bern", 559, "SWITCH", "city");
    private static final Location TOKYO = new Location("AS", "JP", null, 0, null, NetworkType.MOBILE, "country");

    private final Vertx vertx = Vertx.vertx();
    private final MemoryProxyStore store = new MemoryProxyStore();
    private final KnownPlaces known = new KnownPlaces();
    private final List<StoredProxy> told = new ArrayList<>();
    private final LocateJob job = new LocateJob(
            vertx,
            store,
            known,
            entries -> {
                told.addAll(entries);
                return Future.succeededFuture();
            },
            () -> Instant.ofEpochMilli(NOW),
            () -> 0);

    @AfterEach
    void close() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    private StoredProxy entry(int number, boolean alive, @Nullable String exitAddress, Location location) {
        Health health = new Health(
                alive,
                true,
                Verified.FULL,
                1,
                Anonymity.ELITE,
                Tampering.NONE,
                exitAddress,
                Tier.ACTIVE,
                RiskCategory.LOW,
                5,
                NOW,
                1_000,
                NOW,
                NOW,
                NOW,
                1,
                80,
                0,
                1,
                1,
                0,
                FailureReason.NONE,
                1);
        return store.put(ProxyKey.of(Scheme.HTTP, host(number), 8080), health, location);
    }

    private static String host(int number) {
        return "10.0." + number / 256 + "." + number % 256;
    }

    private static PlayedRun run(Scope scope, boolean web) {
        return new PlayedRun(new Locate(scope, web).job(5, null), NOW, null);
    }

    private static String result(Future<String> running) throws Exception {
        return running.await(20, TimeUnit.SECONDS);
    }

    private String locatedWith() throws Exception {
        return store.settings().all().await(10, TimeUnit.SECONDS).getOrDefault(Locate.LOCATED_WITH, "");
    }

    @Test
    void everythingIsLocatedAndWhoServesItIsTold() throws Exception {
        entry(1, true, "192.0.2.1", Location.UNKNOWN);
        entry(2, false, null, new Location(null, "FR", null, 0, null, "source"));
        entry(3, true, null, BERN);
        entry(4, false, null, new Location(null, "FR", null, 0, null, "source"));
        known.places.put(host(1), BERN);
        known.places.put("192.0.2.1", TOKYO);
        known.places.put(host(2), BERN);
        known.places.put(host(3), BERN);
        PlayedRun run = run(Scope.ALL, false);

        assertThat(result(job.run(run))).isEqualTo("{\"read\":4,\"located\":3,\"changed\":2,\"unknown\":1}");

        assertThat(store.byId(1).location()).isEqualTo(BERN);
        assertThat(store.byId(1).exit()).isEqualTo(TOKYO);
        assertThat(store.byId(2).location()).as("what a list claims gives way").isEqualTo(BERN);
        assertThat(store.byId(4).location().country()).as("nobody knows better").isEqualTo("FR");
        assertThat(told).as("alive, and elsewhere than before").containsExactly(store.byId(1));
        assertThat(locatedWith()).isEqualTo(Fingerprint.of(known.databases));
        assertThat(known.asked).hasValue(0);
        assertThat(run.notes).containsExactly("{\"read\":4,\"located\":3,\"changed\":2,\"unknown\":1}");
        assertThat(result(job.run(run(Scope.ALL, false)))).contains("\"changed\":0");
    }

    @Test
    void onlyWhatIsNotLocatedIsLookedUpWhereThatIsWanted() throws Exception {
        entry(1, true, "192.0.2.1", BERN);
        entry(2, true, null, BERN);
        entry(3, true, null, Location.UNKNOWN);
        known.places.put("192.0.2.1", TOKYO);
        known.places.put(host(2), TOKYO);
        known.places.put(host(3), TOKYO);

        assertThat(result(job.run(run(Scope.UNLOCATED, false)))).startsWith("{\"read\":2,\"located\":2,\"changed\":2,");

        assertThat(store.byId(1).exit()).isEqualTo(TOKYO);
        assertThat(store.byId(2).location()).isEqualTo(BERN);
        assertThat(store.byId(3).location()).isEqualTo(TOKYO);
        assertThat(locatedWith()).as("not everything was located").isEmpty();
    }

    @Test
    void theDeadAreLeftOutWhereThatIsWanted() throws Exception {
        entry(1, true, null, Location.UNKNOWN);
        entry(2, false, null, Location.UNKNOWN);

        assertThat(result(job.run(run(Scope.ALIVE, false)))).startsWith("{\"read\":1,");
    }

    @Test
    void othersAreAskedForWhatDatabasesDoNotKnowWhereThatIsWanted() throws Exception {
        for (int i = 1; i <= 40; i++) {
            entry(i, true, null, Location.UNKNOWN);
            known.elsewhere.put(host(i), TOKYO);
        }
        known.places.put(host(7), BERN);

        assertThat(result(job.run(run(Scope.ALL, true)))).contains("\"located\":40,\"changed\":40,");

        assertThat(known.asked).hasValue(39);
        assertThat(store.byId(7).location()).isEqualTo(BERN);
        assertThat(store.byId(40).location()).isEqualTo(TOKYO);
    }

    @Test
    void anotherAttemptGoesOnWhereTheLastOneWas() throws Exception {
        for (int i = 1; i <= 2_500; i++) {
            entry(i, false, null, Location.UNKNOWN);
            known.places.put(host(i), BERN);
        }
        String first = Fingerprint.of(known.databases);
        PlayedRun played = run(Scope.ALL, false);
        assertThatThrownBy(() -> result(job.run(new LostAfterAPage(played)))).isInstanceOf(LeaseLostException.class);
        assertThat(played.notes).hasSize(1);
        known.databases = List.of(KnownPlaces.database(2));

        assertThat(result(job.run(played.next(2))))
                .as("the second page was written and not noted: it is done twice and changes nothing")
                .isEqualTo("{\"read\":2500,\"located\":2500,\"changed\":1500,\"unknown\":0}");

        assertThat(store.all()).allMatch(entry -> entry.location().equals(BERN));
        assertThat(locatedWith()).as("those there were at the beginning").isEqualTo(first);
    }

    @Test
    void whoIsAskedToStopStops() {
        entry(1, false, null, Location.UNKNOWN);
        PlayedRun run = run(Scope.ALL, false);
        run.stop();

        assertThatThrownBy(() -> result(job.run(run))).isInstanceOf(JobStoppedException.class);
    }

    @Test
    void aStoreThatFailsFailsTheAttempt() {
        store.fail(StoreException.Kind.UNAVAILABLE);

        assertThatThrownBy(() -> result(job.run(run(Scope.ALL, false)))).isInstanceOf(StoreException.class);
    }

    @Test
    void whatNobodyUnderstandsIsGivenUp() {
        for (String payload : List.of("{}", "x", "{\"scope\":\"none\"}")) {
            PlayedRun run = new PlayedRun(NewJob.of(JobKind.GEO, Locate.TYPE, payload), NOW, null);
            assertThatThrownBy(() -> result(job.run(run)))
                    .isInstanceOf(PermanentJobException.class)
                    .hasMessageContaining("scope all, unlocated or alive");
        }
    }

    /** Loses its lease while it notes the second page. */
    private record LostAfterAPage(PlayedRun played) implements JobRun {
        @Override
        public JobRecord job() {
            return played.job();
        }

        @Override
        public boolean cancelled() {
            return played.cancelled();
        }

        @Override
        public Future<Void> whenCancelled() {
            return played.whenCancelled();
        }

        @Override
        public Future<Void> progress(String json, @Nullable String cursor) {
            if (!played.notes.isEmpty()) {
                played.lose();
            }
            return played.progress(json, cursor);
        }
    }
}
