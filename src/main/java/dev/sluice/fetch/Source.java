package dev.sluice.fetch;

import dev.sluice.config.SourceConfig;
import dev.sluice.config.SourceKind;
import dev.sluice.message.SourceFetched;
import dev.sluice.port.SourceFigures;
import dev.sluice.port.Sources;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
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
    private final Deque<Sources.Failure> errors;
    private final Deque<Sources.Fetch> fetches;
    private final Stretch stretch = new Stretch();

    Source(String name, SourceConfig config) {
        this(name, config, new ArrayDeque<>(), new ArrayDeque<>());
    }

    private Source(String name, SourceConfig config, Deque<Sources.Failure> errors, Deque<Sources.Fetch> fetches) {
        this.name = name;
        this.config = config;
        this.errors = errors;
        this.fetches = fetches;
    }

    /** The same source under another configuration: its counts go on, what it knew of its lists and their worth does not. */
    Source with(SourceConfig other) {
        Source changed = new Source(name, other, errors, fetches);
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

    /** @param worth what it was worth by the last count */
    void ended(FetchReport report, long startedAtMillis, SourceFigures.Of worth) {
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
        String error = report.error();
        if (error != null) {
            push(errors, new Sources.Failure(startedAtMillis, error), Sources.Account.MOST_FAILURES);
        }
        Sources.Fetch fetch = new Sources.Fetch(
                startedAtMillis,
                text(report.result()),
                report.entries(),
                report.added(),
                report.rejects().total(),
                worth.listed(),
                worth.alive(),
                worth.aliveAlone());
        push(fetches, fetch, Sources.Account.MOST_FETCHES);
    }

    private static <T> void push(Deque<T> newest, T next, int most) {
        newest.addFirst(next);
        if (newest.size() > most) {
            newest.removeLast();
        }
    }

    private static String text(Enum<?> word) {
        return word.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    Stretch stretch() {
        return stretch;
    }

    /** @param chosen what was chosen at run time, null for nothing */
    boolean enabled(@Nullable Boolean chosen) {
        return chosen == null ? config.enabled() : chosen;
    }

    Sources.Account account(Sources.State state, @Nullable Boolean chosen, boolean kept) {
        Duration stretched = stretch.stretched(period());
        return new Sources.Account(
                state,
                config.enabled(),
                chosen,
                kept,
                period().toMillis(),
                stretched.toMillis(),
                stretch.why(),
                List.copyOf(errors),
                List.copyOf(fetches));
    }

    Sources.State state(boolean enabled, int failures, long nextFetchAtMillis) {
        ChangeMark mark = memory.mark();
        return new Sources.State(
                name,
                text(config.kind()),
                enabled,
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
