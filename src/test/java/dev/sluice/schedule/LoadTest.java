package dev.sluice.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.cadence.Lane;
import dev.sluice.port.Checking;
import dev.sluice.port.Resources.Resource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LoadTest {
    private boolean suspended;
    private double starts = 50;
    private String phase = "demand-limited";
    private int inFlight = 100;
    private int waiting;
    private double lagMillis;
    private int credit = 500;
    private long backlog;
    private boolean storeFails;
    private double heap = 0.3;

    @Test
    void withEverythingToSpareNothingIsShort() {
        assertThat(load().bottleneck().resource()).isEqualTo(Resource.NOTHING);
        assertThat(load().bottleneck().text()).isEqualTo("nothing: what is due is checked");
        assertThat(load().shed()).isEmpty();
    }

    @Test
    void whatWaitsForTheRateSaysSo() {
        waiting = 4_000;
        starts = 200;
        phase = "growing";

        assertThat(load().bottleneck().resource()).isEqualTo(Resource.RATE);
        assertThat(load().bottleneck().text())
                .isEqualTo("rate: 200 starts a second of at most 2000 (growing), 4000 wait");
        assertThat(load().shed()).isEmpty();
    }

    @Test
    void asManyChecksAsAreAllowedAreTheLimit() {
        inFlight = 990;
        waiting = 4_000;

        assertThat(load().bottleneck().resource()).isEqualTo(Resource.CONNECTIONS);
    }

    @Test
    void anIdleCheckerWithoutRoomWaitsForItsResultsToBeWritten() {
        credit = 0;
        backlog = 10;
        inFlight = 3;

        assertThat(load().bottleneck().resource()).isEqualTo(Resource.STORE);
        assertThat(load().bottleneck().text()).contains("idle until its results are written");
    }

    @Test
    void whileOurNetworkIsDownBulkAndMaintenanceGiveWay() {
        suspended = true;

        assertThat(load().bottleneck().resource()).isEqualTo(Resource.NETWORK);
        assertThat(load().bottleneck().shed()).containsExactly("bulk", "maintenance");
        assertThat(load().capacityPerSecond()).isNaN();
    }

    @Test
    void aStoreThatFailsIsAnEmergency() {
        storeFails = true;

        assertThat(load().bottleneck().resource()).isEqualTo(Resource.STORE);
        assertThat(load().shed()).containsExactlyInAnyOrder(Lane.BULK, Lane.MAINTENANCE);
    }

    @Test
    void maintenanceGivesWayBeforeBulkDoes() {
        heap = 0.85;
        assertThat(load().shed()).containsExactly(Lane.MAINTENANCE);
        heap = 0.95;
        assertThat(load().shed()).containsExactlyInAnyOrder(Lane.BULK, Lane.MAINTENANCE);
        assertThat(load().bottleneck().text()).isEqualTo("memory: 95 % of the heap is in use after a collection");

        heap = 0.3;
        lagMillis = 60;
        assertThat(load().shed()).containsExactly(Lane.MAINTENANCE);
        lagMillis = 160;
        assertThat(load().shed()).containsExactlyInAnyOrder(Lane.BULK, Lane.MAINTENANCE);
        assertThat(load().bottleneck().resource()).isEqualTo(Resource.PROCESSOR);
        assertThat(load().bottleneck().text()).isEqualTo("processor: event loops are 160 ms late");
    }

    @Test
    void aRateThatIsNotUsedUpIsTakenToBeALittleHigher() {
        assertThat(load().capacityPerSecond()).isEqualTo(250);

        phase = "growing";
        assertThat(load().capacityPerSecond()).isEqualTo(200);
    }

    private Load load() {
        return new Load(
                new Checking.State(
                        suspended, 200, starts, 2_000, 1_000, inFlight, waiting, 0, 0, phase, null, 0, Map.of(),
                        lagMillis, 0, 0, List.of(), List.of()),
                credit,
                backlog,
                storeFails,
                heap);
    }
}
