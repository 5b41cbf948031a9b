package dev.sluice.config;

import dev.sluice.proxy.Secret;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Section {@code queue}. */
public record QueueConfig(
        @Setting(
                doc = "redis://:password@host:port/database tells workers of jobs at once. Absent: they ask the store's"
                        + " database. The jobs themselves are in that database in any case.")
        @Nullable
        Secret url,

        @Setting(
                doc =
                        "Name of this instance for jobs that need its files. Absent: a random one, kept beside the database.")
        @Nullable
        String node,

        @Setting(doc = "Workers for checks of many entries; 0: from cores and memory.", value = "0", min = 0, max = 64)
        int workersValidation,

        @Setting(doc = "Workers that locate what is stored; 0: one.", value = "0", min = 0, max = 64)
        int workersGeo,

        @Setting(
                doc = "Workers for passes over what is stored; 0: from cores and memory.",
                value = "0",
                min = 0,
                max = 64)
        int workersAnalysis,

        @Setting(doc = "Workers for imports; 0: from cores and memory.", value = "0", min = 0, max = 64)
        int workersImport,

        @Setting(doc = "Workers for exports into files; 0: from cores and memory.", value = "0", min = 0, max = 64)
        int workersExport,

        @Setting(
                doc = "How long a worker may be silent before its job is given to another.",
                value = "45s",
                min = 1_000,
                max = 3_600_000)
        Duration lease,

        @Setting(
                doc = "How often the database is asked for jobs that no transport told of.",
                value = "1s",
                min = 50,
                max = 60_000)
        Duration poll,

        @Setting(doc = "Attempts of a job before it is given up.", value = "8", min = 1, max = 100)
        int maxAttempts,

        @Setting(
                doc = "Longest wait before the second attempt; it doubles with each further one.",
                value = "2s",
                min = 10,
                max = 3_600_000,
                live = true)
        Duration backOff,

        @Setting(doc = "Longest wait before an attempt.", value = "15m", min = 10, max = 86_400_000, live = true)
        Duration backOffLimit,

        @Setting(
                doc = "Live jobs of a kind beyond which no more are taken.",
                value = "100000",
                min = 1,
                max = 10_000_000)
        int maxWaiting,

        @Setting(doc = "How long jobs that are over are remembered.", value = "30d", min = 60_000, live = true)
        Duration retention,

        @Setting(doc = "Where uploads, reports of imports and exported files are. Absent: beside the database.")
        @Nullable
        String directory,

        @Setting(doc = "Largest list that is taken in, compressed or not.", value = "2GiB", min = 1_024)
        ByteSize maxUpload) {}
