package dev.sluice.keep;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.port.JobKind;
import dev.sluice.port.Locate;
import dev.sluice.port.Locator;
import dev.sluice.port.Placing;
import dev.sluice.proxy.Location;
import dev.sluice.proxy.StoredProxy;
import dev.sluice.queue.JobHandler;
import dev.sluice.queue.JobRun;
import dev.sluice.queue.PermanentJobException;
import dev.sluice.store.Located;
import dev.sluice.store.ProxyStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Looks up where everything stored is. Goes through the store by number; the cursor is the last number done. What is
 * found and not known yet is written before the cursor moves on, so that a page that is done twice changes nothing the
 * second time. After each page it rests for half as long as the page took, so that it never has the database to itself.
 */
public final class LocateJob implements JobHandler {
    private static final int PAGE = 1_000;
    /** Questions to others at the same time. */
    private static final int ASKED_AT_ONCE = 16;

    private static final long LONGEST_REST_MILLIS = 1_000;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Vertx vertx;
    private final ProxyStore store;
    private final Locator locator;
    private final Placing placing;
    private final InstantSource clock;
    private final LongSupplier nanoClock;

    /**
     * A handler.
     *
     * @param nanoClock monotonic, nanoseconds
     */
    public LocateJob(
            Vertx vertx,
            ProxyStore store,
            Locator locator,
            Placing placing,
            InstantSource clock,
            LongSupplier nanoClock) {
        this.vertx = vertx;
        this.store = store;
        this.locator = locator;
        this.placing = placing;
        this.clock = clock;
        this.nanoClock = nanoClock;
    }

    @Override
    public JobKind kind() {
        return JobKind.GEO;
    }

    @Override
    public String type() {
        return Locate.TYPE;
    }

    @Override
    public Future<String> run(JobRun run) {
        Locate wanted = read(run.job().job().payload());
        if (wanted == null) {
            return Future.failedFuture(new PermanentJobException("payload: none that is known (expected: scope all,"
                    + " unlocated or alive, and web true or false)"));
        }
        String cursor = run.job().cursor();
        Progress begun =
                cursor == null ? new Progress(0, 0, 0, 0, 0, Fingerprint.of(locator.databases())) : Progress.of(cursor);
        return pass(run, wanted, begun);
    }

    private static @Nullable Locate read(String payload) {
        try {
            JsonNode json = JSON.readTree(payload);
            Locate.Scope scope = Locate.Scope.of(json.path(Locate.SCOPE).asText());
            return scope == null
                    ? null
                    : new Locate(scope, json.path(Locate.WEB).asBoolean());
        } catch (JsonProcessingException e) {
            return null;
        }
    }

    private Future<String> pass(JobRun run, Locate wanted, Progress from) {
        long start = nanoClock.getAsLong();
        return run.checkpoint()
                .compose(goOn -> wanted.scope() == Locate.Scope.ALIVE
                        ? store.alive(from.afterId(), PAGE)
                        : store.page(from.afterId(), PAGE))
                .compose(page -> page.isEmpty()
                        ? end(wanted, from)
                        : locate(wanted, page)
                                .compose(found -> run.checkpoint().compose(goOn -> keep(found)))
                                .map(kept ->
                                        from.after(page.get(page.size() - 1).id(), kept))
                                .compose(next -> run.progress(next.json(), next.cursor())
                                        .compose(noted -> rest(nanoClock.getAsLong() - start))
                                        .compose(rested -> pass(run, wanted, next))));
    }

    /** Notes with which databases everything was located: those that were there when it began. */
    private Future<String> end(Locate wanted, Progress at) {
        Future<Void> noted = wanted.scope() == Locate.Scope.ALL
                ? store.settings().put(Locate.LOCATED_WITH, at.fingerprint())
                : Future.succeededFuture();
        return noted.map(done -> at.json());
    }

    private Future<Void> rest(long tookNanos) {
        long millis = Math.min(LONGEST_REST_MILLIS, TimeUnit.NANOSECONDS.toMillis(tookNanos) / 2);
        return millis == 0
                ? Future.succeededFuture()
                : vertx.timer(millis, TimeUnit.MILLISECONDS).mapEmpty();
    }

    /** Looks up a page: in memory on a worker thread, then what is left with others, where that is wanted. */
    private Future<Found> locate(Locate wanted, List<StoredProxy> page) {
        return vertx.executeBlocking(() -> lookUp(wanted, page), false)
                .compose(found -> wanted.web() ? ask(found, found.unknown(), 0) : Future.succeededFuture(found));
    }

    private Found lookUp(Locate wanted, List<StoredProxy> page) {
        Found found = new Found(new ArrayList<>(page.size()), new HashMap<>());
        for (StoredProxy entry : page) {
            if (wanted.scope() != Locate.Scope.UNLOCATED || isUnlocated(entry)) {
                found.entries.add(entry);
                found.places.computeIfAbsent(entry.key().host(), locator::locate);
                String exit = entry.health().exitAddress();
                if (exit != null) {
                    found.places.computeIfAbsent(exit, locator::locate);
                }
            }
        }
        return found;
    }

    private static boolean isUnlocated(StoredProxy entry) {
        return !entry.location().isTold()
                || (entry.health().exitAddress() != null && !entry.exit().isTold());
    }

    private Future<Found> ask(Found found, List<String> addresses, int from) {
        if (from >= addresses.size()) {
            return Future.succeededFuture(found);
        }
        List<String> some = addresses.subList(from, Math.min(addresses.size(), from + ASKED_AT_ONCE));
        List<Future<Location>> asked = some.stream().map(locator::ask).toList();
        return Future.join(asked).compose(answered -> {
            for (int i = 0; i < some.size(); i++) {
                found.places.put(some.get(i), asked.get(i).result());
            }
            return ask(found, addresses, from + ASKED_AT_ONCE);
        });
    }

    /** Writes what is new, and tells who serves it. */
    private Future<Kept> keep(Found found) {
        List<Located> news = new ArrayList<>();
        List<StoredProxy> moved = new ArrayList<>();
        int located = 0;
        for (StoredProxy entry : found.entries) {
            Located place = found.of(entry);
            StoredProxy placed = Whereabouts.with(entry, place);
            located += placed.location().isTold() || placed.exit().isTold() ? 1 : 0;
            if (!placed.equals(entry)) {
                news.add(place);
                moved.add(placed);
            }
        }
        int known = located;
        int read = found.entries.size();
        Future<Integer> written = news.isEmpty() ? Future.succeededFuture(0) : store.locate(news, clock.millis());
        return written.compose(changed -> placing.place(
                        moved.stream().filter(entry -> entry.health().alive()).toList())
                .map(told -> new Kept(read, known, changed)));
    }

    /**
     * What was found of a page.
     *
     * @param entries those that are wanted
     * @param places by address; unknown ones included
     */
    private record Found(List<StoredProxy> entries, Map<String, Location> places) {
        List<String> unknown() {
            List<String> unknown = new ArrayList<>();
            places.forEach((address, place) -> {
                if (place.country() == null) {
                    unknown.add(address);
                }
            });
            return unknown;
        }

        Located of(StoredProxy entry) {
            String exit = entry.health().exitAddress();
            return new Located(entry.id(), known(entry.key().host()), exit, exit == null ? null : known(exit));
        }

        private @Nullable Location known(String address) {
            Location place = places.getOrDefault(address, Location.UNKNOWN);
            return place.isUnknown() ? null : place;
        }
    }

    /** What became of a page: entries looked up, those of which a country is known, those that are elsewhere now. */
    private record Kept(int read, int located, int changed) {}

    /**
     * How far it is.
     *
     * @param afterId the last number done
     * @param read entries looked up
     * @param located those of which the country is known
     * @param changed those that are known to be elsewhere than before; those of a page that was done twice count once
     *     at most
     * @param unknown those of which no country is known
     * @param fingerprint of the databases when it began
     */
    private record Progress(long afterId, long read, long located, long changed, long unknown, String fingerprint) {
        static Progress of(String cursor) {
            String[] parts = cursor.split(" ", -1);
            return new Progress(
                    Long.parseLong(parts[0]),
                    Long.parseLong(parts[1]),
                    Long.parseLong(parts[2]),
                    Long.parseLong(parts[3]),
                    Long.parseLong(parts[4]),
                    parts[5]);
        }

        Progress after(long id, Kept kept) {
            return new Progress(
                    id,
                    read + kept.read,
                    located + kept.located,
                    changed + kept.changed,
                    unknown + kept.read - kept.located,
                    fingerprint);
        }

        String cursor() {
            return afterId + " " + read + " " + located + " " + changed + " " + unknown + " " + fingerprint;
        }

        String json() {
            return "{\"read\":" + read + ",\"located\":" + located + ",\"changed\":" + changed + ",\"unknown\":"
                    + unknown + "}";
        }
    }
}
