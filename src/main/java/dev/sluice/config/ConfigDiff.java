package dev.sluice.config;

import dev.sluice.config.Shape.Key;
import java.lang.reflect.InvocationTargetException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What differs between two configurations, as dotted keys in the order of the file. A list counts as one key, a named
 * entry that was added or removed as one key.
 *
 * @param live keys that a reload puts into force
 * @param restart keys that wait for a restart
 */
public record ConfigDiff(List<String> live, List<String> restart) {
    public ConfigDiff {
        live = List.copyOf(live);
        restart = List.copyOf(restart);
    }

    /** What has changed from {@code before} to {@code after}. */
    public static ConfigDiff between(SluiceConfig before, SluiceConfig after) {
        List<String> live = new ArrayList<>();
        List<String> restart = new ArrayList<>();
        section(Shape.ROOT, before, after, "", false, live, restart);
        return new ConfigDiff(live, restart);
    }

    /** Every dotted key that a reload puts into force, in the order of the file; named entries as the one key above them. */
    public static List<String> liveKeys() {
        List<String> keys = new ArrayList<>();
        liveKeys(Shape.ROOT, "", false, keys);
        return List.copyOf(keys);
    }

    private static void liveKeys(Shape.Section shape, String path, boolean inherited, List<String> keys) {
        for (Key key : shape.keys()) {
            String inner = Binder.join(path, key.name());
            boolean effective = inherited || key.setting().live();
            if (key.shape() instanceof Shape.Section nested) {
                liveKeys(nested, inner, effective, keys);
            } else if (effective) {
                keys.add(inner);
            }
        }
    }

    /** Whether nothing has changed. */
    public boolean isEmpty() {
        return live.isEmpty() && restart.isEmpty();
    }

    /** {@code running} with those values of {@code next} that a reload puts into force. */
    public static SluiceConfig inForce(SluiceConfig running, SluiceConfig next) {
        return (SluiceConfig) live(Shape.ROOT, running, next);
    }

    private static void section(
            Shape.Section shape,
            Object before,
            Object after,
            String path,
            boolean inherited,
            List<String> live,
            List<String> restart) {
        for (Key key : shape.keys()) {
            Object old = key.in(before);
            Object now = key.in(after);
            if (Objects.equals(old, now)) {
                continue;
            }
            String inner = Binder.join(path, key.name());
            boolean effective = inherited || key.setting().live();
            if (key.shape() instanceof Shape.Section nested && old != null && now != null) {
                section(nested, old, now, inner, effective, live, restart);
            } else if (key.shape() instanceof Shape.MapOf map
                    && map.value() instanceof Shape.Section nested
                    && old instanceof Map<?, ?> olds
                    && now instanceof Map<?, ?> nows) {
                entries(nested, olds, nows, inner, effective, live, restart);
            } else {
                (effective ? live : restart).add(inner);
            }
        }
    }

    private static void entries(
            Shape.Section shape,
            Map<?, ?> before,
            Map<?, ?> after,
            String path,
            boolean effective,
            List<String> live,
            List<String> restart) {
        TreeSet<String> names = new TreeSet<>();
        before.keySet().forEach(name -> names.add((String) name));
        after.keySet().forEach(name -> names.add((String) name));
        for (String name : names) {
            Object old = before.get(name);
            Object now = after.get(name);
            if (old != null && now != null) {
                section(shape, old, now, Binder.join(path, name), effective, live, restart);
            } else {
                (effective ? live : restart).add(Binder.join(path, name));
            }
        }
    }

    private static Object live(Shape.Section shape, Object running, Object next) {
        @Nullable Object[] values = new Object[shape.keys().size()];
        Class<?>[] types = new Class<?>[values.length];
        for (int i = 0; i < values.length; i++) {
            Key key = shape.keys().get(i);
            types[i] = key.component().getType();
            Object old = key.in(running);
            Object now = key.in(next);
            if (key.shape() instanceof Shape.Section nested && !key.setting().live() && old != null && now != null) {
                values[i] = live(nested, old, now);
            } else {
                values[i] = key.setting().live() ? now : old;
            }
        }
        try {
            return shape.type().getDeclaredConstructor(types).newInstance(values);
        } catch (InvocationTargetException e) {
            throw new IllegalStateException(shape.type().getName() + " can't be mixed", e);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(shape.type().getName() + " can't be built", e);
        }
    }
}
