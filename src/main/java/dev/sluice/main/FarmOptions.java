package dev.sluice.main;

import dev.sluice.farm.FarmConfig;
import dev.sluice.farm.FarmMix;
import dev.sluice.net.farm.Conditions;
import dev.sluice.net.farm.FarmPorts;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options of commands that open a farm. */
final class FarmOptions {
    @Option(
            names = "--count",
            paramLabel = "N",
            description = "Entries. ${DEFAULT-VALUE} unless given.",
            defaultValue = "2000")
    private int count;

    @Option(names = "--seed", paramLabel = "N", description = "Seed of everything that is drawn.", defaultValue = "1")
    private long seed;

    @Option(
            names = "--farm-port",
            paramLabel = "PORT",
            description = "Port of lists, truth and target; 0 takes a free one. ${DEFAULT-VALUE} unless given.",
            defaultValue = "8090")
    private int port;

    @Option(names = "--truth", paramLabel = "FILE", description = "Where to write what each entry is, as NDJSON.")
    private @Nullable Path truth;

    /** The farm that was asked for, under the usual conditions. */
    FarmConfig config(FarmMix mix) {
        return config(mix, 0, Conditions.DEFAULT);
    }

    /** The farm that was asked for. */
    FarmConfig config(FarmMix mix, int controlPort, Conditions conditions) {
        try {
            return new FarmConfig(
                    count,
                    seed,
                    mix,
                    "127.0.0.1",
                    port,
                    0,
                    controlPort,
                    FarmPorts.FREE,
                    conditions,
                    truth == null ? null : truth.toAbsolutePath());
        } catch (IllegalArgumentException e) {
            throw new UsageException(String.valueOf(e.getMessage()));
        }
    }
}
