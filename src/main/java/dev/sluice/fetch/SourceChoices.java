package dev.sluice.fetch;

import dev.sluice.bus.Loop;
import dev.sluice.port.Settings;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which sources were switched on or off at run time. A choice stands before the configuration and is kept over restarts,
 * until it is taken back; it counts at once, whether the database answers or not. One write at a time, of each source the
 * latest choice last. Confined to one event loop.
 */
final class SourceChoices {
    private static final Logger LOG = LoggerFactory.getLogger(SourceChoices.class);
    private static final String PREFIX = "fetch.sources.";
    private static final String SUFFIX = ".enabled";

    private final Loop loop;
    private final Settings settings;
    private final long patienceMillis;
    private final Map<String, Boolean> chosen = new HashMap<>();
    /** Sources whose latest choice is not in the database. */
    private final Set<String> unkept = new HashSet<>();
    /** What waits to be written, the oldest first. */
    private final Map<String, Promise<Void>> waiting = new LinkedHashMap<>();

    private boolean writing;
    /** Grows whenever a choice is made or written: what was read before may be older. */
    private long made;
    /** Whether the write under way has outlasted all patience: no further request waits for it. */
    private boolean overdue;

    /** @param patience how long an answer waits for the database */
    SourceChoices(Loop loop, Settings settings, Duration patience) {
        this.loop = loop;
        this.settings = settings;
        this.patienceMillis = patience.toMillis();
    }

    /** Name under which a choice is kept, and the key of the configuration it stands before. */
    static String setting(String source) {
        return PREFIX + source + SUFFIX;
    }

    /** Reads what was chosen before; to be called once, at first. Fails when the database does not answer. */
    Future<Void> load() {
        return loop.answer(settings::all).map(all -> {
            all.forEach(this::restore);
            return null;
        });
    }

    private void restore(String setting, String value) {
        if (isChoice(setting, value)) {
            chosen.put(source(setting), value.equals("true"));
        } else if (named(setting)) {
            LOG.atWarn().addKeyValue("setting", setting).log("what was kept is neither true nor false, and is ignored");
        }
    }

    /**
     * Reads again what is kept, and takes over what other instances have chosen. Our own choices that are on their way to
     * the database, or that it did not take, stay.
     *
     * @return what was chosen before, by the sources of which something else is chosen now; fails when the database does
     *     not answer
     */
    Future<Map<String, Optional<Boolean>>> refresh() {
        long begun = made;
        return loop.answer(settings::all).map(all -> begun == made ? takeOver(all) : Map.of());
    }

    private Map<String, Optional<Boolean>> takeOver(Map<String, String> all) {
        Map<String, Boolean> known = new HashMap<>();
        all.forEach((setting, value) -> {
            if (isChoice(setting, value)) {
                known.put(source(setting), value.equals("true"));
            }
        });
        Map<String, Optional<Boolean>> before = new HashMap<>();
        Set<String> either = new HashSet<>(known.keySet());
        either.addAll(chosen.keySet());
        for (String source : either) {
            Boolean now = known.get(source);
            Boolean then = chosen.get(source);
            if (!unkept.contains(source) && !Objects.equals(now, then)) {
                before.put(source, Optional.ofNullable(then));
                if (now == null) {
                    chosen.remove(source);
                } else {
                    chosen.put(source, now);
                }
            }
        }
        return before;
    }

    private static boolean isChoice(String setting, String value) {
        return named(setting) && (value.equals("true") || value.equals("false"));
    }

    private static boolean named(String setting) {
        return setting.startsWith(PREFIX)
                && setting.endsWith(SUFFIX)
                && setting.length() > PREFIX.length() + SUFFIX.length();
    }

    private static String source(String setting) {
        return setting.substring(PREFIX.length(), setting.length() - SUFFIX.length());
    }

    /** What was chosen for {@code source}; null for nothing. */
    @Nullable
    Boolean of(String source) {
        return chosen.get(source);
    }

    /** All choices, by the name under which they are kept. */
    Map<String, Boolean> all() {
        Map<String, Boolean> all = new HashMap<>();
        chosen.forEach((source, enabled) -> all.put(setting(source), enabled));
        return Map.copyOf(all);
    }

    /** Whether a restart would find what counts now for {@code source}. */
    boolean kept(String source) {
        return !unkept.contains(source);
    }

    /**
     * Chooses.
     *
     * @param enabled null takes the choice back
     * @return completes once it is written, or the database has shown that it does not answer; never fails
     */
    Future<Void> choose(String source, @Nullable Boolean enabled) {
        if (enabled == null) {
            chosen.remove(source);
        } else {
            chosen.put(source, enabled);
        }
        made++;
        unkept.add(source);
        Future<Void> written =
                waiting.computeIfAbsent(source, name -> Promise.promise()).future();
        boolean hopeless = overdue;
        write();
        return hopeless
                ? Future.succeededFuture()
                : written.timeout(patienceMillis, TimeUnit.MILLISECONDS).transform(result -> Future.succeededFuture());
    }

    private void write() {
        if (writing || waiting.isEmpty()) {
            return;
        }
        Map.Entry<String, Promise<Void>> first = waiting.entrySet().iterator().next();
        String source = first.getKey();
        Promise<Void> promise = first.getValue();
        waiting.remove(source);
        writing = true;
        Boolean latest = chosen.get(source);
        Future<Void> write = loop.answer(() ->
                latest == null ? settings.remove(setting(source)) : settings.put(setting(source), latest.toString()));
        write.timeout(patienceMillis, TimeUnit.MILLISECONDS).onFailure(failure -> overdue = !write.isComplete());
        write.onComplete(result -> {
            writing = false;
            overdue = false;
            made++;
            if (result.succeeded()) {
                if (!waiting.containsKey(source)) {
                    unkept.remove(source);
                }
                promise.complete();
            } else {
                LOG.atWarn()
                        .addKeyValue("source", source)
                        .addKeyValue("enabled", latest == null ? "as configured" : latest)
                        .setCause(result.cause())
                        .log("whether a source is fetched was changed, but is not kept");
                promise.fail(result.cause());
            }
            write();
        });
    }
}
