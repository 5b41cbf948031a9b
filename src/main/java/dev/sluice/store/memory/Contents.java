package dev.sluice.store.memory;

import dev.sluice.port.KeyRecord;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a model held at a moment. Immutable; for any thread.
 *
 * @param lastId highest number of an entry that was given out
 * @param settings by name
 * @param keys API keys, by id
 * @param chunks of imports, by job and number
 * @param entries by number
 */
public record Contents(
        long lastId, Map<String, String> settings, List<KeyRecord> keys, List<Chunk> chunks, List<Entry> entries) {
    /** What {@code model} holds now. On its thread; copies references only. */
    public static Contents of(Model model) {
        return new Contents(
                model.lastId(),
                new TreeMap<>(model.settings().map()),
                List.copyOf(model.keys().all()),
                List.copyOf(model.chunks().all()),
                List.copyOf(model.entries().all()));
    }
}
