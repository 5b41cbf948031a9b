package dev.sluice.main;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.config.ConfigLoader;
import dev.sluice.config.Inputs;
import dev.sluice.config.LoadedConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigShowTest {
    @TempDir
    private Path folder;

    private LoadedConfig load() throws Exception {
        Path file = Files.writeString(
                folder.resolve("sluice.yaml"), "check: {rate: 77}\nsecurity: {admin-key: nobody-may-see-this}\n");
        return ConfigLoader.load(Inputs.of(Map.of("SLUICE_CHECK_RETRIES", "3"))
                .withFile(file)
                .withPreset("staging")
                .withSettings(List.of("pool.warm-up=9")));
    }

    @Test
    void whatDiffersFromTheDefaultsIsShownWithItsOriginAndWithoutSecrets() throws Exception {
        assertThat(ConfigShow.lines(load(), false, true))
                .contains(
                        "check.rate: 77   # " + folder.resolve("sluice.yaml") + ":1",
                        "check.retries: 3   # SLUICE_CHECK_RETRIES",
                        "pool.warm-up: 9   # --set")
                .anySatisfy(line -> assertThat(line).startsWith("log.format: json   # preset staging"))
                .anySatisfy(line -> assertThat(line).startsWith("security.admin-key: "))
                .noneSatisfy(line -> assertThat(line).startsWith("check.total-timeout"))
                .noneSatisfy(line -> assertThat(line).contains("nobody-may-see-this"));
    }

    @Test
    void everyKeyIsShownOnRequest() throws Exception {
        assertThat(ConfigShow.lines(load(), true, false))
                .contains("check.total-timeout: 15s", "features.fast-lane.percent: 100", "check.rate: 77");
    }

    @Test
    void whatTheMachineDecidesIsTold() throws Exception {
        assertThat(ConfigShow.derived(load().config()))
                .anySatisfy(line -> assertThat(line).contains("2000 (as configured)"))
                .anySatisfy(line -> assertThat(line).startsWith("queue.workers-validation: "));
        assertThat(ConfigShow.derived(ConfigLoader.defaults()))
                .anySatisfy(line -> assertThat(line).contains("from open files and heap"));
    }
}
