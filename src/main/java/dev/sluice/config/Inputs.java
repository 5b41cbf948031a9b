package dev.sluice.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a configuration is read from, besides the defaults.
 *
 * @param directory against which {@code file} is resolved
 * @param file {@code --config}; null: {@code SLUICE_CONFIG} of the environment, else {@code conf/sluice.yaml} when there
 *     is one
 * @param preset {@code --preset}; null: {@code SLUICE_PRESET} of the environment, else none
 * @param environment variables by name; only those that begin with {@code SLUICE_} are looked at
 * @param settings {@code --set}, each {@code key=value}; later ones win
 */
public record Inputs(
        Path directory,
        @Nullable Path file,
        @Nullable String preset,
        Map<String, String> environment,
        List<String> settings) {
    public Inputs {
        environment = Map.copyOf(environment);
        settings = List.copyOf(settings);
    }

    /** The working directory and {@code environment}, nothing on the command line. */
    public static Inputs of(Map<String, String> environment) {
        return new Inputs(Path.of(""), null, null, environment, List.of());
    }

    /** The same, looking for files in {@code other}. */
    public Inputs in(Path other) {
        return new Inputs(other, file, preset, environment, settings);
    }

    /** The same with {@code --config}. */
    public Inputs withFile(@Nullable Path other) {
        return new Inputs(directory, other, preset, environment, settings);
    }

    /** The same with {@code --preset}. */
    public Inputs withPreset(@Nullable String other) {
        return new Inputs(directory, file, other, environment, settings);
    }

    /** The same with {@code --set}. */
    public Inputs withSettings(List<String> others) {
        return new Inputs(directory, file, preset, environment, others);
    }
}
