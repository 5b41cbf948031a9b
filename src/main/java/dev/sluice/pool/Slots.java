package dev.sluice.pool;

import dev.sluice.proxy.Health;
import dev.sluice.proxy.Location;
import dev.sluice.proxy.ProxyKey;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * Every proxy that may be handed out, each in a slot: a small number that stays its own while it is here and is given to
 * another one afterwards. About 160 bytes a proxy, in arrays of {@value Page#SLOTS}.
 *
 * <p>One thread writes. Any number read, and see each row as it was at one moment; whoever keeps a slot looks at it again
 * before use, because another proxy may stand there by then. Reports and picks change three words of a row themselves.
 */
final class Slots {
    /** No such slot. */
    static final int NONE = -1;

    // An odd factor: neighbours in a list come to stand apart, so that going from slot to slot mixes them.
    private static final int SCATTER = 1_021;

    private final Shared.Stock<Location, Place> places = new Shared.Stock<>(Place::new, place -> place.location);
    private final Shared.Stock<List<String>, Listing> listings =
            new Shared.Stock<>(Listing::new, listing -> listing.names);
    private final SlotIndex byId = new SlotIndex(slot -> Long.hashCode(word(slot, Row.ID)));
    private final SlotIndex byAddress = new SlotIndex(this::addressHash);
    private final long[] scratch = new long[Row.WORDS];
    private final AtomicLong changes = new AtomicLong();
    private final AtomicLong opinions = new AtomicLong();
    private final AtomicLong picks = new AtomicLong();

    private volatile Page[] pages = new Page[0];
    private volatile int size;
    private volatile int full;
    private int[] free = new int[Page.SLOTS];
    private int freeCount;

    /** Proxies that are here. */
    int size() {
        return size;
    }

    /** Those that were verified by more than a TCP connect. */
    int full() {
        return full;
    }

    /** Grows with everything that may change which proxies a view shows, but for reputation that reports moved. */
    long changes() {
        return changes.get();
    }

    /** Grows with every report that moved a reputation. */
    long opinions() {
        return opinions.get();
    }

    Page[] pages() {
        return pages;
    }

    Page page(int slot) {
        return pages[slot >>> Page.BITS];
    }

    long word(int slot, int word) {
        return page(slot).word(slot, word);
    }

    /** What stands in a slot now; null when it is empty. */
    @Nullable
    Served read(int slot) {
        return page(slot).read(slot);
    }

    /** Notes that the proxy was handed out, later than all others so far. */
    void picked(int slot) {
        page(slot).picked(slot, picks.incrementAndGet());
    }

    /** Number of the pick that gave it last, 0 for none. */
    long lastPick(int slot) {
        return word(slot, Row.LAST_PICK);
    }

    // Looking up.

    /** The slot of a proxy; {@link #NONE} when it is not here. */
    int find(long id) {
        int[] table = byId.table();
        int place = SlotIndex.first(table, Long.hashCode(id));
        while (true) {
            int slot = SlotIndex.slot(table, place);
            if (slot == -1) {
                return NONE;
            }
            if (slot >= 0 && word(slot, Row.ID) == id) {
                return slot;
            }
            place = SlotIndex.next(table, place);
        }
    }

    /** The proxy with the smallest number that clients may mean by {@code name}; null when there is none. */
    @Nullable
    Served find(ServedName name) {
        int[] table = byAddress.table();
        int place = SlotIndex.first(table, addressHash(name.host(), name.ipv4(), name.port()));
        long hostPort = name.ipv4() < 0 ? -1 : name.ipv4() << 16 | name.port();
        Served found = null;
        while (true) {
            int slot = SlotIndex.slot(table, place);
            if (slot == -1) {
                return found;
            }
            if (slot >= 0 && (hostPort < 0 || word(slot, Row.HOST_PORT) == hostPort)) {
                Served here = read(slot);
                if (here != null && name.names(here) && (found == null || here.id() < found.id())) {
                    found = here;
                }
            }
            place = SlotIndex.next(table, place);
        }
    }

    private int addressHash(int slot) {
        Page page = page(slot);
        long hostPort = page.word(slot, Row.HOST_PORT);
        Extra extra = page.extra(slot);
        String text = extra == null ? null : extra.host();
        return text == null ? hash(hostPort) : addressHash(text, (int) (hostPort & 0xffff));
    }

    private static int addressHash(String host, int port) {
        return addressHash(host, Row.ipv4(host), port);
    }

    private static int addressHash(String host, long address, int port) {
        return address >= 0 ? hash(address << 16 | port) : host.hashCode() * 31 + port;
    }

    private static int hash(long hostPort) {
        return (int) (hostPort * 0x9e3779b97f4a7c15L >>> 32);
    }

    /** Version of the health state that is known; -1 when the proxy is not here. Only for the writer. */
    int version(long id) {
        int slot = find(id);
        return slot == NONE ? -1 : (int) word(slot, Row.EXIT_VERSION);
    }

    // Writing: only the pool's writer.

    /**
     * Puts a proxy in, or replaces what is known of it.
     *
     * @param opinions points that applications' reports add or take away, asked for a proxy that is not here yet
     */
    void put(PooledProxy proxy, LongToDoubleFunction opinions) {
        int slot = find(proxy.id());
        boolean anew = slot == NONE;
        if (anew) {
            slot = take();
        }
        Page page = page(slot);
        long before = anew ? 0 : page.word(slot, Row.STATE);
        int hashBefore = anew ? 0 : addressHash(slot);
        Row.encode(proxy, scratch);
        if (anew) {
            scratch[Row.USES] = proxy.health().uses();
            scratch[Row.LAST_PICK] = 0;
            scratch[Row.REPUTE] = repute(
                    scratch[Row.STATE], scratch[Row.RATES], scratch[Row.USES], opinions.applyAsDouble(proxy.id()));
        }
        int hash = addressHash(proxy.key().host(), proxy.key().port());
        if (!anew && hash != hashBefore) {
            byAddress.remove(hashBefore, slot);
        }
        place(page, slot, proxy.location(), proxy.lists(), extra(proxy, page.extra(slot)), anew);
        if (anew) {
            byId.add(Long.hashCode(proxy.id()), slot);
            size = size + 1;
        }
        if (anew || hash != hashBefore) {
            byAddress.add(hash, slot);
        }
        if (!anew) {
            raiseUses(page, slot, proxy.health().uses());
        }
        revalue(page, slot, 0);
        count(before, scratch[Row.STATE]);
        changes.incrementAndGet();
    }

    /** Writes the row in {@link #scratch}. */
    private void place(
            Page page, int slot, Location location, List<String> lists, @Nullable Extra extra, boolean anew) {
        Place oldPlace = page.place(slot);
        Listing oldListing = page.listing(slot);
        Place place = oldPlace != null && oldPlace.location.equals(location) ? oldPlace : places.take(location);
        Listing listing = oldListing != null && oldListing.names.equals(lists) ? oldListing : listings.take(lists);
        page.set(slot, scratch, place, listing, extra, anew);
        if (oldPlace != null && oldPlace != place) {
            places.release(oldPlace);
        }
        if (oldListing != null && oldListing != listing) {
            listings.release(oldListing);
        }
    }

    /** Where the proxy is and who lists it, as far as is known here; {@code health} and {@code key} are new. */
    PooledProxy with(long id, ProxyKey key, Health health) {
        int slot = find(id);
        Place place = slot == NONE ? null : page(slot).place(slot);
        Listing listing = slot == NONE ? null : page(slot).listing(slot);
        return new PooledProxy(
                id,
                key,
                health,
                place == null ? Location.UNKNOWN : place.location,
                listing == null ? List.of() : listing.names);
    }

    /** Replaces what is known of a proxy beside its state. */
    void describe(long id, ProxyKey key, Location location, List<String> lists) {
        int slot = find(id);
        if (slot == NONE) {
            return;
        }
        Page page = page(slot);
        int hashBefore = addressHash(slot);
        int hash = addressHash(key.host(), key.port());
        if (hash != hashBefore) {
            byAddress.remove(hashBefore, slot);
        }
        for (int i = 0; i < Row.WORDS; i++) {
            scratch[i] = page.word(slot, i);
        }
        Extra before = page.extra(slot);
        Row.identify(key, scratch);
        String exit = before == null ? null : before.exitAddress();
        place(page, slot, location, lists, extra(key, exit, before), false);
        if (hash != hashBefore) {
            byAddress.add(hash, slot);
        }
        changes.incrementAndGet();
    }

    /** Replaces where a proxy is. */
    void locate(long id, Location location) {
        int slot = find(id);
        if (slot == NONE) {
            return;
        }
        Page page = page(slot);
        Listing listing = page.listing(slot);
        if (listing == null || location.equals(location(id))) {
            return;
        }
        for (int i = 0; i < Row.WORDS; i++) {
            scratch[i] = page.word(slot, i);
        }
        place(page, slot, location, listing.names, page.extra(slot), false);
        changes.incrementAndGet();
    }

    /** Where a proxy is, as far as is known here. Only for the writer. */
    Location location(long id) {
        int slot = find(id);
        Place place = slot == NONE ? null : page(slot).place(slot);
        return place == null ? Location.UNKNOWN : place.location;
    }

    private static @Nullable Extra extra(PooledProxy proxy, @Nullable Extra before) {
        String exit = proxy.health().exitAddress();
        return extra(proxy.key(), exit == null || Row.ipv4(exit) >= 0 ? null : exit, before);
    }

    private static @Nullable Extra extra(ProxyKey key, @Nullable String exitText, @Nullable Extra before) {
        String host = Row.ipv4(key.host()) >= 0 ? null : key.host();
        if (host == null && exitText == null && key.credentials() == null) {
            return null;
        }
        Extra made = new Extra(host, key.credentials(), exitText);
        return made.equals(before) ? before : made;
    }

    /** Takes a proxy out; false when it is not here. */
    boolean remove(long id) {
        int slot = find(id);
        if (slot == NONE) {
            return false;
        }
        Page page = page(slot);
        byId.remove(Long.hashCode(id), slot);
        byAddress.remove(addressHash(slot), slot);
        count(page.word(slot, Row.STATE), 0);
        Place place = page.place(slot);
        Listing listing = page.listing(slot);
        page.clear(slot);
        if (place != null) {
            places.release(place);
        }
        if (listing != null) {
            listings.release(listing);
        }
        giveBack(slot);
        size = size - 1;
        changes.incrementAndGet();
        return true;
    }

    private void count(long before, long after) {
        int by = (int) ((after & Row.FULL) - (before & Row.FULL)) / (int) Row.FULL;
        if (by != 0) {
            full = full + by;
        }
    }

    private int take() {
        if (freeCount == 0) {
            Page[] known = pages;
            Page[] more = Arrays.copyOf(known, known.length + 1);
            more[known.length] = new Page();
            pages = more;
            for (int i = Page.SLOTS - 1; i >= 0; i--) {
                giveBack(known.length << Page.BITS | i * SCATTER & Page.MASK);
            }
        }
        return free[--freeCount];
    }

    private void giveBack(int slot) {
        if (freeCount == free.length) {
            free = Arrays.copyOf(free, freeCount * 2);
        }
        free[freeCount++] = slot;
    }

    /** Numbers of all that are here. */
    long[] ids() {
        long[] found = new long[size];
        int count = 0;
        Page[] known = pages;
        for (int slot = 0; slot < known.length << Page.BITS; slot++) {
            if ((word(slot, Row.STATE) & Row.SERVABLE) != 0) {
                if (count == found.length) {
                    found = Arrays.copyOf(found, count + Page.SLOTS);
                }
                found[count++] = word(slot, Row.ID);
            }
        }
        return Arrays.copyOf(found, count);
    }

    // Reports: any thread.

    /**
     * Takes an application's report into account.
     *
     * @param points how the application's opinion moved
     * @param use whether it counts as a use
     */
    void reported(long id, double points, boolean use) {
        int slot = find(id);
        if (slot == NONE) {
            return;
        }
        Page page = page(slot);
        if (use) {
            long uses;
            do {
                uses = page.word(slot, Row.USES);
            } while (!page.swap(slot, Row.USES, uses, uses + 1));
        }
        revalue(page, slot, points);
        opinions.incrementAndGet();
    }

    private static void raiseUses(Page page, int slot, long to) {
        long uses;
        do {
            uses = page.word(slot, Row.USES);
        } while (uses < to && !page.swap(slot, Row.USES, uses, to));
    }

    /** Works the reputation out anew. */
    private static void revalue(Page page, int slot, double morePoints) {
        double more = morePoints;
        long before;
        long after;
        do {
            before = page.word(slot, Row.REPUTE);
            after = repute(
                    page.word(slot, Row.STATE),
                    page.word(slot, Row.RATES),
                    page.word(slot, Row.USES),
                    Row.feedback(before) + more);
        } while (!page.swap(slot, Row.REPUTE, before, after));
        // Another thread may have come in between: the column follows the word.
        long seen = after;
        while (true) {
            page.points(slot, Row.points(seen));
            long now = page.word(slot, Row.REPUTE);
            if (now == seen) {
                return;
            }
            seen = now;
        }
    }

    private static long repute(long state, long rates, long uses, double feedback) {
        return Row.repute(
                Reputation.parts(Row.successRate(rates), Row.latencyMillis(rates), Row.failures(state), uses, feedback)
                        .total(),
                feedback);
    }

    /** A copy of {@code proxy} as it would be handed out. */
    static Served served(PooledProxy proxy, double feedback) {
        long[] words = new long[Row.WORDS];
        Row.encode(proxy, words);
        words[Row.USES] = proxy.health().uses();
        words[Row.REPUTE] = repute(words[Row.STATE], words[Row.RATES], words[Row.USES], feedback);
        return new Served(NONE, words, new Place(proxy.location()), new Listing(proxy.lists()), extra(proxy, null));
    }

    /** Whether it is served at present, by how it was verified. */
    static boolean verified(long state, boolean connectOnly) {
        return connectOnly || (state & Row.FULL) != 0;
    }
}
