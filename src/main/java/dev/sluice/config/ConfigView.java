package dev.sluice.config;

import dev.sluice.config.Shape.Key;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A configuration as people may see it: secrets, passwords in URLs and header values are hidden. */
public final class ConfigView {
    private ConfigView() {}

    /** Every value by its dotted key, as it would be written, in the order of the file; keys without a value are left out. */
    public static Map<String, String> of(SluiceConfig config) {
        Map<String, String> values = new LinkedHashMap<>();
        section(Shape.ROOT, config, "", values);
        return values;
    }

    private static void section(Shape.Section shape, Object section, String path, Map<String, String> values) {
        for (Key key : shape.keys()) {
            value(key.shape(), key.in(section), Binder.join(path, key.name()), values);
        }
    }

    private static void value(Shape shape, @Nullable Object value, String path, Map<String, String> values) {
        if (value == null) {
            return;
        }
        if (shape instanceof Shape.Section section) {
            section(section, value, path, values);
        } else if (shape instanceof Shape.ListOf list && value instanceof List<?> items) {
            if (list.element() instanceof Shape.Section section) {
                for (int i = 0; i < items.size(); i++) {
                    section(section, items.get(i), path + '[' + i + ']', values);
                }
            } else {
                values.put(path, items.stream().map(Scalars::show).collect(Collectors.joining(", ", "[", "]")));
            }
        } else if (shape instanceof Shape.MapOf map && value instanceof Map<?, ?> entries) {
            Map<String, Object> sorted = new TreeMap<>();
            entries.forEach((name, item) -> sorted.put((String) name, item));
            sorted.forEach((name, item) -> {
                if (map.value() instanceof Shape.Section section) {
                    section(section, item, Binder.join(path, name), values);
                } else {
                    values.put(Binder.join(path, name), "***");
                }
            });
        } else {
            values.put(path, Scalars.show(value));
        }
    }
}
