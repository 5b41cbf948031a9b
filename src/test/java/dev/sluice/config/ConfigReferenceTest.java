package dev.sluice.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigReferenceTest {
    private static final Path REFERENCE = Path.of("docs", "configuration.md");
    private static final Path FILE = Path.of("conf", "sluice.yaml");

    /** A setting that is switched off: the mark stands directly before the key. */
    private static final Pattern SWITCHED_OFF = Pattern.compile("(?m)^(\\s*)#((?:- )?[A-Za-z][A-Za-z0-9-]*:)");

    @TempDir
    Path folder;

    @Test
    void theReferenceIsWhatTheRecordsSay() throws IOException {
        if (Boolean.getBoolean("sluice.docs.write")) {
            Files.writeString(REFERENCE, ConfigReference.markdown());
        }

        assertThat(Files.readString(REFERENCE))
                .as("to write it anew: mvn test -Dtest=ConfigReferenceTest -Dsluice.docs.write=true")
                .isEqualTo(ConfigReference.markdown());
    }

    @Test
    void theFileAsShippedChangesNothing() {
        LoadedConfig loaded =
                new ConfigLoader(name -> null).read(Inputs.of(Map.of()).withFile(FILE));

        assertThat(loaded.config()).isEqualTo(ConfigLoader.defaults());
        assertThat(loaded.warnings()).isEmpty();
    }

    @Test
    void theConfigurationOfTheClusterIsLegal() {
        LoadedConfig loaded = ConfigLoader.load(Inputs.of(Map.of()).withFile(Path.of("k8s", "sluice.yaml")));

        assertThat(loaded.warnings()).isEmpty();
        assertThat(loaded.origins()).containsEntry("server.host", "k8s/sluice.yaml:4");
    }

    @Test
    void theFileShowsEveryKeyWithItsDefault() throws IOException {
        LoadedConfig loaded = switchedOn();

        List<String> keys = new ArrayList<>();
        Map<String, String> shown = ConfigView.of(loaded.config());
        eachKey(Shape.ROOT, "", (path, key) -> {
            keys.add(path);
            if (path.startsWith("extensions")) {
                return;
            }
            boolean listed = key.shape() instanceof Shape.MapOf
                    ? loaded.origins().keySet().stream().anyMatch(origin -> origin.startsWith(path))
                    : !"default".equals(loaded.origins().get(path));
            assertThat(listed).as("%s stands in %s", path, FILE).isTrue();
            if (key.shape() instanceof Shape.Scalar scalar
                    && !key.setting().value().isEmpty()) {
                Object fallback = Objects.requireNonNull(
                        Scalars.read(scalar.type(), key.setting().value(), key.setting()), path);
                assertThat(shown.get(path)).as("%s in %s", path, FILE).isEqualTo(Scalars.show(fallback));
            }
        });
        assertThat(keys).hasSizeGreaterThan(50).contains("fetch.sources.my-list.metadata-url", "log.level");
        assertThat(loaded.config().extensions()).singleElement().satisfies(extension -> {
            assertThat(extension.jar()).isEqualTo("scout.jar");
            assertThat(extension.config()).isNotEmpty();
        });
    }

    private LoadedConfig switchedOn() throws IOException {
        String text = Files.readString(FILE);
        Path all = folder.resolve("all.yaml");
        Files.writeString(all, SWITCHED_OFF.matcher(text).replaceAll("$1$2"));
        return new ConfigLoader(name -> null).read(Inputs.of(Map.of()).withFile(all));
    }

    private static void eachKey(Shape.Section shape, String path, BiConsumer<String, Shape.Key> visit) {
        for (Shape.Key key : shape.keys()) {
            String inner = Binder.join(path, key.name());
            if (key.shape() instanceof Shape.Section section) {
                eachKey(section, inner, visit);
            } else {
                visit.accept(inner, key);
                if (key.shape() instanceof Shape.MapOf map && map.value() instanceof Shape.Section section) {
                    eachKey(section, inner + (inner.endsWith("targets") ? ".my-target" : ".my-list"), visit);
                }
            }
        }
    }
}
