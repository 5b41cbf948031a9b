package dev.sluice.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A value of some configuration input, before it is bound to a type. Knows where it stands. */
sealed interface Node {
    /** Where it stands, as in {@link Problem#origin()}. */
    String origin();

    /** A scalar as written; {@code plain} without quotes. */
    record Text(String text, boolean plain, String origin) implements Node {}

    /** {@code null}, {@code ~} or nothing at all: takes away what a lower layer set; leaves a section as it is. */
    record Nothing(String origin) implements Node {}

    /** A list. */
    record Items(List<Node> items, String origin) implements Node {}

    /** A mapping, in order. */
    record Section(Map<String, Node> entries, String origin) implements Node {
        static Section empty(String origin) {
            return new Section(Map.of(), origin);
        }
    }

    /** {@code value} at the end of {@code path}, as sections of one entry each. */
    static Node at(List<String> path, Node value) {
        Node node = value;
        for (int i = path.size() - 1; i >= 0; i--) {
            node = new Section(Map.of(path.get(i), node), value.origin());
        }
        return node;
    }

    /** {@code upper} laid over {@code lower}: sections entry by entry, everything else as a whole. */
    static Node merge(Node lower, Node upper) {
        if (!(lower instanceof Section below)) {
            return upper;
        }
        if (upper instanceof Nothing) {
            return lower;
        }
        if (!(upper instanceof Section above)) {
            return upper;
        }
        Map<String, Node> merged = new LinkedHashMap<>(below.entries());
        above.entries().forEach((key, value) -> merged.merge(key, value, Node::merge));
        return new Section(merged, above.entries().isEmpty() ? below.origin() : above.origin());
    }

    /** What it is, without its content. */
    default String kind() {
        if (this instanceof Items) {
            return "a list";
        }
        if (this instanceof Section) {
            return "a section";
        }
        return this instanceof Nothing ? "nothing" : "a single value";
    }
}
