package dev.sluice.store.memory;

import dev.sluice.message.Candidate;
import dev.sluice.port.Vault;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.Location;
import dev.sluice.proxy.ManualOverride;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.StoredProxy;
import dev.sluice.store.Located;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Everything that is stored of a proxy. Immutable: a change makes another one, so that what was can come back and whoever
 * writes a file needs no copy.
 *
 * @param id number, above 0
 * @param key what it is reached by; its password is opened when it is wanted
 * @param login how its credentials are stored
 * @param detected whether a check, not a list, told the scheme; or found entries that stand in for this one
 * @param claimed what lists say it can do
 * @param health what checks say
 * @param location where its address is
 * @param exit where its exit address is, or was when it was {@code locatedExit}
 * @param locatedExit the exit address that was looked up; null for none
 * @param listings by whom it is or was listed, by name of the source
 * @param firstSeenAtMillis when it was stored
 * @param archivedAtMillis when it was archived, 0 while it is not
 * @param override what the administrator ordered
 */
public record Entry(
        long id,
        ProxyKey key,
        Login login,
        boolean detected,
        int claimed,
        Health health,
        Location location,
        Location exit,
        @Nullable String locatedExit,
        List<Listing> listings,
        long firstSeenAtMillis,
        long archivedAtMillis,
        @Nullable ManualOverride override) {
    /** An entry nobody has listed or checked. */
    static Entry fresh(long id, ProxyKey key, Login login, Health health, long nowMillis) {
        return new Entry(
                id,
                key,
                login,
                false,
                0,
                health,
                Location.UNKNOWN,
                Location.UNKNOWN,
                null,
                List.of(),
                nowMillis,
                0,
                null);
    }

    boolean archived() {
        return archivedAtMillis > 0;
    }

    /** What no other entry is. */
    Identity identity() {
        return new Identity(key.scheme(), key.host(), key.port(), login.digest());
    }

    /** For callers of the store. */
    public StoredProxy stored() {
        return new StoredProxy(
                id,
                key,
                claimed,
                health,
                location,
                locatedExit != null && locatedExit.equals(health.exitAddress()) ? exit : Location.UNKNOWN,
                sources(),
                firstSeenAtMillis,
                archived(),
                override);
    }

    /** Whether a source lists it now. */
    boolean isListedBy(String source) {
        for (Listing listing : listings) {
            if (listing.current() && listing.source().equals(source)) {
                return true;
            }
        }
        return false;
    }

    private List<String> sources() {
        if (listings.isEmpty()) {
            return List.of();
        }
        List<String> sources = new ArrayList<>(listings.size());
        for (Listing listing : listings) {
            if (listing.current()) {
                sources.add(listing.source());
            }
        }
        return sources;
    }

    boolean turnedSince(long millis) {
        return health.stateSinceMillis() >= millis
                && (health.lastAliveAtMillis() > 0 || health.stateSinceMillis() > firstSeenAtMillis);
    }

    /** Another state; what is alive is not archived. */
    public Entry with(Health after) {
        return new Entry(
                id,
                key,
                login,
                detected,
                claimed,
                after,
                location,
                exit,
                locatedExit,
                listings,
                firstSeenAtMillis,
                after.alive() ? 0 : archivedAtMillis,
                override);
    }

    /** With a scheme that a check found. */
    Entry detectedAs(Scheme found) {
        return new Entry(
                id,
                key.withScheme(found),
                login,
                true,
                claimed,
                health,
                location,
                exit,
                locatedExit,
                listings,
                firstSeenAtMillis,
                archivedAtMillis,
                override);
    }

    Entry archivedAt(long millis) {
        return new Entry(
                id,
                key,
                login,
                detected,
                claimed,
                health,
                location,
                exit,
                locatedExit,
                listings,
                firstSeenAtMillis,
                millis,
                override);
    }

    Entry ordered(@Nullable ManualOverride order) {
        return new Entry(
                id,
                key,
                login,
                detected,
                claimed,
                health,
                location,
                exit,
                locatedExit,
                listings,
                firstSeenAtMillis,
                archivedAtMillis,
                order);
    }

    /** Takes over what another entry at the address was said to be. */
    Entry claiming(Entry other) {
        return claimed(other.claimed, other.location);
    }

    private Entry claimed(int bits, Location place) {
        return new Entry(
                id,
                key,
                login,
                detected,
                bits,
                health,
                place,
                exit,
                locatedExit,
                listings,
                firstSeenAtMillis,
                archivedAtMillis,
                override);
    }

    /** Where it was found to be; this where that is known. */
    Entry located(Located found) {
        Location address = found.address();
        Location place = address == null ? location : address.over(location);
        Location exitFound = found.exit();
        boolean isExit = exitFound != null && Objects.equals(found.exitAddress(), health.exitAddress());
        String of = isExit ? found.exitAddress() : locatedExit;
        Location known = Objects.equals(locatedExit, found.exitAddress()) ? exit : Location.UNKNOWN;
        Location exitPlace = exitFound == null || !isExit ? exit : exitFound.over(known);
        if (place.equals(location) && exitPlace.equals(exit) && Objects.equals(of, locatedExit)) {
            return this;
        }
        return new Entry(
                id,
                key,
                login,
                detected,
                claimed,
                health,
                place,
                exitPlace,
                of,
                listings,
                firstSeenAtMillis,
                archivedAtMillis,
                override);
    }

    /** With its password in another form. */
    Entry loggingIn(Login other, Vault vault) {
        return new Entry(
                id,
                other.open(key, vault),
                other,
                detected,
                claimed,
                health,
                location,
                exit,
                locatedExit,
                listings,
                firstSeenAtMillis,
                archivedAtMillis,
                override);
    }

    /** With what a list claims; a country only where no database knows better. */
    Entry claiming(Candidate candidate) {
        int bits = claimed | candidate.claimedCapabilities();
        String country = candidate.claimedCountry();
        boolean claimable = location.origin() == null || Location.CLAIMED.equals(location.origin());
        Location place = country == null || !claimable
                ? location
                : new Location(
                        location.region(),
                        country,
                        location.city(),
                        location.asn(),
                        location.organisation(),
                        location.type(),
                        Location.CLAIMED);
        return bits == claimed && Objects.equals(place, location) ? this : claimed(bits, place);
    }

    /** Listed by a source at a time. */
    Entry listed(String source, long atMillis) {
        return listed(new Listing(source, atMillis, atMillis, 0));
    }

    /** Listed wherever {@code other} is. */
    Entry listedAs(Entry other) {
        Entry listed = this;
        for (Listing listing : other.listings) {
            if (listing.current()) {
                listed = listed.listed(listing);
            }
        }
        return listed;
    }

    private Entry listed(Listing listing) {
        List<Listing> all = new ArrayList<>(listings.size() + 1);
        int at = 0;
        while (at < listings.size() && listings.get(at).source().compareTo(listing.source()) < 0) {
            all.add(listings.get(at++));
        }
        if (at < listings.size() && listings.get(at).source().equals(listing.source())) {
            all.add(listings.get(at++).again(listing.listedAtMillis()));
        } else {
            all.add(listing);
        }
        all.addAll(listings.subList(at, listings.size()));
        return with(all);
    }

    /** No longer listed by a source that brought it last before this time; null where nothing changes. */
    @Nullable
    Entry unlisted(String source, long atMillis) {
        for (int i = 0; i < listings.size(); i++) {
            Listing listing = listings.get(i);
            if (listing.source().equals(source) && listing.current() && listing.listedAtMillis() < atMillis) {
                List<Listing> all = new ArrayList<>(listings);
                all.set(i, listing.endedAt(atMillis));
                return with(all);
            }
        }
        return null;
    }

    /** No longer listed by anyone. */
    Entry unlisted(long atMillis) {
        return with(listings.stream()
                .map(listing -> listing.current() ? listing.endedAt(atMillis) : listing)
                .toList());
    }

    private Entry with(List<Listing> changed) {
        return new Entry(
                id,
                key,
                login,
                detected,
                claimed,
                health,
                location,
                exit,
                locatedExit,
                List.copyOf(changed),
                firstSeenAtMillis,
                archivedAtMillis,
                override);
    }
}
