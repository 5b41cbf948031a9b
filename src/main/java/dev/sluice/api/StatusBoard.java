package dev.sluice.api;

import dev.sluice.pool.Pool;
import dev.sluice.port.Census;
import dev.sluice.port.Checking;
import dev.sluice.port.Instance;
import dev.sluice.port.JobKind;
import dev.sluice.port.JobState;
import dev.sluice.port.Jobs;
import dev.sluice.port.Readiness;
import dev.sluice.port.Sources;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * How everything stands, from memory alone: what takes longer to find out is found out beforehand, every few seconds.
 * Thread-safe.
 */
public final class StatusBoard {
    private final Pool pool;
    private final Pool lastGood;
    private final Census census;
    private final Sources sources;
    private final Checking checking;
    private final Jobs jobs;
    private final Readiness readiness;
    private final Instance instance;
    private final LongSupplier nowMillis;
    private volatile Map<JobKind, Map<JobState, Long>> counts = Map.of();
    private volatile Instance.Usage usage = Instance.Usage.NONE;

    /**
     * A board that looks at what it is given.
     *
     * @param lastGood what answers while nothing in the pool is alive
     * @param nowMillis milliseconds since 1970-01-01T00:00Z
     */
    public StatusBoard(
            Pool pool,
            Pool lastGood,
            Census census,
            Sources sources,
            Checking checking,
            Jobs jobs,
            Readiness readiness,
            Instance instance,
            LongSupplier nowMillis) {
        this.pool = pool;
        this.lastGood = lastGood;
        this.census = census;
        this.sources = sources;
        this.checking = checking;
        this.jobs = jobs;
        this.readiness = readiness;
        this.instance = instance;
        this.nowMillis = nowMillis;
    }

    /** Counts jobs and measures the process; fails where jobs cannot be counted, and what was known stays. */
    Future<Void> refresh(Vertx vertx) {
        Future<Void> measured = vertx.executeBlocking(instance::usage, false)
                .onSuccess(now -> usage = now)
                .mapEmpty();
        Future<Void> counted = jobs.counts().onSuccess(now -> counts = now).mapEmpty();
        return Future.join(measured, counted).mapEmpty();
    }

    /** Everything. */
    JsonObject all() {
        Instance.Facts facts = instance.facts();
        Instance.Usage used = usage;
        Checking.State check = checking.state();
        return new JsonObject()
                .put("version", facts.version())
                .put("node", facts.node())
                .put("state", readiness.state().name().toLowerCase(Locale.ROOT))
                .put("started_at", ProxyForm.time(facts.startedAtMillis()))
                .put("uptime_s", Math.max(0, nowMillis.getAsLong() - facts.startedAtMillis()) / 1_000)
                .put(
                        "store",
                        new JsonObject()
                                .put("kind", facts.store())
                                .put("answers", census.storeAnswers())
                                .put("pending_writes", census.pendingWrites()))
                .mergeIn(counts())
                .put(
                        "process",
                        new JsonObject()
                                .put("heap_bytes", used.heapBytes())
                                .put("max_heap_bytes", used.maxHeapBytes())
                                .put("direct_bytes", used.directBytes())
                                .put("descriptors", used.descriptors())
                                .put("max_descriptors", used.maxDescriptors())
                                .put("threads", used.threads())
                                .put("event_loop_delay_ms", CheckingForm.rounded(check.lagMillis())))
                .put("check", CheckingForm.json(check))
                .put("bottleneck", CheckingForm.json(checking.bottleneck()));
    }

    /** What changes from one moment to the next, in short. */
    JsonObject figures() {
        Checking.State check = checking.state();
        return counts().put("store_answers", census.storeAnswers())
                .put("pending_writes", census.pendingWrites())
                .put(
                        "check",
                        new JsonObject()
                                .put("phase", check.phase())
                                .put("suspended", check.suspended())
                                .put("rate_per_second", CheckingForm.rounded(check.ratePerSecond()))
                                .put("starts_per_second", CheckingForm.rounded(check.startsPerSecond()))
                                .put("in_flight", check.inFlight())
                                .put("waiting", check.waiting()));
    }

    private JsonObject counts() {
        Census.Figures figures = census.figures();
        return new JsonObject()
                .put(
                        "pool",
                        new JsonObject()
                                .put("size", pool.size())
                                .put("served", pool.alive())
                                .put("last_good", lastGood.size()))
                .put(
                        "entries",
                        new JsonObject()
                                .put("total", figures.total())
                                .put("alive", figures.alive())
                                .put("never_checked", figures.neverChecked())
                                .put("archived", figures.archived()))
                .put("sources", sources())
                .put("jobs", jobs());
    }

    private JsonObject sources() {
        int configured = 0;
        int enabled = 0;
        int failing = 0;
        int stretched = 0;
        for (Sources.Account account : sources.accounts()) {
            configured++;
            if (account.state().enabled()) {
                enabled++;
                failing += account.state().failures() > 0 ? 1 : 0;
                stretched += account.stretched() == null ? 0 : 1;
            }
        }
        return new JsonObject()
                .put("configured", configured)
                .put("enabled", enabled)
                .put("failing", failing)
                .put("stretched", stretched);
    }

    private JsonObject jobs() {
        JsonObject byState = new JsonObject();
        for (JobState state : JobState.values()) {
            long sum = 0;
            for (Map<JobState, Long> ofKind : counts.values()) {
                sum += ofKind.getOrDefault(state, 0L);
            }
            byState.put(state.text(), sum);
        }
        return byState;
    }
}
