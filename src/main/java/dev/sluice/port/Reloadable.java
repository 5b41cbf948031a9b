package dev.sluice.port;

import dev.sluice.config.SluiceConfig;
import java.util.List;

/**
 * A room that can change while it runs. A reload has two phases: every room prepares, and only when none of them refuses,
 * all of them commit; otherwise all that have prepared abandon, and nothing has changed anywhere.
 */
public interface Reloadable {
    /** The dotted keys whose change this room puts into force. Several rooms may share a key; together they have every live one. */
    List<String> liveKeys();

    /**
     * Validates what the room would do with another configuration, and builds what it needs for it. Changes nothing that is
     * in force. Called on a worker thread, so it may block, one reload at a time.
     *
     * @param next what would be in force: for keys that wait for a restart, their present values
     * @throws dev.sluice.config.ConfigException when the room can't run so: nothing changes in any room
     */
    Prepared prepare(SluiceConfig next);

    /** A change that is ready. Exactly one of its methods is called, once, on a worker thread. */
    @FunctionalInterface
    interface Prepared {
        /** Puts it into force: quickly, without failing and without a request going wrong meanwhile. */
        void commit();

        /** Lets go of what was built for it. */
        default void abandon() {}
    }
}
