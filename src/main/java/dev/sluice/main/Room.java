package dev.sluice.main;

import dev.sluice.config.SluiceConfig;
import dev.sluice.port.Reloadable;
import java.util.List;
import java.util.function.Function;

/**
 * A part of the server that follows the configuration and is no room with a class of its own.
 *
 * @param liveKeys as of {@link Reloadable#liveKeys}
 * @param ready as of {@link Reloadable#prepare}
 */
record Room(List<String> liveKeys, Function<SluiceConfig, Prepared> ready) implements Reloadable {
    Room {
        liveKeys = List.copyOf(liveKeys);
    }

    @Override
    public Prepared prepare(SluiceConfig next) {
        return ready.apply(next);
    }
}
