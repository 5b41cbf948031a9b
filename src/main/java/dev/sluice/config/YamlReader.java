package dev.sluice.config;

import java.io.StringReader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.representer.Representer;

/** Reads YAML, and JSON as the part of YAML that it is, into {@link Node}s. Builds no objects; bounded in size, depth and aliases. */
final class YamlReader {
    /** Longest text, in characters. */
    static final int MAX_LENGTH = 1 << 20;

    private static final int MAX_DEPTH = 32;
    private static final int MAX_NODES = 100_000;
    private static final int MAX_ALIASES = 50;

    private final IntFunction<String> origin;
    private final List<Problem> problems;
    private int nodes;

    private YamlReader(IntFunction<String> origin, List<Problem> problems) {
        this.origin = origin;
        this.problems = problems;
    }

    /**
     * Reads {@code text}, one document.
     *
     * @param origin gives the origin of a line, counted from 1
     * @param path of the value, for problems
     * @param problems receives what is wrong; never the text itself, which may hold secrets
     * @return null when it can't be read
     */
    static @Nullable Node read(String text, IntFunction<String> origin, String path, List<Problem> problems) {
        LoaderOptions options = new LoaderOptions();
        options.setCodePointLimit(MAX_LENGTH);
        options.setMaxAliasesForCollections(MAX_ALIASES);
        options.setNestingDepthLimit(MAX_DEPTH);
        options.setAllowDuplicateKeys(false);
        DumperOptions dumper = new DumperOptions();
        Yaml yaml = new Yaml(new SafeConstructor(options), new Representer(dumper), dumper, options);
        try {
            org.yaml.snakeyaml.nodes.Node root = yaml.compose(new StringReader(text));
            if (root == null) {
                return new Node.Nothing(origin.apply(1));
            }
            return new YamlReader(origin, problems).convert(root, root, path, 0);
        } catch (MarkedYAMLException e) {
            var mark = e.getProblemMark() == null ? e.getContextMark() : e.getProblemMark();
            String where =
                    mark == null ? "" : " at line " + (mark.getLine() + 1) + ", column " + (mark.getColumn() + 1);
            String what = e.getProblem() == null ? "" : ": " + e.getProblem();
            problems.add(new Problem(
                    origin.apply(mark == null ? 1 : mark.getLine() + 1),
                    path,
                    "broken YAML" + where + what.replaceAll("\\s+", " "),
                    ""));
        } catch (TooLarge | YAMLException | StackOverflowError e) {
            String what = e instanceof TooLarge ? e.getMessage() : "too deep, too long, or not text";
            problems.add(new Problem(origin.apply(1), path, "broken YAML: " + what, ""));
        }
        return null;
    }

    private Node convert(
            org.yaml.snakeyaml.nodes.Node node, org.yaml.snakeyaml.nodes.Node place, String path, int depth) {
        // Aliases share nodes, so that a few lines can stand for millions of values.
        if (depth > MAX_DEPTH || ++nodes > MAX_NODES) {
            throw new TooLarge();
        }
        String where = origin.apply(place.getStartMark().getLine() + 1);
        if (node instanceof MappingNode mapping) {
            return new Node.Section(entries(mapping, path, depth), where);
        }
        if (node instanceof SequenceNode sequence) {
            List<Node> items = new ArrayList<>(sequence.getValue().size());
            for (org.yaml.snakeyaml.nodes.Node item : sequence.getValue()) {
                items.add(convert(item, item, path + '[' + items.size() + ']', depth + 1));
            }
            return new Node.Items(List.copyOf(items), where);
        }
        ScalarNode scalar = (ScalarNode) node;
        if (scalar.isPlain() && scalar.getTag().equals(Tag.NULL)) {
            return new Node.Nothing(where);
        }
        return new Node.Text(scalar.getValue(), scalar.isPlain(), where);
    }

    private Map<String, Node> entries(MappingNode mapping, String path, int depth) {
        Map<String, Node> entries = new LinkedHashMap<>();
        for (NodeTuple tuple : mapping.getValue()) {
            org.yaml.snakeyaml.nodes.Node key = tuple.getKeyNode();
            String where = origin.apply(key.getStartMark().getLine() + 1);
            if (!(key instanceof ScalarNode name)) {
                problems.add(new Problem(where, path, "a key that is no text", "key: value"));
                continue;
            }
            String inner = path.isEmpty() ? name.getValue() : path + '.' + name.getValue();
            // The place of a value is that of its key, which is where people look.
            Node value = convert(tuple.getValueNode(), key, inner, depth + 1);
            if (entries.putIfAbsent(name.getValue(), value) != null) {
                problems.add(new Problem(where, inner, "given twice", "once"));
            }
        }
        return java.util.Collections.unmodifiableMap(entries);
    }

    private static final class TooLarge extends RuntimeException {
        private static final long serialVersionUID = 1L;

        TooLarge() {
            super("more than " + MAX_NODES + " values, or more than " + MAX_DEPTH + " levels");
        }
    }
}
