package dev.sluice.net.farm;

import java.util.List;

/**
 * Connections that were accepted, the anchor's included.
 *
 * @param total since the start
 * @param perSecond in each of the last whole seconds, at most 60, the oldest first
 * @param peak most in a second since the start
 */
public record Accepted(long total, List<Integer> perSecond, int peak) {
    public Accepted {
        perSecond = List.copyOf(perSecond);
    }
}
