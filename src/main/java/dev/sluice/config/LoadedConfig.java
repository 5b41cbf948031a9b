package dev.sluice.config;

import java.util.List;
import java.util.Map;

/**
 * A configuration that was accepted.
 *
 * @param config the configuration itself
 * @param origins where each key got its value, in the order of the file: {@code default}, {@code built-in sources:12},
 *     {@code preset production:3}, {@code conf/sluice.yaml:12}, the name of an environment variable, or {@code --set}
 * @param warnings what was ignored, one line each
 * @param file what was read, or would have been were it there
 */
public record LoadedConfig(SluiceConfig config, Map<String, String> origins, List<String> warnings, ConfigFile file) {
    public LoadedConfig {
        origins = java.util.Collections.unmodifiableMap(new java.util.LinkedHashMap<>(origins));
        warnings = List.copyOf(warnings);
    }
}
