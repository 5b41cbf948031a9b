package dev.sluice.cadence.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Histories of many proxies.
 *
 * @param groups names of the lists
 * @param proxies in a fixed order, by which each draws its own randomness
 * @param endMillis when the observation ends
 */
public record World(List<String> groups, List<Lifeline> proxies, long endMillis) {
    /** When the observation begins; not 0, which {@code Health} takes for never. A midnight. */
    public static final long START_MILLIS = TimeUnit.DAYS.toMillis(20_000);

    public World {
        groups = List.copyOf(groups);
        proxies = List.copyOf(proxies);
    }

    /** {@code days} after the start. */
    public static long day(double days) {
        return START_MILLIS + Math.round(days * TimeUnit.DAYS.toMillis(1));
    }

    /** The proxies of one list alone. */
    public World only(int group) {
        return new World(
                groups, proxies.stream().filter(proxy -> proxy.group() == group).toList(), endMillis);
    }

    /**
     * With {@code times} proxies more for each one there is, none of which ever works, each found when the one it stands
     * beside is.
     */
    public World withNeverWorking(int times) {
        List<Lifeline> all = new ArrayList<>(proxies);
        for (Lifeline proxy : proxies) {
            for (int i = 0; i < times; i++) {
                all.add(new Lifeline(proxy.group(), proxy.foundAtMillis(), new long[0]));
            }
        }
        return new World(groups, all, endMillis);
    }
}
