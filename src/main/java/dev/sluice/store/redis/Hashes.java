package dev.sluice.store.redis;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import dev.sluice.port.KeyRecord;
import dev.sluice.store.StoreException;
import dev.sluice.store.memory.Chunk;
import dev.sluice.store.memory.Contents;
import dev.sluice.store.memory.Entry;
import dev.sluice.store.memory.LineException;
import dev.sluice.store.memory.LineReader;
import dev.sluice.store.memory.LineWriter;
import dev.sluice.store.memory.Model;
import dev.sluice.store.memory.Part;
import dev.sluice.store.memory.Step;
import java.io.IOException;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How things are laid out: entries in hashes of {@value #BUCKET} each, by their numbers; settings, API keys and chunks of
 * imports in one hash each. Values are JSON, but for those of settings.
 */
final class Hashes {
    /** Few enough for one answer, many enough for few keys. */
    static final int BUCKET = 512;

    private static final JsonFactory JSON = new JsonFactory();

    private final RedisAddress address;

    Hashes(RedisAddress address) {
        this.address = address;
    }

    String key(Part part) {
        return address.table(part.text());
    }

    /** What a script of changes takes: the last state of everything that {@code steps} changed. */
    List<String> arguments(List<Step<?, ?>> steps) {
        Map<String, Map<String, Optional<String>>> hashes = new LinkedHashMap<>();
        for (Step<?, ?> step : steps) {
            Part part = step.table().part();
            String key = part == Part.ENTRIES ? address.entries(((Long) step.key()) / BUCKET) : key(part);
            hashes.computeIfAbsent(key, first -> new LinkedHashMap<>())
                    .put(step.key().toString(), Optional.ofNullable(text(step.after())));
        }
        return arguments(hashes);
    }

    /** What a script takes that writes everything but entries. */
    List<String> arguments(Contents contents) {
        Map<String, Map<String, Optional<String>>> hashes = new LinkedHashMap<>();
        Map<String, Optional<String>> settings = hash(hashes, Part.SETTINGS);
        contents.settings().forEach((name, value) -> settings.put(name, Optional.of(value)));
        Map<String, Optional<String>> keys = hash(hashes, Part.KEYS);
        contents.keys().forEach(key -> keys.put(key.id(), Optional.ofNullable(text(key))));
        Map<String, Optional<String>> chunks = hash(hashes, Part.CHUNKS);
        contents.chunks().forEach(chunk -> chunks.put(chunk.id().toString(), Optional.ofNullable(text(chunk))));
        return arguments(hashes);
    }

    private Map<String, Optional<String>> hash(Map<String, Map<String, Optional<String>>> hashes, Part part) {
        return hashes.computeIfAbsent(key(part), first -> new LinkedHashMap<>());
    }

    /** What a script takes that writes entries. */
    List<String> entries(List<Entry> entries) {
        Map<String, Map<String, Optional<String>>> hashes = new LinkedHashMap<>();
        for (Entry entry : entries) {
            hashes.computeIfAbsent(address.entries(entry.id() / BUCKET), first -> new LinkedHashMap<>())
                    .put(Long.toString(entry.id()), Optional.ofNullable(text(entry)));
        }
        return arguments(hashes);
    }

    private static List<String> arguments(Map<String, Map<String, Optional<String>>> hashes) {
        List<String> arguments = new ArrayList<>();
        hashes.forEach((key, fields) -> {
            List<String> sets = new ArrayList<>();
            List<String> removals = new ArrayList<>();
            fields.forEach((field, value) -> {
                if (value.isPresent()) {
                    sets.add(field);
                    sets.add(value.get());
                } else {
                    removals.add(field);
                }
            });
            arguments.add(key);
            arguments.add(Integer.toString(sets.size() / 2));
            arguments.add(Integer.toString(removals.size()));
            arguments.addAll(sets);
            arguments.addAll(removals);
        });
        return arguments;
    }

    private static @Nullable String text(@Nullable Object thing) {
        if (thing == null || thing instanceof String) {
            return (String) thing;
        }
        StringWriter text = new StringWriter();
        try (JsonGenerator out = JSON.createGenerator(text)) {
            LineWriter line = new LineWriter(out);
            if (thing instanceof Entry entry) {
                line.write(entry);
            } else if (thing instanceof KeyRecord key) {
                line.write(key);
            } else if (thing instanceof Chunk chunk) {
                line.write(chunk);
            } else {
                throw new IllegalStateException("a " + thing.getClass() + " (expected: an entry, a key or a chunk)");
            }
        } catch (IOException e) {
            throw new IllegalStateException("writing into memory failed", e);
        }
        return text.toString();
    }

    /** Takes over a field of a hash. Fails with FAILED, naming key and field, where it is damaged, and with FULL. */
    void load(Model model, Part part, String key, String field, String value) {
        if (part == Part.SETTINGS) {
            model.load(field, value);
            return;
        }
        try (JsonParser in = JSON.createParser(value)) {
            in.nextToken();
            LineReader line = new LineReader(in, model.vault());
            switch (part) {
                case ENTRIES -> {
                    if (!model.load(line.entry())) {
                        throw damaged(key, field, "an entry whose number or identity was there before");
                    }
                }
                case KEYS -> model.load(line.key());
                case CHUNKS -> model.load(line.chunk());
                default -> throw new IllegalStateException(part.text());
            }
        } catch (LineException e) {
            throw damaged(key, field, String.valueOf(e.getMessage()));
        } catch (IOException e) {
            throw damaged(key, field, "no JSON (expected: JSON)");
        }
    }

    private StoreException damaged(String key, String field, String what) {
        return new StoreException(
                StoreException.Kind.FAILED, address.name() + ": key " + key + ", field " + field + ": " + what);
    }
}
