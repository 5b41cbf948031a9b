package dev.sluice.queue;

import dev.sluice.config.ConfigLoader;
import dev.sluice.config.QueueConfig;

/** The default section {@code queue}, with changes. */
public final class Settings {
    private Settings() {}

    /** @param settings such as {@code queue.lease=10s} */
    public static QueueConfig queue(String... settings) {
        return ConfigLoader.defaults(settings).queue();
    }
}
