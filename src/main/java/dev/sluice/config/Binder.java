package dev.sluice.config;

import dev.sluice.config.Shape.Key;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Turns nodes into records. Goes on after a problem, so that all of them are told at once. */
final class Binder {
    private static final int MAX_SHOWN = 100;

    private final List<Problem> problems;
    private final Map<String, String> origins = new LinkedHashMap<>();

    /** Reports to {@code problems}. */
    Binder(List<Problem> problems) {
        this.problems = problems;
    }

    /** Where each key got its value, in the order of the records. */
    Map<String, String> origins() {
        return origins;
    }

    /** Binds the whole configuration; null when there is a problem. */
    @Nullable
    SluiceConfig bind(Node root) {
        return (SluiceConfig) section(Shape.ROOT, root, "");
    }

    private @Nullable Object section(Shape.Section shape, Node node, String path) {
        int before = problems.size();
        if (!(node instanceof Node.Section given)) {
            report(node, path, node.kind(), "a section with " + names(shape));
            return null;
        }
        given.entries().forEach((name, value) -> {
            if (shape.key(name) == null) {
                report(value, join(path, name), "unknown key", Suggestions.of(name, path, shape));
            }
        });
        @Nullable Object[] arguments = new Object[shape.keys().size()];
        for (int i = 0; i < arguments.length; i++) {
            Key key = shape.keys().get(i);
            String inner = join(path, key.name());
            Node value = given.entries().get(key.name());
            arguments[i] = value == null || value instanceof Node.Nothing
                    ? absent(key, given, inner)
                    : value(key, key.shape(), value, inner);
        }
        if (problems.size() > before) {
            return null;
        }
        Object bound = construct(shape, arguments, node, path);
        if (bound != null) {
            ConfigRules.check(bound, (component, expected) -> {
                String inner = join(path, component);
                Node value = given.entries().getOrDefault(component, given);
                report(value, inner, value == given ? "missing" : shown(value, false), expected);
            });
        }
        return problems.size() > before ? null : bound;
    }

    private @Nullable Object absent(Key key, Node.Section parent, String path) {
        Shape shape = key.shape();
        if (shape instanceof Shape.Section inner) {
            return section(inner, Node.Section.empty("default"), path);
        }
        origins.put(path, "default");
        if (!key.setting().value().isEmpty()) {
            return value(key, shape, written(key.setting().value(), shape), path);
        }
        if (shape instanceof Shape.ListOf) {
            return List.of();
        }
        if (shape instanceof Shape.MapOf) {
            return Map.of();
        }
        if (!key.nullable()) {
            report(parent, path, "missing", describe(key, shape));
        }
        return null;
    }

    /** A default as it stands in the annotation: lists by comma. */
    private static Node written(String text, Shape shape) {
        if (!(shape instanceof Shape.ListOf)) {
            return new Node.Text(text, true, "default");
        }
        List<Node> items = new ArrayList<>();
        for (String item : text.split(",", -1)) {
            items.add(new Node.Text(item.strip(), true, "default"));
        }
        return new Node.Items(items, "default");
    }

    private @Nullable Object value(Key key, Shape shape, Node node, String path) {
        if (shape instanceof Shape.Section section) {
            return section(section, node, path);
        }
        if (shape instanceof Shape.ListOf list) {
            return list(key, list, node, path);
        }
        if (shape instanceof Shape.MapOf map) {
            return map(key, map, node, path);
        }
        if (shape instanceof Shape.Scalar scalar) {
            return scalar(key, scalar, node, path);
        }
        return plain(node);
    }

    private @Nullable Object list(Key key, Shape.ListOf shape, Node node, String path) {
        if (!(node instanceof Node.Items given)) {
            report(node, path, node.kind(), "a list");
            return null;
        }
        origins.put(path, node.origin());
        List<Object> bound = new ArrayList<>();
        for (Node item : given.items()) {
            Object value = value(key, shape.element(), item, path + '[' + bound.size() + ']');
            bound.add(value == null ? Unbound.UNBOUND : value);
        }
        return bound;
    }

    private @Nullable Object map(Key key, Shape.MapOf shape, Node node, String path) {
        if (!(node instanceof Node.Section given)) {
            report(node, path, node.kind(), "a section");
            return null;
        }
        if (!(shape.value() instanceof Shape.Section)) {
            origins.put(path, node.origin());
        }
        Map<String, Object> bound = new LinkedHashMap<>();
        given.entries().forEach((name, item) -> {
            String inner = join(path, name);
            String expected = ConfigRules.expectedName(key, name);
            if (expected != null) {
                report(item, inner, "bad name", expected);
            }
            Object value;
            if (item instanceof Node.Nothing nothing) {
                value = shape.value() instanceof Shape.Section section
                        ? section(section, Node.Section.empty(nothing.origin()), inner)
                        : null;
            } else {
                value = value(key, shape.value(), item, inner);
            }
            if (value != null) {
                bound.put(name, value);
            }
        });
        return bound;
    }

    private @Nullable Object scalar(Key key, Shape.Scalar shape, Node node, String path) {
        if (!(node instanceof Node.Text given)) {
            report(node, path, node.kind(), describe(key, shape));
            return null;
        }
        origins.put(path, node.origin());
        Object value = Scalars.read(shape.type(), given.text(), key.setting());
        if (value == null) {
            report(node, path, shown(node, hidden(key, shape)), describe(key, shape));
            return null;
        }
        String expected = ConfigRules.expected(key, value);
        if (expected != null) {
            report(node, path, shown(node, hidden(key, shape)), expected);
            return null;
        }
        return value;
    }

    /** Values of headers are hidden: they may be credentials. */
    private static boolean hidden(Key key, Shape shape) {
        return shape.secret() || key.shape() instanceof Shape.MapOf;
    }

    private static String describe(Key key, Shape shape) {
        return shape instanceof Shape.Scalar scalar ? Scalars.expected(scalar.type(), key.setting()) : shape.text();
    }

    /** The value as YAML means it, in Java's own types; null for nothing. */
    private static @Nullable Object plain(Node node) {
        if (node instanceof Node.Items items) {
            return items.items().stream()
                    .map(Binder::plain)
                    .filter(Objects::nonNull)
                    .toList();
        }
        if (node instanceof Node.Section section) {
            Map<String, Object> values = new LinkedHashMap<>();
            section.entries().forEach((name, item) -> {
                Object value = plain(item);
                if (value != null) {
                    values.put(name, value);
                }
            });
            return values;
        }
        if (!(node instanceof Node.Text text)) {
            return null;
        }
        String form = text.text();
        if (!text.plain()) {
            return form;
        }
        if (form.matches("-?(0|[1-9][0-9]{0,17})")) {
            long number = Long.parseLong(form);
            return number == (int) number ? (Object) (int) number : (Object) number;
        }
        if (form.matches("-?[0-9]{1,300}\\.[0-9]{1,300}")) {
            return Double.valueOf(form);
        }
        return form.equals("true") ? Boolean.TRUE : form.equals("false") ? (Object) Boolean.FALSE : form;
    }

    private @Nullable Object construct(Shape.Section shape, @Nullable Object[] arguments, Node node, String path) {
        Class<?>[] types = new Class<?>[arguments.length];
        RecordComponent[] components = shape.type().getRecordComponents();
        for (int i = 0; i < types.length; i++) {
            types[i] = components[i].getType();
        }
        try {
            Constructor<?> constructor = shape.type().getDeclaredConstructor(types);
            return constructor.newInstance(arguments);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof IllegalArgumentException refusal) {
                report(node, path, String.valueOf(refusal.getMessage()), "");
                return null;
            }
            throw new IllegalStateException(shape.type().getName() + " can't be built", e);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(shape.type().getName() + " can't be built", e);
        }
    }

    private void report(Node node, String path, String value, String expected) {
        problems.add(new Problem(node.origin(), path, value, expected));
    }

    private static String shown(Node node, boolean hidden) {
        if (!(node instanceof Node.Text text)) {
            return node.kind();
        }
        if (hidden) {
            return "***";
        }
        String clean = Scalars.redact(text.text()).replaceAll("\\p{Cntrl}", "?");
        return '"' + (clean.length() > MAX_SHOWN ? clean.substring(0, MAX_SHOWN) + "…" : clean) + '"';
    }

    private static String names(Shape.Section shape) {
        return String.join(", ", shape.keys().stream().map(Key::name).toList());
    }

    static String join(String path, String name) {
        return path.isEmpty() ? name : path + '.' + name;
    }

    /** Stands in a list for an item with a problem, until the whole is given up. */
    private enum Unbound {
        UNBOUND
    }
}
