package dev.sluice.config;

import org.jspecify.annotations.Nullable;

/** Section {@code log}. */
public record LogConfig(
        @Setting(doc = "error, warn, info, debug or trace.", value = "info", live = true)
        Level level,

        @Setting(doc = "text for people, json for machines.", value = "text", live = true)
        Format format,

        @Setting(doc = "A file that is written as well, in the same format. Absent: none.") @Nullable
        String file,

        @Setting(
                doc = "A new file is begun each day, and when the present one has this size; old ones are compressed.",
                value = "100MiB",
                min = 1_024)
        ByteSize fileSize,

        @Setting(doc = "Days for which old files are kept.", value = "7", min = 1, max = 3_650)
        int fileDays,

        @Setting(doc = "All files together; beyond it the oldest go.", value = "1GiB", min = 1_024)
        ByteSize filesSize) {
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
