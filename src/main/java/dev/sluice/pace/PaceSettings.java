package dev.sluice.pace;

/**
 * Bounds of the controller.
 *
 * @param adaptive false: {@code maxRate} is kept whatever happens, and only {@code limit} holds back
 * @param maxRate most starts a second, 1 or more
 * @param limit most checks at the same time, 1 or more
 * @param maxOpenFiles the process's limit of descriptors, 0 when not known
 */
public record PaceSettings(boolean adaptive, double maxRate, int limit, int maxOpenFiles) {
    public PaceSettings {
        if (!(maxRate >= 1)) {
            throw new IllegalArgumentException("maxRate: " + maxRate + " (expected: 1 or more)");
        }
        if (limit < 1) {
            throw new IllegalArgumentException("limit: " + limit + " (expected: 1 or more)");
        }
    }
}
