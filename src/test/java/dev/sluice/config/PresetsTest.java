package dev.sluice.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.cadence.Preset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What the presets promise, each as it comes with the program. */
class PresetsTest {
    private static final Path NOWHERE = Path.of("target");
    private static final LoadedConfig DEVELOPMENT = preset("development");
    private static final LoadedConfig STAGING = preset("staging");
    private static final LoadedConfig PRODUCTION = preset("production");

    private static LoadedConfig preset(String name) {
        return ConfigLoader.load(Inputs.of(Map.of()).in(NOWHERE).withPreset(name));
    }

    /** What a preset says itself, by key. */
    private static Map<String, String> said(LoadedConfig loaded) {
        ConfigLines lines = ConfigLines.of(loaded.config());
        Map<String, String> said = new TreeMap<>();
        loaded.origins().forEach((key, origin) -> {
            if (origin.startsWith("preset ")) {
                said.put(key, String.valueOf(lines.shown(key)));
            }
        });
        return said;
    }

    @Test
    void developmentIsGentleAndTellsAndShowsChangesAtOnce() {
        SluiceConfig config = DEVELOPMENT.config();

        assertThat(config.log().level()).hasToString("DEBUG");
        assertThat(config.log().format()).as("for people").hasToString("TEXT");
        assertThat(config.check().rate()).as("a home's router bears it").isLessThanOrEqualTo(100);
        assertThat(config.check().concurrency()).isLessThanOrEqualTo(200);
        assertThat(config.schedule().preset()).isEqualTo(Preset.FRUGAL);
        assertThat(config.server().drainTimeout()).isLessThanOrEqualTo(Duration.ofSeconds(1));
        assertThat(config.server().watchConfig()).isBetween(Duration.ofMillis(1), Duration.ofSeconds(1));
        assertThat(config.pool().snapshotInterval())
                .as("it is restarted often")
                .isLessThan(PRODUCTION.config().pool().snapshotInterval());
        assertThat(config.pool().strategy()).as("what is tried can be foreseen").isEqualTo("round-robin");
    }

    @Test
    void productionIsReadByMachinesAndOutlastsItsSurroundings() {
        SluiceConfig config = PRODUCTION.config();

        assertThat(config.log().level()).hasToString("INFO");
        assertThat(config.log().format()).as("for machines").hasToString("JSON");
        assertThat(config.check().adaptive()).isTrue();
        assertThat(config.check().outageGuard()).isTrue();
        assertThat(config.check().concurrency())
                .as("descriptors are left of a limit of 20,000")
                .isBetween(5_000, 17_600);
        assertThat(config.schedule().preset()).isEqualTo(Preset.FRESH);
        assertThat(config.store().startTimeout())
                .as("the database may start at the same time, and migrate")
                .isGreaterThanOrEqualTo(Duration.ofMinutes(5));
        assertThat(config.server().drainTimeout())
                .as("running requests end")
                .isGreaterThanOrEqualTo(Duration.ofSeconds(30));
        assertThat(config.server().host()).as("not opened by a preset").isEqualTo("127.0.0.1");
    }

    @Test
    void stagingIsProductionMadeSmaller() {
        SluiceConfig staging = STAGING.config();
        SluiceConfig production = PRODUCTION.config();

        assertThat(said(STAGING).keySet()).isEqualTo(said(PRODUCTION).keySet());
        assertThat(staging.log()).isEqualTo(production.log());
        assertThat(staging.store().startTimeout()).isEqualTo(production.store().startTimeout());
        assertThat(staging.pool()).isEqualTo(production.pool());
        assertThat(staging.check().rate())
                .isBetween(
                        DEVELOPMENT.config().check().rate() + 1,
                        production.check().rate() - 1);
        assertThat(staging.check().concurrency())
                .isBetween(
                        DEVELOPMENT.config().check().concurrency() + 1,
                        production.check().concurrency() - 1);
        assertThat(staging.fetch().concurrency())
                .isBetween(
                        DEVELOPMENT.config().fetch().concurrency() + 1,
                        production.fetch().concurrency() - 1);
        assertThat(staging.store().connections())
                .isBetween(
                        DEVELOPMENT.config().store().connections() + 1,
                        production.store().connections() - 1);
        assertThat(staging.schedule().preset()).isEqualTo(Preset.BALANCED);
    }

    @Test
    void noPresetTouchesWhatBelongsToTheOperator() {
        for (LoadedConfig loaded : List.of(DEVELOPMENT, STAGING, PRODUCTION)) {
            assertThat(said(loaded).keySet())
                    .noneMatch(key -> key.startsWith("security.")
                            || key.startsWith("net.")
                            || key.startsWith("judge.")
                            || key.startsWith("fetch.sources.")
                            || key.startsWith("features.")
                            || key.equals("store.url")
                            || key.equals("server.host"));
            assertThat(loaded.warnings()).isEmpty();
        }
    }

    @Test
    void theTableOfTheDocumentationSaysWhatThePresetsSay() throws Exception {
        Set<String> keys = new TreeSet<>();
        List<Map<String, String>> presets = List.of(said(DEVELOPMENT), said(STAGING), said(PRODUCTION));
        presets.forEach(preset -> keys.addAll(preset.keySet()));
        ConfigLines defaults = ConfigLines.defaults();
        List<String> rows = new ArrayList<>();
        for (String key : keys) {
            StringBuilder row = new StringBuilder("| `" + key + "` | `" + defaults.shown(key) + "` |");
            for (Map<String, String> preset : presets) {
                String value = preset.get(key);
                row.append(value == null ? " |" : " `" + value + "` |");
            }
            rows.add(row.toString());
        }

        List<String> written = Files.readAllLines(Path.of("docs", "reload.md"));

        int head = written.indexOf("| key | default | `development` | `staging` | `production` |");
        assertThat(head).as("a table of presets").isNotNegative();
        assertThat(written.subList(head + 2, head + 2 + rows.size())).isEqualTo(rows);
        assertThat(written.get(head + 2 + rows.size())).isEmpty();
    }
}
