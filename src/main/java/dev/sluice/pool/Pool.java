package dev.sluice.pool;

import dev.sluice.proxy.Verified;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What is served, in memory. One thread writes; any number of threads read, and wait for nobody; only the first request with
 * a filter of its own pays for making its view.
 *
 * <p>Reads go to an immutable view for each filter in use, fastest first. A view that is older than the refresh time and no
 * longer true is rebuilt by the executor while the old one goes on serving. Before anything is handed out its slot is looked
 * at again: what died, was caught tampering or no longer matches is never served, however old the view.
 */
public final class Pool implements PoolWriter {
    /** Most filters with a view; the least recently used one loses its view. */
    static final int MAX_VIEWS = 256;

    /** Most members of all views together, of which each takes four to twelve bytes. */
    static final long MAX_MEMBERS = 8_000_000;

    private static final int TRIES = 16;

    /** Up to here a view is made in well under a millisecond. */
    private static final int SMALL = 1_000;

    private static final Comparator<PooledProxy> FASTEST_FIRST =
            Comparator.comparingDouble(proxy -> proxy.health().latencyMillis());

    private final FeedbackBook feedback;
    private final BooleanSupplier serveConnectOnly;
    private final long refreshMillis;
    private final Executor builder;
    private final LongSupplier nowMillis;

    private final ConcurrentMap<Long, Slot> slots = new ConcurrentHashMap<>();
    private final ConcurrentMap<String, Slot[]> byAddress = new ConcurrentHashMap<>();
    private final AtomicInteger connectOnly = new AtomicInteger();
    /** Grows after every change. */
    private final AtomicLong changes = new AtomicLong();

    private final ConcurrentMap<Filter, Holder> holders = new ConcurrentHashMap<>();

    /**
     * An empty pool.
     *
     * @param feedback what applications reported
     * @param serveConnectOnly whether entries verified only by a TCP connect are served at present
     * @param viewRefresh how long newcomers may stay out of views
     * @param builder rebuilds views, ideally one thread of its own; what it rejects is done by the reader
     * @param nowMillis milliseconds since 1970-01-01T00:00Z
     */
    public Pool(
            FeedbackBook feedback,
            BooleanSupplier serveConnectOnly,
            Duration viewRefresh,
            Executor builder,
            LongSupplier nowMillis) {
        this.feedback = feedback;
        this.serveConnectOnly = serveConnectOnly;
        this.refreshMillis = viewRefresh.toMillis();
        this.builder = builder;
        this.nowMillis = nowMillis;
    }

    @Override
    public void put(PooledProxy proxy) {
        if (!proxy.servable()) {
            remove(proxy.id());
            return;
        }
        Slot slot = slots.get(proxy.id());
        PooledProxy before = slot == null ? null : slot.proxy();
        if (slot == null || before == null) {
            Slot added = new Slot(proxy);
            slots.put(proxy.id(), added);
            index(proxy.key().address(), added);
        } else {
            slot.set(proxy);
            count(before, -1);
            if (!before.key().address().equals(proxy.key().address())) {
                unindex(before.key().address(), slot);
                index(proxy.key().address(), slot);
            }
        }
        count(proxy, 1);
        changes.incrementAndGet();
    }

    @Override
    public void remove(long id) {
        Slot slot = slots.remove(id);
        PooledProxy before = slot == null ? null : slot.proxy();
        if (slot == null || before == null) {
            return;
        }
        slot.set(null);
        count(before, -1);
        unindex(before.key().address(), slot);
        changes.incrementAndGet();
    }

    private void count(PooledProxy proxy, int by) {
        if (proxy.health().verified() != Verified.FULL) {
            connectOnly.addAndGet(by);
        }
    }

    private void index(String address, Slot slot) {
        byAddress.merge(address, new Slot[] {slot}, (known, added) -> {
            Slot[] more = Arrays.copyOf(known, known.length + 1);
            more[known.length] = added[0];
            return more;
        });
    }

    private void unindex(String address, Slot slot) {
        byAddress.computeIfPresent(address, (key, known) -> {
            List<Slot> rest = new ArrayList<>(Arrays.asList(known));
            rest.remove(slot);
            return rest.isEmpty() ? null : rest.toArray(new Slot[0]);
        });
    }

    /** Entries in the pool. */
    public int size() {
        return slots.size();
    }

    /** Entries that are served at present: all, or those that were verified by more than a TCP connect. */
    public int alive() {
        return serveConnectOnly.getAsBoolean() ? size() : Math.max(0, size() - connectOnly.get());
    }

    /**
     * The entry that clients name so.
     *
     * @param urlOrHostPort {@code host:port}, or a URL with or without credentials
     * @return the oldest entry of that name, or null
     */
    public @Nullable PooledProxy find(String urlOrHostPort) {
        ServedName name = ServedName.parse(urlOrHostPort);
        Slot[] here = name == null ? null : byAddress.get(name.address());
        if (name == null || here == null) {
            return null;
        }
        for (Slot slot : here) {
            PooledProxy state = slot.proxy();
            if (state != null && name.names(state.key())) {
                return state;
            }
        }
        return null;
    }

    /** The entry with this number, as picks see it; null when it is not in the pool. */
    public @Nullable Served served(long id) {
        Slot slot = slots.get(id);
        PooledProxy state = slot == null ? null : slot.proxy();
        return slot == null || state == null ? null : new Served(state, slot.uses(state), slot.parts(state));
    }

    /** Counts a use of the entry, which raises its reputation; unknown ids are ignored. */
    public void used(long id) {
        Slot slot = slots.get(id);
        if (slot != null) {
            slot.used();
        }
    }

    /** Reputation of an entry as picks see it, 0..100. */
    public double reputation(PooledProxy proxy) {
        Slot slot = slots.get(proxy.id());
        return slot == null ? Reputation.of(proxy.health()) : slot.reputation(proxy);
    }

    /**
     * Chooses an entry that is alive now and matches now.
     *
     * @param application for whom; null where nobody said so
     * @return null when nothing matches
     */
    public @Nullable PooledProxy pick(
            Filter filter, Strategy strategy, @Nullable String application, RandomGenerator random) {
        Request request = new Request(filter, strategy, application, random, Set.of());
        PooledProxy picked = request.pick(view(request.viewed));
        if (picked == null) {
            View newer = freshView(request.viewed);
            picked = newer == null ? null : request.pick(newer);
        }
        return picked;
    }

    /**
     * Chooses up to {@code count} different entries.
     *
     * @param count 1 or more
     * @return in the order of choice; fewer when fewer match, empty when nothing does
     */
    public List<PooledProxy> pick(
            Filter filter, Strategy strategy, @Nullable String application, int count, RandomGenerator random) {
        if (count == 1) {
            PooledProxy picked = pick(filter, strategy, application, random);
            return picked == null ? List.of() : List.of(picked);
        }
        Set<Long> taken = new HashSet<>();
        Request request = new Request(filter, strategy, application, random, taken);
        View view = view(request.viewed);
        List<PooledProxy> picked = new ArrayList<>(Math.min(count, view.members.length));
        request.pickInto(picked, taken, count, view);
        if (picked.isEmpty()) {
            View newer = freshView(request.viewed);
            if (newer != null) {
                request.pickInto(picked, taken, count, newer);
            }
        }
        return picked;
    }

    /**
     * Everything that matches, fastest first; what has no latency yet comes last.
     *
     * @param limit most entries, the fastest ones
     */
    public List<PooledProxy> all(Filter filter, int limit) {
        Filter viewed = filter.withoutExclusions();
        List<PooledProxy> found = collect(filter, view(viewed), limit);
        if (found.isEmpty()) {
            View newer = freshView(viewed);
            found = newer == null ? found : collect(filter, newer, limit);
        }
        // States may have changed since the view was sorted.
        found.sort(FASTEST_FIRST);
        return Collections.unmodifiableList(found);
    }

    private List<PooledProxy> collect(Filter filter, View view, int limit) {
        boolean connect = serveConnectOnly.getAsBoolean();
        long now = nowMillis.getAsLong();
        List<PooledProxy> found = new ArrayList<>(Math.min(limit, view.members.length));
        for (int i = 0; i < view.members.length && found.size() < limit; i++) {
            PooledProxy state = view.members[i].matching(filter, connect, now);
            if (state != null) {
                found.add(state);
            }
        }
        return found;
    }

    /**
     * How many entries each condition of {@code filter} leaves. The counts are made at most once for each view, so asking
     * often costs little; they are as old as the view.
     */
    public Explanation explain(Filter filter) {
        Filter viewed = filter.withoutExclusions();
        View view = view(viewed);
        Explanation known = view.explanation();
        if (known == null) {
            known = count(viewed);
            view.explanation(known);
        }
        if (filter.exclude().isEmpty()) {
            return known;
        }
        List<Explanation.Step> steps = new ArrayList<>(known.steps());
        steps.add(new Explanation.Step(
                "exclude", collect(filter, view, Integer.MAX_VALUE).size()));
        return new Explanation(steps);
    }

    private Explanation count(Filter filter) {
        boolean connect = serveConnectOnly.getAsBoolean();
        long now = nowMillis.getAsLong();
        int conditions = Filter.PARAMETERS.size();
        int[] left = new int[conditions];
        int pool = 0;
        int verified = 0;
        for (Slot slot : slots.values()) {
            PooledProxy state = slot.proxy();
            if (state == null) {
                continue;
            }
            pool++;
            if (!Slot.served(state, connect)) {
                continue;
            }
            verified++;
            double reputation = slot.reputation(state);
            for (int step = 0; step < conditions; step++) {
                if (filter.restricts(step) && !filter.passes(step, state, reputation, now)) {
                    break;
                }
                left[step]++;
            }
        }
        List<Explanation.Step> steps = new ArrayList<>();
        steps.add(new Explanation.Step("pool", pool));
        if (!connect) {
            steps.add(new Explanation.Step("verified", verified));
        }
        for (int step = 0; step < conditions; step++) {
            if (filter.restricts(step)) {
                steps.add(new Explanation.Step(Filter.PARAMETERS.get(step), left[step]));
            }
        }
        return new Explanation(steps);
    }

    /** Filters that have a view at present. */
    int views() {
        return holders.size();
    }

    private View view(Filter filter) {
        Holder holder = holders.get(filter);
        long now = nowMillis.getAsLong();
        if (holder == null) {
            return open(filter, now).view;
        }
        if (holder.usedAtMillis != now) {
            holder.usedAtMillis = now;
        }
        View view = holder.view;
        if (outdated(view, now) && holder.building.compareAndSet(false, true)) {
            try {
                builder.execute(() -> rebuild(holder));
            } catch (RejectedExecutionException e) {
                rebuild(holder);
            }
            return holder.view;
        }
        return view;
    }

    /** A newer view than the one that just gave nothing; null when that one is recent, or true. */
    private @Nullable View freshView(Filter filter) {
        Holder holder = holders.get(filter);
        if (holder == null || current(holder.view)) {
            return null;
        }
        // A small pool is looked through whenever that may help; a large one only as often as views are due.
        if (slots.size() > SMALL && !outdated(holder.view, nowMillis.getAsLong())) {
            return null;
        }
        holder.view = build(filter, holder.view);
        return holder.view;
    }

    private boolean outdated(View view, long now) {
        long age = now - view.builtAtMillis;
        return (age >= refreshMillis || age < 0) && !current(view);
    }

    private boolean current(View view) {
        return view.changes == changes.get() && view.connectOnly == serveConnectOnly.getAsBoolean();
    }

    private void rebuild(Holder holder) {
        try {
            holder.view = build(holder.filter, holder.view);
        } finally {
            holder.building.set(false);
        }
    }

    private Holder open(Filter filter, long now) {
        return admit(new Holder(filter, build(filter, null), now));
    }

    private synchronized Holder admit(Holder holder) {
        Holder known = holders.get(holder.filter);
        if (known != null) {
            return known;
        }
        long members = holder.view.members.length;
        for (Holder other : holders.values()) {
            members += other.view.members.length;
        }
        while (holders.size() >= MAX_VIEWS || (members > MAX_MEMBERS && holders.size() > 1)) {
            Holder oldest = leastRecentlyUsed();
            holders.remove(oldest.filter);
            members -= oldest.view.members.length;
        }
        holders.put(holder.filter, holder);
        return holder;
    }

    private Holder leastRecentlyUsed() {
        return Collections.min(holders.values(), Comparator.comparingLong(holder -> holder.usedAtMillis));
    }

    private View build(Filter filter, @Nullable View before) {
        View built = filter.equals(Filter.ALL) ? buildAll() : buildFrom(everything(), filter);
        if (before != null && before.weighted() && built.members.length > 0) {
            built.weigh();
        }
        return built;
    }

    /** The view of everything, recent: other views are cut from it, in its order. */
    private View everything() {
        Holder holder = holders.get(Filter.ALL);
        long now = nowMillis.getAsLong();
        if (holder == null) {
            View all = buildAll();
            if (holders.size() < MAX_VIEWS) {
                holders.putIfAbsent(Filter.ALL, new Holder(Filter.ALL, all, now));
            }
            return all;
        }
        holder.usedAtMillis = now;
        boolean cheap = slots.size() <= SMALL && !current(holder.view);
        if (cheap || outdated(holder.view, now)) {
            holder.view = build(Filter.ALL, holder.view);
        }
        return holder.view;
    }

    private View buildAll() {
        long seen = changes.get();
        boolean connect = serveConnectOnly.getAsBoolean();
        List<Slot> found = new ArrayList<>(slots.size());
        for (Slot slot : slots.values()) {
            PooledProxy state = slot.proxy();
            if (state != null && Slot.served(state, connect)) {
                found.add(slot);
            }
        }
        // Latency above, index below: sorting numbers is several times faster than sorting slots. Positive floats, then
        // infinity, then NaN have ascending bits.
        long[] keys = new long[found.size()];
        for (int i = 0; i < keys.length; i++) {
            PooledProxy state = found.get(i).proxy();
            float latency = state == null ? Float.NaN : (float) state.health().latencyMillis();
            keys[i] = (long) Float.floatToIntBits(Math.max(0f, latency)) << 32 | i;
        }
        Arrays.sort(keys);
        Slot[] members = new Slot[keys.length];
        for (int i = 0; i < keys.length; i++) {
            members[i] = found.get((int) keys[i]);
        }
        return new View(seen, connect, nowMillis.getAsLong(), members);
    }

    private View buildFrom(View all, Filter filter) {
        long now = nowMillis.getAsLong();
        List<Slot> found = new ArrayList<>();
        for (Slot slot : all.members) {
            if (slot.matching(filter, all.connectOnly, now) != null) {
                found.add(slot);
            }
        }
        return new View(all.changes, all.connectOnly, now, found.toArray(new Slot[0]));
    }

    /** Place of a filter's view. */
    private static final class Holder {
        private final Filter filter;
        private final AtomicBoolean building = new AtomicBoolean();
        private volatile View view;
        private volatile long usedAtMillis;

        Holder(Filter filter, View view, long usedAtMillis) {
            this.filter = filter;
            this.view = view;
            this.usedAtMillis = usedAtMillis;
        }
    }

    /** What one call wants. */
    private final class Request {
        private final Filter filter;
        private final Filter viewed;
        private final Strategy strategy;
        private final RandomGenerator random;
        private final Set<Long> taken;
        private final FeedbackBook.@Nullable Page page;
        private final boolean connect = serveConnectOnly.getAsBoolean();
        private final long now = nowMillis.getAsLong();

        Request(
                Filter filter,
                Strategy strategy,
                @Nullable String application,
                RandomGenerator random,
                Set<Long> taken) {
            this.filter = filter;
            this.viewed = filter.withoutExclusions();
            this.strategy = strategy;
            this.random = random;
            this.taken = taken;
            this.page = application == null ? null : feedback.page(application);
        }

        private @Nullable PooledProxy look(Slot slot) {
            return taken.contains(slot.id) ? null : slot.matching(filter, connect, now);
        }

        /**
         * Draws until something stands. For an application, what is drawn is taken with the probability of its score, and
         * the best of all draws when none was taken.
         */
        @Nullable
        PooledProxy pick(View view) {
            if (view.members.length == 0) {
                return null;
            }
            PooledProxy best = null;
            double bestScore = -1;
            for (int i = 0; i < TRIES; i++) {
                Slot slot = view.members[view.draw(strategy, random)];
                PooledProxy state = look(slot);
                if (state == null) {
                    continue;
                }
                double score = page == null ? 1 : page.score(slot.id);
                if (random.nextDouble() < score) {
                    return state;
                }
                if (score > bestScore) {
                    best = state;
                    bestScore = score;
                }
            }
            // Its slot may have changed during the further draws.
            Slot slot = best == null ? null : slots.get(best.id());
            PooledProxy still = slot == null ? null : look(slot);
            return still == null ? scan(view) : still;
        }

        /** The first that stands, from a random place on. */
        private @Nullable PooledProxy scan(View view) {
            int size = view.members.length;
            int start = random.nextInt(size);
            for (int i = 0; i < size; i++) {
                PooledProxy state = look(view.members[(int) (((long) start + i) % size)]);
                if (state != null) {
                    return state;
                }
            }
            return null;
        }

        /** Draws one after the other; when draws no longer bring new ones, the rest comes from one scan. */
        void pickInto(List<PooledProxy> picked, Set<Long> seen, int count, View view) {
            int size = view.members.length;
            int wanted = Math.min(count, size);
            for (int misses = 0; picked.size() < wanted && misses < TRIES + wanted; ) {
                PooledProxy state = look(view.members[view.draw(strategy, random)]);
                if (state != null && (page == null || random.nextDouble() < page.score(state.id()))) {
                    seen.add(state.id());
                    picked.add(state);
                } else {
                    misses++;
                }
            }
            int start = size == 0 ? 0 : random.nextInt(size);
            for (int i = 0; i < size && picked.size() < wanted; i++) {
                PooledProxy state = look(view.members[(int) (((long) start + i) % size)]);
                if (state != null) {
                    seen.add(state.id());
                    picked.add(state);
                }
            }
        }
    }
}
