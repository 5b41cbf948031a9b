package dev.sluice.message;

import java.util.List;

/**
 * Another configuration is in force.
 *
 * @param applied dotted keys that changed and took effect
 * @param restart dotted keys that changed and wait for a restart
 */
public record ConfigChanged(List<String> applied, List<String> restart) {
    public ConfigChanged {
        applied = List.copyOf(applied);
        restart = List.copyOf(restart);
    }
}
