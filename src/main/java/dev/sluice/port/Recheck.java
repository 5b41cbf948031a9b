package dev.sluice.port;

import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.Tier;
import java.util.List;
import java.util.Set;

/**
 * Which entries to check now: what a job of the type {@value #TYPE} is given. All conditions must hold; an empty one holds
 * always.
 *
 * @param ids entries by number, at most {@value #MOST_IDS}
 * @param schemes of one of these schemes
 * @param tiers in one of these tiers
 * @param countries in one of these countries, ISO 3166-1 alpha-2
 * @param lists listed by one of these sources
 * @param notCheckedForSeconds last checked at least so long ago, or never; 0 for all
 */
public record Recheck(
        List<Long> ids,
        Set<Scheme> schemes,
        Set<Tier> tiers,
        Set<String> countries,
        Set<String> lists,
        long notCheckedForSeconds) {
    /** Type of the jobs, of kind {@link JobKind#VALIDATION}. */
    public static final String TYPE = "recheck";

    /** Entries that can be named by number. */
    public static final int MOST_IDS = 5_000;

    /** Type of jobs that plan the next check of every entry anew, of kind {@link JobKind#ANALYSIS}. */
    public static final String REPLAN = "replan";

    public Recheck {
        ids = List.copyOf(ids);
        schemes = Set.copyOf(schemes);
        tiers = Set.copyOf(tiers);
        countries = Set.copyOf(countries);
        lists = Set.copyOf(lists);
    }
}
