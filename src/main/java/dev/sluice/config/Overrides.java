package dev.sluice.config;

import dev.sluice.config.Shape.Key;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Single settings from outside the file: the environment and {@code --set}. Lays them over a tree. */
final class Overrides {
    /** Where the first administrator key may be given under a shorter name. */
    static final String ADMIN_KEY = "SLUICE_ADMIN_KEY";

    /** The file, where the command line names none. */
    static final String CONFIG = "SLUICE_CONFIG";

    /** The preset, where the command line names none. */
    static final String PRESET = "SLUICE_PRESET";

    private static final String PREFIX = "SLUICE_";
    /** Keys that encrypt stored passwords, and the file that holds them, under shorter names. */
    private static final String ENCRYPTION_KEY = "SLUICE_ENCRYPTION_KEY";

    private static final String ENCRYPTION_KEY_FILE = "SLUICE_ENCRYPTION_KEY_FILE";
    private static final Map<String, List<String>> SHORT = Map.of(
            ADMIN_KEY, List.of("security", "admin-key"),
            ENCRYPTION_KEY, List.of("security", "encryption", "keys"),
            ENCRYPTION_KEY_FILE, List.of("security", "encryption", "key-file"));
    private static final Set<String> RESERVED = Set.of(CONFIG, PRESET);
    private static final String TESTS = "SLUICE_TEST_";

    /** What Kubernetes puts into variables named after services. */
    private static final Pattern SERVICE_LINK = Pattern.compile("(tcp|udp|sctp)://\\S+:[0-9]+");

    private final List<Problem> problems;
    private final List<String> warnings;
    private Node tree;

    /** Starts from {@code tree}. */
    Overrides(Node tree, List<Problem> problems, List<String> warnings) {
        this.tree = tree;
        this.problems = problems;
        this.warnings = warnings;
    }

    /** The tree with everything laid over it so far. */
    Node tree() {
        return tree;
    }

    /** Lays {@code SLUICE_…} variables over the tree. Empty ones count as absent. */
    void environment(Map<String, String> environment) {
        new TreeMap<>(environment).forEach((name, value) -> {
            if (name.startsWith(PREFIX)
                    && !value.isEmpty()
                    && !RESERVED.contains(name)
                    && !SHORT.containsKey(name)
                    && !name.startsWith(TESTS)) {
                variable(name, value);
            }
        });
        SHORT.forEach((name, path) -> {
            String value = environment.getOrDefault(name, "");
            if (!value.isEmpty()) {
                lay(path, new Node.Text(value, false, name));
            }
        });
    }

    private void variable(String name, String value) {
        Place place = place(Shape.ROOT, tree, List.of(), name.substring(PREFIX.length()));
        if (place == null
                || place.shape instanceof Shape.Section && !value.stripLeading().startsWith("{")) {
            String nearest = Suggestions.nearest(name, variables());
            warnings.add(
                    name + ": no such setting, ignored" + (nearest == null ? "" : " (did you mean " + nearest + "?)"));
            return;
        }
        boolean number = place.shape instanceof Shape.Scalar scalar
                && Scalars.name(scalar.type()).equals("number");
        if (number && SERVICE_LINK.matcher(value).matches()) {
            warnings.add(name + ": looks like a service link of Kubernetes, ignored (set enableServiceLinks: false)");
            return;
        }
        Node node = node(place.shape, value, name, String.join(".", place.path), false);
        if (node != null) {
            lay(place.path, node);
        }
    }

    /** Lays {@code key=value} over the tree, one after the other. */
    void settings(List<String> settings) {
        for (String setting : settings) {
            int equals = setting.indexOf('=');
            String key = equals < 0 ? "" : setting.substring(0, equals).trim();
            if (key.isEmpty()) {
                problems.add(
                        new Problem("--set", "", "a setting without a key", "key=value, such as server.port=8081"));
                continue;
            }
            Place place = dotted(key);
            if (place != null) {
                Node node = node(place.shape, setting.substring(equals + 1), "--set", key, true);
                if (node != null) {
                    lay(place.path, node);
                }
            }
        }
    }

    private void lay(List<String> path, Node node) {
        tree = Node.merge(tree, Node.at(path, node));
    }

    private record Place(List<String> path, Shape shape) {}

    /** Finds what the rest of a variable's name means below {@code shape}; null when it means nothing. */
    private static @Nullable Place place(Shape shape, @Nullable Node node, List<String> path, String rest) {
        if (rest.isEmpty()) {
            return new Place(path, shape);
        }
        if (shape instanceof Shape.Section section) {
            for (Key key : section.keys()) {
                String tail = tail(variable(key.name()), rest);
                Place found =
                        tail == null ? null : place(key.shape(), child(node, key.name()), plus(path, key.name()), tail);
                if (found != null) {
                    return found;
                }
            }
        }
        if (shape instanceof Shape.MapOf map && map.value() instanceof Shape.Section section) {
            return entry(section, node, path, rest);
        }
        return null;
    }

    /** Names that exist come first; a new one is what stands before the longest key. */
    private static @Nullable Place entry(Shape.Section section, @Nullable Node node, List<String> path, String rest) {
        if (node instanceof Node.Section known) {
            for (String name : known.entries().keySet()) {
                String tail = tail(variable(name), rest);
                Place found = tail == null || tail.isEmpty()
                        ? null
                        : place(section, child(node, name), plus(path, name), tail);
                if (found != null) {
                    return found;
                }
            }
        }
        for (int end = rest.indexOf('_'); end > 0; end = rest.indexOf('_', end + 1)) {
            String name = rest.substring(0, end).toLowerCase(Locale.ROOT).replace('_', '-');
            Place found = place(section, null, plus(path, name), rest.substring(end + 1));
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    private static @Nullable Node child(@Nullable Node node, String name) {
        return node instanceof Node.Section section ? section.entries().get(name) : null;
    }

    /** What follows {@code head} and an underscore in {@code name}; null when it begins otherwise. */
    private static @Nullable String tail(String head, String name) {
        if (name.equals(head)) {
            return "";
        }
        return name.startsWith(head + '_') ? name.substring(head.length() + 1) : null;
    }

    private static List<String> plus(List<String> path, String name) {
        List<String> longer = new ArrayList<>(path);
        longer.add(name);
        return longer;
    }

    /** {@code server.management-port} as {@code SERVER_MANAGEMENT_PORT}. */
    static String variable(String path) {
        return path.toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9]", "_");
    }

    /** Every variable there is, except those of named entries. */
    static List<String> variables() {
        Map<String, Shape> paths = new LinkedHashMap<>();
        collect(Shape.ROOT, "", paths);
        return paths.keySet().stream().map(path -> PREFIX + variable(path)).toList();
    }

    private static void collect(Shape.Section section, String path, Map<String, Shape> paths) {
        for (Key key : section.keys()) {
            String inner = Binder.join(path, key.name());
            if (key.shape() instanceof Shape.Section nested) {
                collect(nested, inner, paths);
            } else {
                paths.put(inner, key.shape());
            }
        }
    }

    private @Nullable Place dotted(String key) {
        List<String> parts = List.of(key.split("\\.", -1));
        Shape shape = Shape.ROOT;
        Node node = tree;
        List<String> path = new ArrayList<>();
        for (int i = 0; i < parts.size(); ) {
            int taken = 1;
            if (shape instanceof Shape.Section section) {
                Key found = section.key(parts.get(i));
                if (found == null) {
                    String above = String.join(".", path);
                    problems.add(
                            new Problem("--set", key, "unknown key", Suggestions.of(parts.get(i), above, section)));
                    return null;
                }
                shape = found.shape();
            } else if (shape instanceof Shape.MapOf map) {
                taken = entryLength(map, node, parts, i);
                shape = map.value();
            } else {
                problems.add(new Problem("--set", key, "unknown key", String.join(".", path)));
                return null;
            }
            String name = String.join(".", parts.subList(i, i + taken));
            path.add(name);
            node = child(node, name);
            i += taken;
        }
        return new Place(List.copyOf(path), shape);
    }

    /** How many parts the name of an entry takes: names may have dots. */
    private static int entryLength(Shape.MapOf map, @Nullable Node node, List<String> parts, int from) {
        int rest = parts.size() - from;
        if (!(map.value() instanceof Shape.Section section)) {
            return rest;
        }
        for (int taken = rest; taken > 0; taken--) {
            if (child(node, String.join(".", parts.subList(from, from + taken))) != null) {
                return taken;
            }
        }
        for (int taken = 1; taken < rest; taken++) {
            if (section.key(parts.get(from + taken)) != null) {
                return taken;
            }
        }
        return rest;
    }

    /** A value written in one line: as it is, by comma for lists, as YAML where it needs structure. */
    private @Nullable Node node(Shape shape, String text, String origin, String path, boolean quotes) {
        String form = text.trim();
        boolean structured = form.startsWith("[") || form.startsWith("{");
        if (shape instanceof Shape.Scalar) {
            if (quotes && (form.startsWith("\"") || form.startsWith("'"))) {
                return YamlReader.read(form, line -> origin, path, problems);
            }
            boolean nothing = quotes && (form.isEmpty() || form.equals("null") || form.equals("~"));
            return nothing ? new Node.Nothing(origin) : new Node.Text(text, false, origin);
        }
        if (shape instanceof Shape.ListOf list && list.element() instanceof Shape.Scalar && !structured) {
            List<Node> items = new ArrayList<>();
            for (String item : form.split(",", -1)) {
                if (!item.isBlank()) {
                    items.add(new Node.Text(item.trim(), false, origin));
                }
            }
            return new Node.Items(List.copyOf(items), origin);
        }
        return YamlReader.read(form, line -> origin, path, problems);
    }
}
