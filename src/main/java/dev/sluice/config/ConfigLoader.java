package dev.sluice.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads the configuration: defaults, under the built-in sources, under the preset, under the file, under the
 * environment, under {@code --set}. No state; thread-safe. Reads files, so not on an event loop.
 */
public final class ConfigLoader {
    /** Presets by name. */
    public static final List<String> PRESETS = List.of("development", "staging", "production");

    /** The file that is read when none is named. */
    public static final Path DEFAULT_FILE = Path.of("conf", "sluice.yaml");

    private static final int SHORT_KEY = 16;

    private final Function<String, @Nullable InputStream> resources;

    /** {@code resources} opens a file that comes with the program by name; null when there is none. */
    ConfigLoader(Function<String, @Nullable InputStream> resources) {
        this.resources = resources;
    }

    /**
     * Reads everything {@code inputs} names.
     *
     * @throws ConfigException with all problems there are
     */
    public static LoadedConfig load(Inputs inputs) {
        return new ConfigLoader(ConfigLoader.class::getResourceAsStream).read(inputs);
    }

    /** What an empty input gives: the defaults and the sources that come with the program. */
    static LoadedConfig loadDefaults() {
        ConfigLoader loader = new ConfigLoader(ConfigLoader.class::getResourceAsStream);
        List<Problem> problems = new ArrayList<>();
        Node tree = Node.merge(Node.Section.empty("default"), loader.builtIn(problems));
        Binder binder = new Binder(problems);
        SluiceConfig config = binder.bind(tree);
        if (config == null || !problems.isEmpty()) {
            throw new ConfigException(problems);
        }
        return new LoadedConfig(config, binder.origins(), List.of(), new ConfigFile(DEFAULT_FILE, null));
    }

    /**
     * The defaults, without built-in sources, changed by {@code settings} as by {@code --set}. For tests and tools.
     *
     * @throws ConfigException when a setting is wrong
     */
    public static SluiceConfig defaults(String... settings) {
        List<Problem> problems = new ArrayList<>();
        Overrides overrides = new Overrides(Node.Section.empty("default"), problems, new ArrayList<>());
        overrides.settings(List.of(settings));
        SluiceConfig config = new Binder(problems).bind(overrides.tree());
        if (config == null || !problems.isEmpty()) {
            throw new ConfigException(problems);
        }
        return config;
    }

    LoadedConfig read(Inputs inputs) {
        List<Problem> problems = new ArrayList<>();
        List<String> warnings = new ArrayList<>();
        Node tree = Node.Section.empty("default");
        tree = Node.merge(tree, builtIn(problems));
        tree = Node.merge(tree, preset(inputs, problems));
        ConfigFile file = file(inputs, problems);
        tree = Node.merge(tree, tree(file, problems));
        Overrides overrides = new Overrides(tree, problems, warnings);
        overrides.environment(inputs.environment());
        overrides.settings(inputs.settings());
        Binder binder = new Binder(problems);
        SluiceConfig config = binder.bind(overrides.tree());
        if (config == null || !problems.isEmpty()) {
            throw new ConfigException(problems);
        }
        if (config.security().adminKey() != null
                && config.security().adminKey().reveal().length() < SHORT_KEY) {
            warnings.add("security.admin-key: shorter than " + SHORT_KEY + " characters, can be guessed");
        }
        return new LoadedConfig(config, binder.origins(), warnings, file);
    }

    /** The sources that come with the program: either a whole tree, or only the entries of {@code fetch.sources}. */
    private Node builtIn(List<Problem> problems) {
        Node sources = resource("sources.yaml", "built-in sources", problems);
        if (sources instanceof Node.Section section && !section.entries().containsKey("fetch")) {
            return Node.at(List.of("fetch", "sources"), sources);
        }
        return sources == null ? Node.Section.empty("default") : sources;
    }

    private Node preset(Inputs inputs, List<Problem> problems) {
        String name = inputs.preset();
        String origin = "--preset";
        if (name == null) {
            name = inputs.environment().getOrDefault(Overrides.PRESET, "");
            origin = Overrides.PRESET;
            if (name.isEmpty()) {
                return Node.Section.empty("default");
            }
        }
        if (!PRESETS.contains(name)) {
            problems.add(new Problem(origin, "", '"' + name + '"', String.join(", ", PRESETS)));
            return Node.Section.empty("default");
        }
        Node tree = resource("preset-" + name + ".yaml", "preset " + name, problems);
        return Objects.requireNonNull(tree, "the program lacks preset " + name);
    }

    private @Nullable Node resource(String name, String origin, List<Problem> problems) {
        try (InputStream stream = resources.apply(name)) {
            if (stream == null) {
                return null;
            }
            String text = new String(stream.readAllBytes(), StandardCharsets.UTF_8);
            Node node = YamlReader.read(text, line -> origin + ':' + line, "", problems);
            return node == null ? Node.Section.empty(origin) : node;
        } catch (IOException e) {
            throw new IllegalStateException(name + " can't be read from the program's own files", e);
        }
    }

    /**
     * The file that {@code inputs} name, or the default one.
     *
     * @return as it is shown, not yet resolved against {@link Inputs#directory()}
     */
    public static Path path(Inputs inputs) {
        Path named = named(inputs);
        return named == null ? DEFAULT_FILE : named;
    }

    private static @Nullable Path named(Inputs inputs) {
        String variable = inputs.environment().getOrDefault(Overrides.CONFIG, "");
        return inputs.file() == null && !variable.isEmpty() ? Path.of(variable) : inputs.file();
    }

    /**
     * {@code store.url} as far as it can be told of a configuration that may be broken: what belongs to the database lies
     * beside it.
     */
    public static String storeUrl(Inputs inputs) {
        List<Problem> ignored = new ArrayList<>();
        Overrides overrides = new Overrides(tree(file(inputs, ignored), ignored), ignored, new ArrayList<>());
        overrides.environment(inputs.environment());
        overrides.settings(inputs.settings());
        return overrides.tree() instanceof Node.Section root
                        && root.entries().get("store") instanceof Node.Section store
                        && store.entries().get("url") instanceof Node.Text url
                ? url.text()
                : defaults().store().url();
    }

    private static ConfigFile file(Inputs inputs, List<Problem> problems) {
        Path shown = path(inputs);
        Path path = inputs.directory().resolve(shown);
        if (named(inputs) == null && !Files.exists(path)) {
            return new ConfigFile(shown, null);
        }
        return new ConfigFile(shown, text(path, shown.toString(), problems));
    }

    private static Node tree(ConfigFile file, List<Problem> problems) {
        String shown = file.path().toString();
        String text = file.text();
        if (text == null) {
            return Node.Section.empty("default");
        }
        String yaml = shown.endsWith(".json") ? asYaml(text) : text;
        Node node = YamlReader.read(yaml, line -> shown + ":" + line, "", problems);
        return node == null ? Node.Section.empty(shown) : node;
    }

    private static @Nullable String text(Path path, String shown, List<Problem> problems) {
        try (InputStream stream = Files.newInputStream(path)) {
            byte[] bytes = stream.readNBytes(YamlReader.MAX_LENGTH + 1);
            if (bytes.length > YamlReader.MAX_LENGTH) {
                problems.add(new Problem(shown, "", "a file of more than 1MiB", "at most 1MiB"));
                return null;
            }
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            problems.add(new Problem(shown, "", "bytes that are not UTF-8", "text in UTF-8"));
        } catch (NoSuchFileException e) {
            problems.add(new Problem(shown, "", "no such file", "a YAML or JSON file"));
        } catch (IOException e) {
            problems.add(
                    new Problem(shown, "", "can't be read: " + e.getClass().getSimpleName(), "a YAML or JSON file"));
        }
        return null;
    }

    /** JSON is YAML but for two things: white space may be a tab, and a slash may be escaped. */
    private static String asYaml(String json) {
        return json.replace('\t', ' ').replaceAll("(?<!\\\\)((?:\\\\\\\\)*+)\\\\/", "$1/");
    }
}
