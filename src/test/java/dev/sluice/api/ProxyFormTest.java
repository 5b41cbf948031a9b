package dev.sluice.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.sluice.pool.FeedbackBook;
import dev.sluice.pool.Pool;
import dev.sluice.pool.PooledProxy;
import dev.sluice.proxy.Anonymity;
import dev.sluice.proxy.Capability;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.Latencies;
import dev.sluice.proxy.Location;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.RiskCategory;
import dev.sluice.proxy.Rotation;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.Tampering;
import dev.sluice.proxy.Tier;
import dev.sluice.proxy.TierReason;
import dev.sluice.proxy.Verified;
import io.vertx.core.json.JsonObject;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.Yaml;

class ProxyFormTest {
    private static final long NOON = Instant.parse("2026-01-31T12:00:00Z").toEpochMilli();

    @Test
    void whatDeepChecksAndManyChecksTellIsShown() {
        Latencies latencies = Latencies.EMPTY;
        for (int i = 0; i < 96; i++) {
            latencies = latencies.with(100);
        }
        for (int i = 0; i < 4; i++) {
            latencies = latencies.with(2_000);
        }

        JsonObject json = form(latencies, new Health.Deep(NOON, 0.95, 160.24), Rotation.SETTLING);

        assertThat(json.getDouble("latency_p50_ms")).isBetween(80.0, 120.0);
        assertThat(json.getDouble("latency_p95_ms")).isBetween(80.0, 120.0);
        assertThat(json.getDouble("latency_p99_ms")).isBetween(1_400.0, 2_900.0);
        assertThat(json.getDouble("latency_ms")).as("still the average").isEqualTo(210.5);
        assertThat(json.getJsonObject("deep"))
                .isEqualTo(new JsonObject()
                        .put("at", "2026-01-31T12:00:00Z")
                        .put("success_rate", 0.95)
                        .put("spread_ms", 160.2));
        assertThat(json.getBoolean("rotating")).isTrue();
    }

    @Test
    void whatIsNotKnownIsNull() {
        JsonObject json = form(Latencies.EMPTY, null, Rotation.STEADY);

        assertThat(json.getMap())
                .containsEntry("latency_p50_ms", null)
                .containsEntry("latency_p95_ms", null)
                .containsEntry("latency_p99_ms", null)
                .containsEntry("deep", null)
                .containsEntry("rotating", false);
        assertThat(form(Latencies.EMPTY, new Health.Deep(NOON, 0, Double.NaN), Rotation.STEADY)
                        .getJsonObject("deep")
                        .getMap())
                .containsEntry("success_rate", 0.0)
                .containsEntry("spread_ms", null);
    }

    @Test
    void theFormIsAsTheDocumentDescribesIt() throws Exception {
        JsonNode document;
        try (InputStream in = Objects.requireNonNull(ProxyForm.class.getResourceAsStream("openapi.yaml"))) {
            // Loaded first, so that anchors and aliases are put in place.
            document = new YAMLMapper().valueToTree(new Yaml().<Object>load(in));
        }
        JsonObject json = form(Latencies.EMPTY.with(1), new Health.Deep(NOON, 1, 1), Rotation.STEADY);
        JsonNode properties = document.at("/components/schemas/Proxy/properties");
        List<String> described = names(properties);
        // Passwords are for those who may see them, the others stand in exports only.
        described.removeAll(List.of("username", "password", "alive", "archived", "needs_credentials"));
        JsonNode example = document.at("/paths/~1list/get/responses/200/content/application~1json/example/proxies")
                .get(0);

        assertThat(json.fieldNames()).containsExactlyInAnyOrderElementsOf(described);
        assertThat(names(example)).containsExactlyElementsOf(json.fieldNames());
        assertThat(json.getJsonObject("deep").fieldNames())
                .containsExactlyElementsOf(names(properties.at("/deep/properties")))
                .containsExactlyElementsOf(names(example.get("deep")));
    }

    private static List<String> names(JsonNode object) {
        List<String> names = new ArrayList<>();
        object.fieldNames().forEachRemaining(names::add);
        return names;
    }

    private static JsonObject form(Latencies latencies, Health.@Nullable Deep deep, Rotation rotation) {
        Health health = new Health(
                true,
                true,
                Verified.FULL,
                Capability.HTTP.bit(),
                Anonymity.ELITE,
                Anonymity.ELITE,
                Tampering.NONE,
                Health.Probation.NONE,
                "192.0.2.7",
                rotation,
                Tier.ACTIVE,
                TierReason.NONE,
                0,
                RiskCategory.LOW,
                7,
                NOON,
                1_000,
                NOON,
                NOON,
                NOON,
                1,
                210.5,
                latencies,
                deep,
                0,
                9,
                9,
                0,
                FailureReason.NONE,
                9);
        PooledProxy proxy = new PooledProxy(
                1, ProxyKey.of(Scheme.HTTP, "192.0.2.7", 3128), health, Location.UNKNOWN, List.of("alpha"));
        Pool pool = new Pool(new FeedbackBook(1, 1), () -> false, Duration.ofSeconds(1), Runnable::run, () -> NOON);
        pool.put(proxy);
        return ProxyForm.json(Objects.requireNonNull(pool.served(1)), false);
    }
}
