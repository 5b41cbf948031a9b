package dev.sluice.port;

import java.util.Map;

/**
 * What the entries of each source turned out to be worth, as of the last count. {@code keep} implements it, {@code fetch}
 * and {@code api} use it. Thread-safe.
 */
public interface SourceFigures {
    /** Nobody has counted, and nobody will. */
    SourceFigures NONE = () -> Counted.NEVER;

    /** The last count; {@link Counted#NEVER} before the first. */
    Counted counted();

    /**
     * A count over everything stored.
     *
     * @param atMillis when it was complete, milliseconds since 1970-01-01T00:00Z; 0 for never
     * @param alive entries that are alive, whoever lists them
     * @param bySource everything that ever listed an entry, by name: sources, imports, extensions
     */
    record Counted(long atMillis, long alive, Map<String, Of> bySource) {
        /** Before the first count. */
        public static final Counted NEVER = new Counted(0, 0, Map.of());

        public Counted {
            bySource = Map.copyOf(bySource);
        }

        /** Whether there was a count. */
        public boolean known() {
            return atMillis > 0;
        }

        /** Figures of a source; {@link Of#NOTHING} when it never listed anything. */
        public Of of(String source) {
            return bySource.getOrDefault(source, Of.NOTHING);
        }
    }

    /**
     * A source. All but {@code aliveFirst} is about entries that it lists now.
     *
     * @param listed entries
     * @param alive those of them that are alive
     * @param alone those that no other source lists
     * @param aliveAlone those that no other source lists and that are alive
     * @param checked those that were ever checked
     * @param everAlive those that were ever seen alive
     * @param aliveFirst entries that are alive and that no other source listed earlier, whether it still lists them or not;
     *     of several sources that listed an entry in the same millisecond each counts as the first
     * @param checks checks of its entries so far, by whatever source they came to be known
     * @param successes those of the checks that succeeded
     */
    record Of(
            long listed,
            long alive,
            long alone,
            long aliveAlone,
            long checked,
            long everAlive,
            long aliveFirst,
            long checks,
            long successes) {
        /** Of a source that never listed anything. */
        public static final Of NOTHING = new Of(0, 0, 0, 0, 0, 0, 0, 0, 0);

        /** Both together, of entries that are not the same. */
        public Of plus(Of other) {
            return new Of(
                    listed + other.listed,
                    alive + other.alive,
                    alone + other.alone,
                    aliveAlone + other.aliveAlone,
                    checked + other.checked,
                    everAlive + other.everAlive,
                    aliveFirst + other.aliveFirst,
                    checks + other.checks,
                    successes + other.successes);
        }
    }
}
