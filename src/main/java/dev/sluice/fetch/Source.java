package dev.sluice.fetch;

import dev.sluice.config.SourceConfig;
import dev.sluice.config.SourceKind;
import dev.sluice.message.SourceFetched;
import dev.sluice.port.Sources;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A configured source with its history. Confined to one event loop. */
final class Source {
    private final String name;
    private final SourceConfig config;
    private FetchMemory memory = FetchMemory.NONE;
    private Sources.Rejections rejections = Sources.Rejections.NONE;
    private int entries;
    private long added;
    private int rejected;
    private long lastFetchAtMillis;
    private long lastSuccessAtMillis;
    private @Nullable String lastError;

    Source(String name, SourceConfig config) {
        this.name = name;
        this.config = config;
    }

    /** The same source under another configuration: its counts go on, what it knew of its lists does not. */
    Source with(SourceConfig other) {
        Source changed = new Source(name, other);
        changed.rejections = rejections;
        changed.entries = entries;
        changed.added = added;
        changed.rejected = rejected;
        changed.lastFetchAtMillis = lastFetchAtMillis;
        changed.lastSuccessAtMillis = lastSuccessAtMillis;
        changed.lastError = lastError;
        return changed;
    }

    String name() {
        return name;
    }

    SourceConfig config() {
        return config;
    }

    FetchMemory memory() {
        return memory;
    }

    Sources.Rejections rejections() {
        return rejections;
    }

    /** How often it is looked at: metadata has a period of its own. */
    Duration period() {
        if (config.kind() == SourceKind.PROXIFLY && config.metadataUrl() != null) {
            return config.metadataInterval();
        }
        return config.interval();
    }

    void ended(FetchReport report, long startedAtMillis) {
        memory = report.memory();
        lastFetchAtMillis = startedAtMillis;
        added += report.added();
        lastError = report.error();
        if (report.result() != SourceFetched.Result.FAILED) {
            lastSuccessAtMillis = startedAtMillis;
        }
        if (report.result() == SourceFetched.Result.COMPLETE) {
            entries = report.entries();
        }
        if (report.result() != SourceFetched.Result.NOT_MODIFIED) {
            rejected = report.rejects().total();
            rejections = report.rejects().view();
        }
    }

    Sources.State state(int failures, long nextFetchAtMillis) {
        ChangeMark mark = memory.mark();
        return new Sources.State(
                name,
                config.kind().name().toLowerCase(Locale.ROOT).replace('_', '-'),
                config.enabled(),
                entries,
                added,
                rejected,
                lastFetchAtMillis,
                lastSuccessAtMillis,
                mark == null ? 0 : mark.changedAtMillis(),
                nextFetchAtMillis,
                failures,
                lastError);
    }
}
