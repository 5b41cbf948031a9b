package dev.sluice.cadence.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sluice.cadence.CheckPolicy;
import dev.sluice.cadence.Preset;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TraceTest {
    private static final Simulation.Span UNSEEN = new Simulation.Span(100, 166);

    /** What {@code CadenceSimulation} picks against fixed 6 h by days 40 to 100 alone. */
    private static final CheckPolicy CHOSEN_TO_SIX_HOURS = Policy.policy(
            new CheckPolicy.Span(Duration.ofMinutes(90), Duration.ofHours(24)),
            new CheckPolicy.Span(Duration.ofMinutes(60), Duration.ofHours(6)),
            new CheckPolicy.Span(Duration.ofHours(1), Duration.ofDays(7)),
            0.7,
            0.07,
            true,
            Preset.BALANCED.confirm());

    @TempDir
    Path folder;

    private Path written(String text) throws IOException {
        Path file = folder.resolve(Trace.FILE);
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
            out.write(text.getBytes(StandardCharsets.UTF_8));
        }
        return file;
    }

    @Test
    void intervalsLastUntilTheNextLook() throws IOException {
        World world =
                Trace.load(written("# observed seconds: 0 to 90000\na\t0\t1000-1000,20000-30000\nb\t0\t500-700\n"));
        assertThat(world.groups()).containsExactly("a", "b");
        assertThat(world.endMillis()).isEqualTo(World.START_MILLIS + 90_000_000);
        Lifeline first = world.proxies().get(0);
        assertThat(first.foundAtMillis()).isEqualTo(World.START_MILLIS + 1_000_000);
        assertThat(first.flips())
                .containsExactly(
                        World.START_MILLIS + 1_000_000,
                        World.START_MILLIS + 1_482_000,
                        World.START_MILLIS + 20_000_000,
                        World.START_MILLIS + 30_482_000);
        assertThat(world.proxies().get(1).group()).isEqualTo(1);
    }

    @Test
    void aLineThatIsNoRecordIsRefusedByItsNumber() throws IOException {
        Path file = written("# observed seconds: 0 to 90000\na\t0\t1000-2000\na\t1\t3000-\n");
        assertThatThrownBy(() -> Trace.load(file)).rootCause().isInstanceOf(NumberFormatException.class);
        assertThatThrownBy(() -> Trace.load(file)).cause().hasMessageContaining("line 3");
    }

    @Test
    void anotherHeadingIsRefused() throws IOException {
        Path file = written("a\t0\t1000-2000\n");
        assertThatThrownBy(() -> Trace.load(file)).cause().hasMessageContaining("line 1");
    }

    @Test
    void presetsDoBetterOnRealProxiesThanFixedIntervalsAtFarFewerChecks() {
        String data = System.getenv("SLUICE_TEST_DATA");
        assumeTrue(data != null, "SLUICE_TEST_DATA is not set: the recording of real lists is not here");
        Simulation simulation = new Simulation(Trace.load(Path.of(data, Trace.FILE)), 0.05, 1);
        answers(simulation, Policy.policy(Preset.FRESH), 3, 0.50);
        answers(simulation, CHOSEN_TO_SIX_HOURS, 6, 0.65);
        answers(simulation, Policy.policy(Preset.BALANCED), 12, 0.55);
        answers(simulation, Policy.policy(Preset.FRUGAL), 24, 0.45);
    }

    private static void answers(Simulation simulation, CheckPolicy policy, int fixedHours, double fewer) {
        Score score = simulation.play(Policy.of(policy), List.of(UNSEEN)).get(0);
        Score fixed = simulation
                .play(Policy.every(Duration.ofHours(fixedHours)), List.of(UNSEEN))
                .get(0);
        assertThat(score.fewerThan(fixed))
                .as("%s to fixed %d h", policy, fixedHours)
                .isGreaterThanOrEqualTo(fewer);
        assertThat(score.precision()).as("precision of %s", policy).isGreaterThanOrEqualTo(fixed.precision());
        assertThat(score.recall()).as("recall of %s", policy).isGreaterThanOrEqualTo(fixed.recall());
    }

    @Test
    void tiersAreThoseOfAnOracleNearlyAlways() {
        String data = System.getenv("SLUICE_TEST_DATA");
        assumeTrue(data != null, "SLUICE_TEST_DATA is not set: the recording of real lists is not here");
        Score score = new Simulation(Trace.load(Path.of(data, Trace.FILE)), 0.05, 1)
                .playWithTiers(Policy.of(Policy.policy(Preset.BALANCED)), List.of(UNSEEN))
                .get(0);
        assertThat(score.tierAccuracy()).isGreaterThanOrEqualTo(0.95);
        assertThat(score.balancedTierAccuracy()).isGreaterThan(1.0 / 3);
    }
}
