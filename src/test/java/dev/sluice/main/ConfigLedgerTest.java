package dev.sluice.main;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.config.ConfigDiff;
import dev.sluice.config.ConfigLoader;
import dev.sluice.config.Inputs;
import dev.sluice.config.LoadedConfig;
import dev.sluice.port.ConfigInForce;
import dev.sluice.port.ConfigInForce.Entry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ConfigLedgerTest {
    private static final String MARKER = "m4rk3r-of-a-secret";

    @TempDir
    private Path folder;

    private final Map<String, String> byApi = new HashMap<>();

    private LoadedConfig load(String yaml, String @Nullable [] settings, Map<String, String> environment)
            throws IOException {
        Files.writeString(folder.resolve("sluice.yaml"), yaml);
        return ConfigLoader.load(Inputs.of(environment)
                .in(folder)
                .withFile(Path.of("sluice.yaml"))
                .withPreset("production")
                .withSettings(settings == null ? List.of() : List.of(settings)));
    }

    private LoadedConfig load(String yaml) throws IOException {
        return load(yaml, null, Map.of());
    }

    private static Entry entry(ConfigLedger ledger, String key) {
        return ledger.entries().stream()
                .filter(entry -> entry.key().equals(key))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no key " + key));
    }

    @Test
    void everyKindOfOriginIsTold() throws IOException {
        byApi.put("pool.strategy", "fastest-half");
        ConfigLedger ledger = new ConfigLedger(
                load("""
                        server:
                          port: 9001
                        fetch:
                          sources:
                            mine:
                              kind: text
                              urls: ['https://example.com/a.txt']
                        """, new String[] {"check.rate=55"}, Map.of("SLUICE_SERVER_HOST", "127.0.0.9")), () -> byApi);

        assertThat(entry(ledger, "server.port"))
                .isEqualTo(new Entry(
                        "server.port",
                        "9001",
                        entry(ledger, "server.port").defaultValue(),
                        "sluice.yaml:2",
                        false,
                        true,
                        null,
                        null));
        assertThat(entry(ledger, "server.host").origin()).isEqualTo("SLUICE_SERVER_HOST");
        assertThat(entry(ledger, "check.rate").origin()).isEqualTo("--set");
        assertThat(entry(ledger, "fetch.sources.mine.kind").origin()).isEqualTo("sluice.yaml:6");
        assertThat(entry(ledger, "fetch.sources.mine.interval").origin()).isEqualTo("default");
        Entry strategy = entry(ledger, "pool.strategy");
        assertThat(strategy.origin()).isEqualTo(ConfigInForce.API);
        assertThat(strategy.value()).isEqualTo("fastest-half");
        assertThat(strategy.configured()).isEqualTo(strategy.defaultValue());
        assertThat(strategy.changed()).isTrue();
        assertThat(ledger.entries())
                .extracting(Entry::origin)
                .anyMatch(origin -> origin.startsWith("preset production:"))
                .anyMatch(origin -> origin.startsWith("built-in sources:"))
                .contains("default");
    }

    @Test
    void everyKeyIsThereAndAskedOfNobodyIsUnchanged() {
        ConfigLedger ledger =
                new ConfigLedger(ConfigLoader.load(Inputs.of(Map.of()).in(folder)), () -> byApi);

        assertThat(ledger.entries()).extracting(Entry::key).doesNotHaveDuplicates();
        assertThat(ledger.entries()).allMatch(entry -> !entry.changed() && entry.pendingValue() == null);
        assertThat(entry(ledger, "security.admin-key").value()).isNull();
        assertThat(entry(ledger, "server.management-port").value()).isNull();
    }

    @Test
    void noSecretIsEverShown() throws IOException {
        LoadedConfig secrets = load("""
                security:
                  admin-key: %1$s-0123456789
                judge:
                  secret: %1$s-%1$s-0123456789abcdef
                store:
                  url: postgresql://me:%1$s@127.0.0.1:5432/sluice
                fetch:
                  sources:
                    mine:
                      kind: text
                      urls: ['https://me:%1$s@example.com/a.txt?key=%1$s']
                      headers: {Authorization: %1$s}
                extensions:
                  - name: scout
                    verticle: com.example.Scout
                    config: {token: %1$s}
                """.formatted(MARKER));
        ConfigLedger ledger = new ConfigLedger(secrets, () -> byApi);
        assertThat(ledger.entries().toString()).doesNotContain(MARKER);
        assertThat(entry(ledger, "security.admin-key").value()).isEqualTo("***");
        assertThat(entry(ledger, "security.admin-key").changed()).isTrue();

        LoadedConfig others = load("""
                judge:
                  secret: %1$s-another-0123456789abcdef
                """.formatted(MARKER));
        ledger.reread(others, ConfigDiff.inForce(secrets.config(), others.config()));

        assertThat(ledger.entries().toString()).doesNotContain(MARKER);
        assertThat(entry(ledger, "judge.secret").pendingValue())
                .as("that something waits is told, not what")
                .isEqualTo("***");
        assertThat(entry(ledger, "extensions[0].name").pendingValue())
                .as("no value")
                .isEmpty();
    }

    @Test
    void whatWaitsForARestartKeepsItsValueAndItsOrigin() throws IOException {
        LoadedConfig before = load("server: {port: 9001}\nlog: {level: info}\n");
        ConfigLedger ledger = new ConfigLedger(before, () -> byApi);
        LoadedConfig after = load("\nserver:\n  port: 9002\nlog: {level: debug}\n");

        ledger.reread(after, ConfigDiff.inForce(before.config(), after.config()));

        Entry port = entry(ledger, "server.port");
        assertThat(port.value()).isEqualTo("9001");
        assertThat(port.pendingValue()).isEqualTo("9002");
        assertThat(port.origin()).isEqualTo("sluice.yaml:1");
        Entry level = entry(ledger, "log.level");
        assertThat(level.live()).isTrue();
        assertThat(level.value()).isEqualTo("debug");
        assertThat(level.pendingValue()).isNull();
        assertThat(level.origin()).isEqualTo("sluice.yaml:4");

        ledger.reread(before, before.config());

        assertThat(entry(ledger, "server.port").pendingValue()).isNull();
        assertThat(entry(ledger, "log.level").value()).isEqualTo("info");
    }
}
