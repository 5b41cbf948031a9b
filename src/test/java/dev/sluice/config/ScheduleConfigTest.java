package dev.sluice.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.cadence.CheckPolicy;
import dev.sluice.cadence.CheckPolicy.Span;
import dev.sluice.cadence.Preset;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ScheduleConfigTest {
    @ParameterizedTest
    @EnumSource(Preset.class)
    void aPresetSetsEverything(Preset preset) {
        CheckPolicy policy = policy("schedule.preset=" + preset.name());

        assertThat(policy.active()).isEqualTo(preset.active());
        assertThat(policy.atRisk()).isEqualTo(preset.atRisk());
        assertThat(policy.inactive()).isEqualTo(preset.inactive());
        assertThat(policy.aliveFactor()).isEqualTo(preset.aliveFactor());
        assertThat(policy.deadFactor()).isEqualTo(preset.deadFactor());
        assertThat(policy.byValue()).isEqualTo(preset.byValue());
        assertThat(policy.leastDemand()).isEqualTo(preset.leastDemand());
        assertThat(policy.confirm()).isEqualTo(preset.confirm());
    }

    @Test
    void balancedIsTheDefault() {
        assertThat(policy()).isEqualTo(policy("schedule.preset=balanced"));
    }

    @Test
    void whatIsSetByItselfWinsOverThePreset() {
        CheckPolicy policy = policy(
                "schedule.preset=fresh",
                "schedule.alive-factor=0.5",
                "schedule.dead-factor=0",
                "schedule.by-value=false",
                "schedule.confirm=5s",
                "schedule.active=10m",
                "schedule.inactive-shortest=2h");

        assertThat(policy.aliveFactor()).isEqualTo(0.5);
        assertThat(policy.deadFactor()).isZero();
        assertThat(policy.byValue()).isFalse();
        assertThat(policy.confirm()).isEqualTo(Duration.ofSeconds(5));
        assertThat(policy.active()).isEqualTo(new Span(Preset.FRESH.active().shortest(), Duration.ofMinutes(10)));
        assertThat(policy.inactive())
                .isEqualTo(new Span(Duration.ofHours(2), Preset.FRESH.inactive().longest()));
        assertThat(policy.atRisk()).isEqualTo(Preset.FRESH.atRisk());
    }

    @Test
    void aLongestIntervalBelowTheShortestOfThePresetIsFixed() {
        assertThat(policy("schedule.active=15s").active()).isEqualTo(Span.fixed(Duration.ofSeconds(15)));
        assertThat(policy("schedule.preset=fresh", "schedule.active-shortest=24h")
                        .active())
                .isEqualTo(Span.fixed(Duration.ofHours(24)));
    }

    @Test
    void boundsInTheWrongOrderAreRefused() {
        assertThatThrownBy(() -> policy("schedule.active=10m", "schedule.active-shortest=11m"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("schedule.active-shortest")
                .hasMessageContaining("at most schedule.active, 10m");
    }

    @Test
    void nothingGoesBeyondTheCeilings() {
        assertThatThrownBy(() -> policy("schedule.active=25h")).hasMessageContaining("100ms..24h");
        assertThatThrownBy(() -> policy("schedule.at-risk=13h")).hasMessageContaining("100ms..12h");
        assertThatThrownBy(() -> policy("schedule.inactive=8d")).hasMessageContaining("100ms..7d");
    }

    private static CheckPolicy policy(String... settings) {
        return ConfigLoader.defaults(settings).schedule().policy(false);
    }
}
