package dev.sluice.port;

import java.util.List;

/** Which resource holds checking back now. {@code schedule} implements it, {@code api} uses it. Thread-safe. */
public interface Resources {
    /** The latest picture, at most a few seconds old. */
    Bottleneck bottleneck();

    /**
     * What holds checking back.
     *
     * @param resource which
     * @param text the same for people, with the figures it follows from
     * @param shed kinds of due work that give way in an emergency, none in most cases
     */
    record Bottleneck(Resource resource, String text, List<String> shed) {
        /** Nothing was observed yet. */
        public static final Bottleneck NONE = new Bottleneck(Resource.NOTHING, "nothing was observed yet", List.of());

        public Bottleneck {
            shed = List.copyOf(shed);
        }
    }

    /** What may be short. */
    enum Resource {
        /** Everything that is due is checked. */
        NOTHING,
        /** Our own network failed; judgement is suspended. */
        NETWORK,
        /** The heap. */
        MEMORY,
        /** Event loops are late. */
        PROCESSOR,
        /** The database: it fails, or takes results more slowly than they come. */
        STORE,
        /** As many checks are under way as connections and descriptors allow. */
        CONNECTIONS,
        /** The rate that the path to the proxies bears, or that was configured. */
        RATE
    }
}
