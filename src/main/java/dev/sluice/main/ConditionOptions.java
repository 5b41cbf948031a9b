package dev.sluice.main;

import dev.sluice.config.DurationFormat;
import dev.sluice.net.farm.Conditions;
import dev.sluice.net.farm.Knee;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options that tell what the way to a farm is like. */
final class ConditionOptions {
    @Option(
            names = "--knee",
            paramLabel = "K",
            description = "Connections a second that come through, of all proxies and the anchor together; the SYNs of"
                    + " others are lost. Any number unless given.")
    private @Nullable Integer knee;

    @Option(names = "--knee-then", paramLabel = "K", description = "The knee from --knee-after on.")
    private @Nullable Integer kneeThen;

    @Option(
            names = "--knee-after",
            paramLabel = "DURATION",
            description = "When the knee moves, counted from the first connection. ${DEFAULT-VALUE} unless given.",
            defaultValue = "30s")
    private String kneeAfter = "30s";

    @Option(
            names = "--knee-backlog",
            paramLabel = "N",
            description = "Connections that may wait at the knee. ${DEFAULT-VALUE} unless given.",
            defaultValue = "" + Knee.DEFAULT_BACKLOG)
    private int kneeBacklog = Knee.DEFAULT_BACKLOG;

    @Option(
            names = "--max-connections",
            paramLabel = "N",
            description = "Accepted connections at a time, a descriptor each; others wait unaccepted."
                    + " ${DEFAULT-VALUE} unless given.",
            defaultValue = "9000")
    private int maxConnections = Conditions.DEFAULT.maxConnections();

    @Option(
            names = "--max-exits",
            paramLabel = "N",
            description = "Outgoing connections at a time, a descriptor each; who needs one more waits."
                    + " ${DEFAULT-VALUE} unless given.",
            defaultValue = "9000")
    private int maxExits = Conditions.DEFAULT.maxExits();

    @Option(
            names = "--delay",
            paramLabel = "DURATION",
            description =
                    "How long proxies that work wait before they read the first byte. ${DEFAULT-VALUE} unless given.",
            defaultValue = "0s")
    private String delay = "0s";

    /** The conditions that were asked for. */
    Conditions conditions() {
        try {
            return new Conditions(maxConnections, maxExits, DurationFormat.parse(delay), bend());
        } catch (IllegalArgumentException e) {
            throw new UsageException(String.valueOf(e.getMessage()));
        }
    }

    private @Nullable Knee bend() {
        if (knee == null) {
            if (kneeThen != null) {
                throw new UsageException("--knee-then: " + kneeThen + " (expected: with --knee)");
            }
            return null;
        }
        return kneeThen == null
                ? new Knee(knee, knee, Duration.ZERO, kneeBacklog)
                : new Knee(knee, kneeThen, DurationFormat.parse(kneeAfter), kneeBacklog);
    }
}
