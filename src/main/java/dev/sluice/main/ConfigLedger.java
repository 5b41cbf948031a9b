package dev.sluice.main;

import dev.sluice.config.ConfigLines;
import dev.sluice.config.LoadedConfig;
import dev.sluice.config.SluiceConfig;
import dev.sluice.port.ConfigInForce;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Remembers which configuration is in force, who said so, and what waits for a restart. Whoever reloads tells it by
 * {@link #reread}. Thread-safe.
 */
final class ConfigLedger implements ConfigInForce {
    private final Supplier<Map<String, String>> chosen;
    private final ConfigLines defaults = ConfigLines.defaults();
    private volatile Standing standing;

    /**
     * @param origins of what is in force, by key
     * @param latest what was read last: it counts where it can without a restart
     */
    private record Standing(ConfigLines inForce, Map<String, String> origins, ConfigLines latest) {}

    /**
     * A process that has just started.
     *
     * @param started what it started with
     * @param chosen values that were chosen by API, as they would be written, by key
     */
    ConfigLedger(LoadedConfig started, Supplier<Map<String, String>> chosen) {
        this.chosen = chosen;
        ConfigLines lines = ConfigLines.of(started.config());
        this.standing = new Standing(lines, started.origins(), lines);
    }

    /**
     * The configuration was read again, and accepted.
     *
     * @param latest as it was read
     * @param inForce as it counts from now on: {@code latest} but for what waits for a restart
     */
    synchronized void reread(LoadedConfig latest, SluiceConfig inForce) {
        Standing before = standing;
        ConfigLines lines = ConfigLines.of(inForce);
        ConfigLines read = ConfigLines.of(latest.config());
        Map<String, String> origins = new HashMap<>();
        for (String key : lines.keys()) {
            // What waits has its value, and so its origin, from before.
            boolean waits = before.inForce.has(key) && !lines.same(key, read);
            origins.put(key, ConfigLines.origin(key, waits ? before.origins : latest.origins()));
        }
        standing = new Standing(lines, Map.copyOf(origins), read);
    }

    @Override
    public List<Entry> entries() {
        Standing now = standing;
        Map<String, String> byApi = chosen.get();
        Set<String> keys = new LinkedHashSet<>(now.inForce.keys());
        for (String key : now.latest.keys()) {
            if (!now.inForce.same(key, now.latest)) {
                keys.add(key);
            }
        }
        List<Entry> entries = new ArrayList<>(keys.size());
        keys.forEach(key -> entries.add(entry(key, now, byApi.get(key))));
        return List.copyOf(entries);
    }

    private Entry entry(String key, Standing now, @Nullable String byApi) {
        String configured = now.inForce.shown(key);
        boolean live = now.inForce.has(key) ? now.inForce.live(key) : now.latest.live(key);
        String pending = null;
        if (!now.inForce.same(key, now.latest)) {
            String next = now.latest.shown(key);
            pending = next == null ? "" : next;
        }
        String usual = defaults.shown(key);
        if (byApi != null) {
            return new Entry(key, byApi, usual, API, live, !byApi.equals(usual), configured, pending);
        }
        return new Entry(
                key,
                configured,
                usual,
                ConfigLines.origin(key, now.origins),
                live,
                !now.inForce.same(key, defaults),
                null,
                pending);
    }
}
