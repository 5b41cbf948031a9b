package dev.sluice.port;

/** The process itself. {@code main} implements it, {@code api} uses it. Thread-safe. */
public interface Instance {
    /** What does not change while it runs. */
    Facts facts();

    /** Measures what it uses. May read files: not for event loops. */
    Usage usage();

    /**
     * What does not change.
     *
     * @param version of the program; {@code unknown} where it does not run from its jar
     * @param startedAtMillis when it started, milliseconds since 1970-01-01T00:00Z
     * @param node its name among those that share a database
     * @param store {@code sqlite}, {@code postgresql}, {@code redis} or {@code file}
     */
    record Facts(String version, long startedAtMillis, String node, String store) {}

    /**
     * What it uses.
     *
     * @param heapBytes of the heap in use
     * @param maxHeapBytes the heap may grow to
     * @param directBytes of memory outside the heap that Netty holds; 0 where nobody knows
     * @param descriptors open files and sockets; 0 where nobody knows
     * @param maxDescriptors may be open; 0 where nobody knows
     * @param threads that live
     */
    record Usage(
            long heapBytes, long maxHeapBytes, long directBytes, long descriptors, long maxDescriptors, int threads) {
        /** Before the first measurement. */
        public static final Usage NONE = new Usage(0, 0, 0, 0, 0, 0);
    }
}
