package dev.sluice.fetch;

import dev.sluice.message.SourceFetched;
import dev.sluice.parse.Rejection;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/** Meters of fetching. Those of a source go with it. Confined to one event loop. */
final class FetchMeters {
    private final MeterRegistry registry;
    private final Map<Rejection, Counter> rejected = new EnumMap<>(Rejection.class);

    FetchMeters(MeterRegistry registry) {
        this.registry = registry;
        for (Rejection reason : Rejection.values()) {
            if (!reason.harmless()) {
                rejected.put(
                        reason,
                        Counter.builder("sluice.entries.rejected")
                                .description("List lines that did not become entries")
                                .tag("reason", reason.text())
                                .register(registry));
            }
        }
    }

    OfSource ofSource(String name) {
        return new OfSource(name);
    }

    /** Meters of one source. */
    final class OfSource {
        private final Counter scraped;
        private final Timer duration;
        private final Map<SourceFetched.Result, Counter> fetches = new EnumMap<>(SourceFetched.Result.class);

        private OfSource(String source) {
            scraped = Counter.builder("sluice.proxies.scraped")
                    .description("Admitted entries read from a source")
                    .tag("source", source)
                    .register(registry);
            duration = Timer.builder("sluice.fetch.duration")
                    .description("Time of a fetch of a source")
                    .tag("source", source)
                    .register(registry);
            for (SourceFetched.Result result : SourceFetched.Result.values()) {
                fetches.put(
                        result,
                        Counter.builder("sluice.fetches")
                                .description("Fetches of a source by result")
                                .tag("source", source)
                                .tag(
                                        "result",
                                        result.name().toLowerCase(Locale.ROOT).replace('_', '-'))
                                .register(registry));
            }
        }

        void record(FetchReport report, Duration took) {
            scraped.increment(report.entries());
            duration.record(took);
            Counter counter = fetches.get(report.result());
            if (counter != null) {
                counter.increment();
            }
            report.rejects().counts().forEach((reason, count) -> {
                Counter byReason = rejected.get(reason);
                if (byReason != null) {
                    byReason.increment(count);
                }
            });
        }

        void remove() {
            registry.remove(scraped);
            registry.remove(duration);
            fetches.values().forEach(registry::remove);
        }
    }
}
