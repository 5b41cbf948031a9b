package dev.sluice.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.sluice.config.SourceConfig;
import dev.sluice.config.SourceKind;
import dev.sluice.proxy.Scheme;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.RecordComponent;
import java.net.URI;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

class BuiltInSourcesTest {
    private final Map<String, JsonNode> sources = read();

    @Test
    void everyKeyIsOneOfTheConfiguration() {
        Set<String> keys = Arrays.stream(SourceConfig.class.getRecordComponents())
                .map(RecordComponent::getName)
                .map(name -> Pattern.compile("[A-Z]")
                        .matcher(name)
                        .replaceAll(m -> '-' + m.group().toLowerCase(Locale.ROOT)))
                .collect(Collectors.toSet());
        sources.forEach((name, settings) -> {
            assertThat(name).matches("[a-z0-9-]+");
            assertThat(settings.fieldNames()).toIterable().as(name).isSubsetOf(keys);
            assertThat(settings.get("urls")).as(name).isNotEmpty();
            assertThat(kind(settings)).as(name).isNotNull();
        });
    }

    @Test
    void everyAddressIsReadAndNamedOnce() {
        Set<String> seen = new HashSet<>();
        sources.forEach((name, settings) -> {
            for (SourceAddress address : addresses(settings)) {
                URI url = URI.create(address.location());
                assertThat(url.getScheme()).as(address.location()).isEqualTo("https");
                assertThat(url.getHost()).as(address.location()).isNotNull();
                assertThat(seen.add(address.location())).as(address.location()).isTrue();
            }
        });
    }

    @Test
    void theNamedSourcesAreOn() {
        assertThat(sources.entrySet().stream()
                        .filter(source -> !source.getValue().has("enabled"))
                        .map(source -> kind(source.getValue())))
                .contains(
                        SourceKind.PROXYSCRAPE,
                        SourceKind.GEONODE,
                        SourceKind.PROXY_LIST_DOWNLOAD,
                        SourceKind.FREE_PROXY_LIST,
                        SourceKind.PROXIFLY,
                        SourceKind.TEXT);
        assertThat(addresses(Objects.requireNonNull(sources.get("proxifly"))))
                .extracting(SourceAddress::protocol)
                .containsExactly(Scheme.HTTP, Scheme.HTTPS, Scheme.SOCKS4, Scheme.SOCKS5);
    }

    private static List<SourceAddress> addresses(JsonNode settings) {
        return SourceAddress.of(SourceConfigs.of(
                        kind(settings),
                        StreamSupport.stream(settings.get("urls").spliterator(), false)
                                .map(JsonNode::asText)
                                .toArray(String[]::new))
                .build());
    }

    private static SourceKind kind(JsonNode settings) {
        return SourceKind.valueOf(
                settings.get("kind").asText().toUpperCase(Locale.ROOT).replace('-', '_'));
    }

    private static Map<String, JsonNode> read() {
        Map<String, JsonNode> sources = new TreeMap<>();
        try (InputStream in = SourceConfig.class.getResourceAsStream("sources.yaml")) {
            assertThat(in).isNotNull();
            new YAMLMapper()
                    .readTree(in)
                    .properties()
                    .forEach(source -> sources.put(source.getKey(), source.getValue()));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return sources;
    }
}
