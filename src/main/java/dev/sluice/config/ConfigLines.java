package dev.sluice.config;

import dev.sluice.config.Shape.Key;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A configuration key by key, with and without values, as people may see it. Two of them can be compared, also where what is
 * hidden differs. Immutable.
 */
public final class ConfigLines {
    private final Map<String, Line> lines;

    private ConfigLines(Map<String, Line> lines) {
        this.lines = lines;
    }

    /**
     * A key.
     *
     * @param value to be compared
     * @param shown to be seen; null where there is no value
     */
    private record Line(@Nullable Object value, @Nullable String shown, boolean live) {}

    /** Every key of {@code config}, in the order of the file. */
    public static ConfigLines of(SluiceConfig config) {
        Map<String, Line> lines = new LinkedHashMap<>();
        section(Shape.ROOT, config, "", false, lines);
        return new ConfigLines(lines);
    }

    /** What would be in force if nobody had said anything: defaults and the sources that come with the program. */
    public static ConfigLines defaults() {
        return of(ConfigLoader.loadDefaults().config());
    }

    private static void section(
            Shape.Section shape, Object section, String path, boolean live, Map<String, Line> lines) {
        for (Key key : shape.keys()) {
            boolean effective = live || key.setting().live();
            value(key.shape(), key.in(section), Binder.join(path, key.name()), effective, lines);
        }
    }

    private static void value(Shape shape, @Nullable Object value, String path, boolean live, Map<String, Line> lines) {
        if (value == null) {
            lines.put(path, new Line(null, null, live));
        } else if (shape instanceof Shape.Section section) {
            section(section, value, path, live, lines);
        } else if (shape instanceof Shape.ListOf list && value instanceof List<?> items) {
            if (!items.isEmpty() && list.element() instanceof Shape.Section section) {
                for (int i = 0; i < items.size(); i++) {
                    section(section, items.get(i), path + '[' + i + ']', live, lines);
                }
            } else {
                String shown = items.stream().map(Scalars::show).collect(Collectors.joining(", ", "[", "]"));
                lines.put(path, new Line(items, shown, live));
            }
        } else if (shape instanceof Shape.MapOf map && value instanceof Map<?, ?> entries) {
            entries(map, entries, path, live, lines);
        } else {
            lines.put(path, new Line(value, Scalars.show(value), live));
        }
    }

    private static void entries(
            Shape.MapOf map, Map<?, ?> entries, String path, boolean live, Map<String, Line> lines) {
        if (entries.isEmpty()) {
            lines.put(path, new Line(entries, "{}", live));
        }
        Map<String, Object> sorted = new TreeMap<>();
        entries.forEach((name, item) -> sorted.put((String) name, item));
        sorted.forEach((name, item) -> {
            if (map.value() instanceof Shape.Section section) {
                section(section, item, Binder.join(path, name), live, lines);
            } else {
                // Headers, and what extensions are given, may be credentials.
                lines.put(Binder.join(path, name), new Line(item, "***", live));
            }
        });
    }

    /** Every key. */
    public List<String> keys() {
        return List.copyOf(lines.keySet());
    }

    /** Whether there is such a key, with or without a value. */
    public boolean has(String key) {
        return lines.containsKey(key);
    }

    /** The value of {@code key} as it would be written, secrets hidden; null where there is none. */
    public @Nullable String shown(String key) {
        Line line = lines.get(key);
        return line == null ? null : line.shown;
    }

    /** Whether a reload puts a change of {@code key} into force. */
    public boolean live(String key) {
        Line line = lines.get(key);
        return line != null && line.live;
    }

    /** Whether {@code key} has the same value here and there, what is hidden included. */
    public boolean same(String key, ConfigLines other) {
        Line here = lines.get(key);
        Line there = other.lines.get(key);
        return Objects.equals(here == null ? null : here.value, there == null ? null : there.value);
    }

    /**
     * Who said what {@code key} is, by origins as {@link LoadedConfig} has them: where it is not told of the key itself, of
     * the next one above it.
     */
    public static String origin(String key, Map<String, String> origins) {
        String at = key;
        while (true) {
            String origin = origins.get(at);
            if (origin != null) {
                return origin;
            }
            int end = Math.max(at.lastIndexOf('.'), at.lastIndexOf('['));
            if (end <= 0) {
                return "default";
            }
            at = at.substring(0, end);
        }
    }
}
