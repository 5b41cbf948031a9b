package dev.sluice.store;

import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.StoredProxy;
import dev.sluice.proxy.Tier;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which stored entries are wanted, and in what order. All conditions must hold.
 *
 * @param state what has become of them
 * @param order of the pages
 * @param descending whether the greatest comes first
 * @param schemes of one of these schemes; empty for any
 * @param country ISO 3166-1 alpha-2 of the entry's address; null for any
 * @param asn autonomous system number; 0 for any
 * @param tiers in one of these tiers; empty for any
 * @param reasons whose last check failed for one of these reasons, {@link FailureReason#NONE} for one that did not fail; empty
 *     for any
 * @param list listed by the source of this name; null for any
 * @param hosts at one of these addresses or names, at most {@value #MOST_HOSTS}; empty for any
 * @param port at this port; 0 for any
 * @param leastChecks judged so many times or more, 0 or more
 * @param mostChecks judged so many times or fewer; {@link Long#MAX_VALUE} for any
 * @param after where the page before ended; null to begin
 * @param limit most entries, 1..{@value #MOST}
 */
public record ProxyQuery(
        State state,
        Order order,
        boolean descending,
        Set<Scheme> schemes,
        @Nullable String country,
        long asn,
        Set<Tier> tiers,
        Set<FailureReason> reasons,
        @Nullable String list,
        List<String> hosts,
        int port,
        long leastChecks,
        long mostChecks,
        @Nullable Position after,
        int limit) {
    /** Most entries of a page. */
    public static final int MOST = 1_000;

    /** Most hosts: the addresses of a network of 24 bits. */
    public static final int MOST_HOSTS = 256;

    public ProxyQuery {
        schemes = Set.copyOf(schemes);
        tiers = Set.copyOf(tiers);
        reasons = Set.copyOf(reasons);
        hosts = List.copyOf(hosts);
        if (order == Order.DEAD_SINCE && state != State.DEAD) {
            throw new IllegalArgumentException(
                    "order: " + order + " of " + state + " (expected: of " + State.DEAD + ")");
        }
        if (hosts.size() > MOST_HOSTS) {
            throw new IllegalArgumentException("hosts: " + hosts.size() + " (expected: at most " + MOST_HOSTS + ")");
        }
        if (limit < 1 || limit > MOST) {
            throw new IllegalArgumentException("limit: " + limit + " (expected: 1.." + MOST + ")");
        }
    }

    /** What has become of an entry. */
    public enum State {
        /** Checked, does not work, not archived. */
        DEAD,
        /** Never checked. */
        NEVER,
        /** Dead and unused for so long that it is checked no more. */
        ARCHIVED,
        /** Whatever it is: those that work, too. */
        ALL;

        /** Whether {@code stored} is in this state. */
        public boolean holds(StoredProxy stored) {
            return holds(stored.health(), stored.archived());
        }

        /** Whether an entry of this health is, archived or not. */
        public boolean holds(Health health, boolean archived) {
            return switch (this) {
                case DEAD -> !health.alive() && !archived && health.judged();
                case NEVER -> !health.judged();
                case ARCHIVED -> archived;
                case ALL -> true;
            };
        }
    }

    /** What pages are sorted by; entries that are equal in it by their numbers. */
    public enum Order {
        /** The number. */
        ID,
        /** Since when it is dead. */
        DEAD_SINCE
    }

    /**
     * A place between two entries.
     *
     * @param value by which the entry before it was sorted; its number once more where that is it
     * @param id its number
     */
    public record Position(long value, long id) {}

    /** Where {@code stored} stands in this order. */
    public Position position(StoredProxy stored) {
        return position(stored.id(), stored.health());
    }

    /** Where an entry of this number and health stands in this order. */
    public Position position(long id, Health health) {
        return new Position(order == Order.ID ? id : health.stateSinceMillis(), id);
    }

    /** Whether {@code one} comes behind {@code other} in this order; behind no end comes nothing. */
    public boolean isBehind(Position one, @Nullable Position other) {
        if (other == null) {
            return false;
        }
        int compared = one.value() == other.value()
                ? Long.compare(one.id(), other.id())
                : Long.compare(one.value(), other.value());
        return descending ? compared < 0 : compared > 0;
    }

    /**
     * The page that a search came to.
     *
     * @param proxies as many as are wanted and one more, where there are so many
     * @param end last place that was looked at; null when that was the end
     */
    public ProxySearch.Found found(List<StoredProxy> proxies, @Nullable Position end) {
        if (proxies.size() > limit) {
            List<StoredProxy> page = proxies.subList(0, limit);
            return new ProxySearch.Found(page, position(page.get(limit - 1)), false);
        }
        return new ProxySearch.Found(proxies, end, end != null);
    }
}
