package dev.sluice.port;

import dev.sluice.proxy.Location;
import io.vertx.core.Future;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Tells where addresses are. {@code geo} implements it, {@code keep}, {@code api} and others use it. Thread-safe. */
public interface Locator {
    /**
     * What is known in this process: the operator's own networks, databases, a bounded cache before them. Takes about a
     * microsecond, never blocks, never fails.
     *
     * @param address IPv4 or IPv6 as text; anything else, and what nobody knows, is {@link Location#UNKNOWN}
     */
    Location locate(String address);

    /**
     * As {@link #locate}, and where that has no country, whatever else may be asked: answers kept in the store, a web
     * service within its budget. Never fails: what could not be asked is what {@link #locate} said.
     */
    Future<Location> ask(String address);

    /** The databases in force, in the order in which they are asked. */
    List<Database> databases();

    /** Counts since the start. */
    Figures figures();

    /**
     * A database file.
     *
     * @param name file name, or {@code built-in}
     * @param type as the file names itself, such as {@code GeoLite2-City}
     * @param builtAtMillis when it was made, milliseconds since 1970-01-01T00:00Z
     * @param ipVersion 4 or 6; one of 4 knows nothing of IPv6 addresses
     * @param attribution what its licence wants to be shown; null for nothing
     * @param problem why its newest version is not used; null where all is well
     */
    record Database(
            String name,
            String type,
            long builtAtMillis,
            int ipVersion,
            @Nullable String attribution,
            @Nullable String problem) {}

    /**
     * What it was asked.
     *
     * @param hits answers from memory
     * @param misses answers that databases were asked for
     * @param cached answers in memory now
     * @param asked questions to the web service
     * @param refused questions it was not asked, for want of budget or because it failed
     */
    record Figures(long hits, long misses, long cached, long asked, long refused) {}
}
