package dev.sluice.config;

/** Section {@code log}. */
public record LogConfig(
        @Setting(doc = "error, warn, info, debug or trace.", value = "info", live = true)
        Level level,

        @Setting(doc = "text for people, json for machines.", value = "text", live = true)
        Format format) {
    /** Least severity that is written. */
    public enum Level {
        ERROR,
        WARN,
        INFO,
        DEBUG,
        TRACE
    }

    /** Form of a line. */
    public enum Format {
        TEXT,
        JSON
    }
}
