package dev.sluice.config;

import java.util.List;

/** Section {@code geo}. */
public record GeoConfig(
        @Setting(doc = "MMDB files that are asked before the country database that comes with the program.")
        List<String> databases) {
    public GeoConfig {
        databases = List.copyOf(databases);
    }
}
