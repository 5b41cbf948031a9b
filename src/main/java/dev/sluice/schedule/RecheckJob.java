package dev.sluice.schedule;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.cadence.Lane;
import dev.sluice.port.JobKind;
import dev.sluice.port.NewJob;
import dev.sluice.port.Recheck;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.StoredProxy;
import dev.sluice.proxy.Tier;
import dev.sluice.queue.JobHandler;
import dev.sluice.queue.JobRun;
import dev.sluice.queue.PermanentJobException;
import dev.sluice.store.ProxyStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Has entries checked now: makes them due in the lane of bulk work, a few thousand at a time, and waits for their verdicts.
 * What has had a verdict since the job was submitted counts as checked, so an attempt after a crash begins at the beginning
 * and asks for nothing twice.
 */
public final class RecheckJob implements JobHandler {
    private static final int PAGE = 1_000;
    private static final int MOST_WAITED_FOR = 4_000;
    private static final long LOOK_MILLIS = 1_000;
    /** A verdict that takes longer than this will not come: the entry was archived, or its checks end without one. */
    private static final long PATIENCE_MILLIS = 600_000;

    private static final int USUAL = Lane.BULK.lowest();
    private static final int URGENT = Lane.BULK.highest();
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Vertx vertx;
    private final ProxyStore store;
    private final BooleanSupplier enabled;
    private final InstantSource clock;

    /**
     * A handler.
     *
     * @param enabled whether due entries are checked at all
     */
    public RecheckJob(Vertx vertx, ProxyStore store, BooleanSupplier enabled, InstantSource clock) {
        this.vertx = vertx;
        this.store = store;
        this.enabled = enabled;
        this.clock = clock;
    }

    @Override
    public JobKind kind() {
        return JobKind.VALIDATION;
    }

    @Override
    public String type() {
        return Recheck.TYPE;
    }

    @Override
    public Future<String> run(JobRun run) {
        if (!enabled.getAsBoolean()) {
            return Future.failedFuture(
                    new PermanentJobException("schedule.enabled: false (expected: true, for entries to be checked)"));
        }
        Recheck wanted;
        try {
            wanted = read(run.job().job().payload());
        } catch (JsonProcessingException e) {
            return Future.failedFuture(new PermanentJobException("payload: no JSON (expected: conditions)"));
        }
        return new Pass(run, wanted).turn();
    }

    private static Recheck read(String payload) throws JsonProcessingException {
        JsonNode json = JSON.readTree(payload);
        List<Long> ids = new ArrayList<>();
        json.path("ids").forEach(id -> ids.add(id.asLong()));
        Set<Scheme> schemes = EnumSet.noneOf(Scheme.class);
        json.path("schemes").forEach(text -> Scheme.of(text.asText()).ifPresent(schemes::add));
        Set<String> tierNames = texts(json.path("tiers"));
        Set<Tier> tiers = EnumSet.noneOf(Tier.class);
        for (Tier tier : Tier.values()) {
            if (tierNames.contains(tier.text())) {
                tiers.add(tier);
            }
        }
        return new Recheck(
                ids,
                schemes,
                tiers,
                texts(json.path("countries")),
                texts(json.path("lists")),
                json.path("not_checked_for_s").asLong());
    }

    private static Set<String> texts(JsonNode array) {
        Set<String> texts = new HashSet<>();
        array.forEach(text -> texts.add(text.asText()));
        return texts;
    }

    /** One attempt. Confined to its event loop. */
    private final class Pass {
        private final JobRun run;
        private final Recheck wanted;
        private final long submittedMillis;
        private final int priority;
        /** When each was asked for, by number, those that have no verdict yet. */
        private final TreeMap<Long, Long> waiting = new TreeMap<>();

        private final Map<String, Long> counts = new HashMap<>();
        private long afterId;
        private int nextOfIds;
        private boolean allAsked;

        Pass(JobRun run, Recheck wanted) {
            this.run = run;
            this.wanted = wanted;
            this.submittedMillis = run.job().createdAtMillis();
            this.priority = run.job().job().priority() > NewJob.DEFAULT_PRIORITY ? URGENT : USUAL;
        }

        private void count(String what, long more) {
            counts.merge(what, more, Long::sum);
        }

        private long counted(String what) {
            return counts.getOrDefault(what, 0L);
        }

        Future<String> turn() {
            return run.checkpoint()
                    .compose(goOn -> waiting.size() < MOST_WAITED_FOR && !allAsked ? ask() : Future.succeededFuture())
                    .compose(asked -> look())
                    .compose(looked -> run.progress(progress(), null))
                    .compose(noted -> allAsked && waiting.isEmpty()
                            ? Future.succeededFuture(progress())
                            : rest().compose(rested -> turn()));
        }

        /** No rest while there is more to ask for and room. */
        private Future<Void> rest() {
            return !allAsked && waiting.size() < MOST_WAITED_FOR
                    ? Future.succeededFuture()
                    : vertx.timer(LOOK_MILLIS, TimeUnit.MILLISECONDS).mapEmpty();
        }

        private Future<Void> ask() {
            return page().compose(page -> {
                List<Long> ids = new ArrayList<>();
                for (StoredProxy entry : page) {
                    if (!matches(entry)) {
                        continue;
                    }
                    count("matched", 1);
                    if (entry.health().lastCheckedAtMillis() >= submittedMillis) {
                        checked(entry);
                    } else {
                        ids.add(entry.id());
                    }
                }
                long now = clock.millis();
                ids.forEach(id -> waiting.put(id, now));
                return ids.isEmpty()
                        ? Future.<Void>succeededFuture()
                        : store.expedite(ids, priority, now).mapEmpty();
            });
        }

        private Future<List<StoredProxy>> page() {
            if (!wanted.ids().isEmpty()) {
                int end = Math.min(wanted.ids().size(), nextOfIds + PAGE);
                List<Long> ids = wanted.ids().subList(nextOfIds, end);
                nextOfIds = end;
                allAsked = end == wanted.ids().size();
                return store.get(ids);
            }
            return store.page(afterId, PAGE).onSuccess(page -> {
                allAsked = page.size() < PAGE;
                if (!page.isEmpty()) {
                    afterId = page.get(page.size() - 1).id();
                }
            });
        }

        private boolean matches(StoredProxy entry) {
            String country = entry.place(clock.millis()).country();
            return !entry.archived()
                    && (wanted.schemes().isEmpty()
                            || wanted.schemes().contains(entry.key().scheme()))
                    && (wanted.tiers().isEmpty()
                            || wanted.tiers().contains(entry.health().tier()))
                    && (wanted.countries().isEmpty()
                            || (country != null && wanted.countries().contains(country)))
                    && (wanted.lists().isEmpty() || entry.lists().stream().anyMatch(wanted.lists()::contains))
                    && (wanted.notCheckedForSeconds() == 0
                            || entry.health().lastCheckedAtMillis() >= submittedMillis
                            || clock.millis() - entry.health().lastCheckedAtMillis()
                                    >= wanted.notCheckedForSeconds() * 1_000);
        }

        private Future<Void> look() {
            Future<Void> looked = Future.succeededFuture();
            List<Long> ids = List.copyOf(waiting.keySet());
            for (int from = 0; from < ids.size(); from += PAGE) {
                List<Long> part = ids.subList(from, Math.min(ids.size(), from + PAGE));
                looked = looked.compose(before -> store.get(part)).map(found -> {
                    long now = clock.millis();
                    Set<Long> there = new HashSet<>();
                    for (StoredProxy entry : found) {
                        there.add(entry.id());
                        if (entry.health().lastCheckedAtMillis() >= submittedMillis) {
                            waiting.remove(entry.id());
                            checked(entry);
                        }
                    }
                    for (Long id : part) {
                        Long since = waiting.get(id);
                        if (since != null && (!there.contains(id) || now - since > PATIENCE_MILLIS)) {
                            waiting.remove(id);
                            count("unanswered", 1);
                        }
                    }
                    return null;
                });
            }
            return looked;
        }

        private void checked(StoredProxy entry) {
            count("checked", 1);
            count(entry.health().alive() ? "alive" : "dead", 1);
        }

        private String progress() {
            return "{\"matched\":" + counted("matched") + ",\"checked\":" + counted("checked") + ",\"alive\":"
                    + counted("alive") + ",\"dead\":" + counted("dead") + ",\"unanswered\":" + counted("unanswered")
                    + ",\"waiting\":" + waiting.size() + "}";
        }
    }
}
