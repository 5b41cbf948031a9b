package dev.sluice.cadence.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.cadence.Preset;
import dev.sluice.proxy.CheckKind;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SimulationTest {
    private static final List<Simulation.Span> SPAN = List.of(new Simulation.Span(60, 120));
    private static final Policy TWELVE_HOURS = Policy.every(Duration.ofHours(12));

    private static Policy policy(Preset preset) {
        return Policy.of(Policy.policy(preset));
    }

    private static World world(Lifeline... proxies) {
        return new World(List.of("one"), List.of(proxies), World.day(120));
    }

    @ParameterizedTest
    @CsvSource({"BALANCED, 0, 1", "BALANCED, 0, 2", "BALANCED, 9, 3", "FRUGAL, 0, 1", "FRUGAL, 9, 3"})
    void aPresetMakesLessThanHalfTheChecksOfAFixedIntervalAndErrsLess(Preset preset, int neverWorking, long seed) {
        World world = Generator.draw(600, 120, seed).withNeverWorking(neverWorking);
        Simulation simulation = new Simulation(world, 0.05, seed);
        Score score = simulation.play(policy(preset), SPAN).get(0);
        Score fixed = simulation.play(TWELVE_HOURS, SPAN).get(0);
        assertThat(score.fewerThan(fixed)).as("seed %d", seed).isGreaterThanOrEqualTo(0.60);
        assertThat(score.wrongHoursPerDay()).as("seed %d", seed).isLessThanOrEqualTo(fixed.wrongHoursPerDay());
    }

    @Test
    void theSameSeedPlaysTheSame() {
        Simulation one = new Simulation(Generator.draw(200, 120, 5), 0.05, 5);
        Simulation again = new Simulation(Generator.draw(200, 120, 5), 0.05, 5);
        Simulation other = new Simulation(Generator.draw(200, 120, 5), 0.05, 6);
        Score score = one.playWithTiers(policy(Preset.BALANCED), SPAN).get(0);
        Score same = again.playWithTiers(policy(Preset.BALANCED), SPAN).get(0);
        assertThat(same.row()).isEqualTo(score.row());
        assertThat(same.tierAccuracy()).isEqualTo(score.tierAccuracy());
        assertThat(same.checks()).isEqualTo(score.checks());
        assertThat(other.play(policy(Preset.BALANCED), SPAN).get(0).row()).isNotEqualTo(score.row());
    }

    @Test
    void aProxyThatNeverFailsIsAlwaysBelieved() {
        Lifeline steady = new Lifeline(0, World.day(0), new long[] {World.day(0), World.day(150)});
        Score score = new Simulation(world(steady), 0, 1)
                .play(policy(Preset.BALANCED), SPAN)
                .get(0);
        assertThat(score.precision()).isEqualTo(1);
        assertThat(score.recall()).isEqualTo(1);
        // Daily by then, with the ceiling of 24 h; never by a mere connection.
        assertThat(score.checks()).isBetween(60L, 75L);
        assertThat(score.checks(CheckKind.CONNECT)).isZero();
    }

    @Test
    void aFalseAlarmIsCheckedAgainBeforeItCounts() {
        Lifeline steady = new Lifeline(0, World.day(0), new long[] {World.day(0), World.day(150)});
        Lifeline[] many = new Lifeline[200];
        Arrays.fill(many, steady);
        Score score =
                new Simulation(world(many), 0.05, 1).play(TWELVE_HOURS, SPAN).get(0);
        // 5 % of 5 % are believed, until the next check half a day later.
        assertThat(score.recall()).isBetween(0.99, 1.0);
        assertThat(score.precision()).isEqualTo(1);
    }

    @Test
    void theOracleAgreesWithWhoeverLooksAsOften() {
        World world = Generator.draw(50, 120, 11);
        Policy often = Policy.every(Duration.ofMinutes(8));
        Score score = new Simulation(world, 0, 11).playWithTiers(often, SPAN).get(0);
        assertThat(score.tierAccuracy()).isGreaterThan(0.995);
        assertThat(score.balancedTierAccuracy()).isGreaterThan(0.8);
    }

    @Test
    void intervalsAreStretchedToScarceCapacitySoThatWorkIsOnTime() {
        Simulation simulation = new Simulation(Generator.draw(400, 120, 13), 0.05, 13);
        Score asked = simulation.play(policy(Preset.BALANCED), SPAN).get(0);
        double half = asked.checks() / 2.0 / TimeUnit.DAYS.toSeconds(60);
        Bottleneck.Result waiting =
                Bottleneck.play(simulation, Policy.policy(Preset.BALANCED), half, false, SPAN.get(0));
        Bottleneck.Result stretched =
                Bottleneck.play(simulation, Policy.policy(Preset.BALANCED), half, true, SPAN.get(0));
        Bottleneck.Result again = Bottleneck.play(simulation, Policy.policy(Preset.BALANCED), half, true, SPAN.get(0));
        assertThat(again.score().row()).isEqualTo(stretched.score().row());
        assertThat(waiting.score().checks()).isLessThanOrEqualTo(asked.checks() / 2 + 60);
        assertThat(stretched.score().checks()).isLessThanOrEqualTo(asked.checks() / 2 + 60);
        assertThat(stretched.meanFactor()).isGreaterThan(1.2);
        assertThat(stretched.lateness().hours(0.95))
                .isLessThan(waiting.lateness().hours(0.95));
    }
}
