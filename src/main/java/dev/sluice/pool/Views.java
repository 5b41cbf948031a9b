package dev.sluice.pool;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** The views of filters in use: opens them, keeps them true, lets the least recently used go. Thread-safe. */
final class Views {
    /** Most filters with a view; the least recently used one loses its view. */
    static final int MAX_VIEWS = 256;

    /** Most bytes of all views together, however large the heap is. */
    private static final long MAX_BYTES = 96L << 20;

    /** And this part of the heap: while a view is built anew, the old one and what sorting needs are there, too. */
    private static final int PART_OF_HEAP = 8;

    /** Most filters that wait for their first view at a time. */
    static final int MAX_WAITING = 64;

    /** Up to here a view is made in well under a millisecond, so whoever needs it makes it. */
    private static final int SMALL = 5_000;

    /** A view that nobody asked for during this time is no longer kept true. */
    private static final long IDLE_MILLIS = 60_000;

    /** Where only reports moved reputations, an order by reputation may be so old: reports come all the time. */
    private static final long MOST_OPINION_AGE_MILLIS = 2_000;

    /** After a refresh that took so many milliseconds the next one waits for so many times as long. */
    private static final int REST = 3;

    /** While refreshes come more often than this, readers do not ask for any. */
    private static final long TENDED_MILLIS = 10_000;

    private final Slots slots;
    private final BooleanSupplier serveConnectOnly;
    private final long refreshMillis;
    private final Executor builder;
    private final LongSupplier nowMillis;
    private final long mostBytes;
    private final ConcurrentMap<Filter, Holder> holders = new ConcurrentHashMap<>();
    private final AtomicInteger waiting = new AtomicInteger();
    private volatile long tendedAtMillis;
    private volatile long restUntilMillis;

    /**
     * No view yet.
     *
     * @param heapBytes of the process, of which views take a part
     */
    Views(
            Slots slots,
            BooleanSupplier serveConnectOnly,
            long refreshMillis,
            Executor builder,
            LongSupplier nowMillis,
            long heapBytes) {
        this.slots = slots;
        this.serveConnectOnly = serveConnectOnly;
        this.refreshMillis = refreshMillis;
        this.builder = builder;
        this.nowMillis = nowMillis;
        this.mostBytes = Math.min(MAX_BYTES, heapBytes / PART_OF_HEAP);
    }

    int count() {
        return holders.size();
    }

    /** Bytes of all views together. */
    long bytes() {
        long bytes = 0;
        for (Holder holder : holders.values()) {
            bytes += holder.view().bytes();
        }
        return bytes;
    }

    /** The place of the filter's view, which is built when there is none. */
    Holder holder(Selection selection) {
        Holder known = known(selection);
        if (known != null) {
            return known;
        }
        Selection viewed = selection.filter().exclude().isEmpty() ? selection : new Selection(selection.viewed);
        Holder opened = admit(new Holder(viewed, build(viewed), nowMillis.getAsLong()));
        selection.holder(opened);
        return opened;
    }

    /** The present view of the filter, left as it is; null when there is none. */
    @Nullable
    View peek(Selection selection) {
        Holder holder = holders.get(selection.viewed);
        return holder == null ? null : holder.view();
    }

    private @Nullable Holder known(Selection selection) {
        Holder holder = selection.holder();
        if (holder != null && !holder.dropped()) {
            return holder;
        }
        holder = holders.get(selection.viewed);
        if (holder != null) {
            selection.holder(holder);
        }
        return holder;
    }

    boolean ready(Selection selection, Strategy strategy) {
        if (slots.size() <= SMALL) {
            return true;
        }
        Holder holder = known(selection);
        return holder != null && (holder.view().ready(strategy) || holder.view().size() <= SMALL);
    }

    boolean offers(Selection selection) {
        Holder holder = known(selection);
        return holder == null || holder.view().size() > 0;
    }

    boolean prepare(Selection selection, Strategy strategy, Runnable then) {
        if (ready(selection, strategy)) {
            then.run();
            return true;
        }
        if (waiting.incrementAndGet() > MAX_WAITING) {
            waiting.decrementAndGet();
            return false;
        }
        run(() -> {
            try {
                Holder holder = holder(selection);
                holder.used(nowMillis.getAsLong());
                holder.view().prepare(strategy);
                makeRoom(holder);
            } finally {
                waiting.decrementAndGet();
                then.run();
            }
        });
        return true;
    }

    /** Has the builder do it, or does it at once where the builder takes no more, or where it is quickly done. */
    void run(Runnable task) {
        if (slots.size() <= SMALL) {
            task.run();
            return;
        }
        try {
            builder.execute(task);
        } catch (RejectedExecutionException e) {
            task.run();
        }
    }

    /** The view for a pick, with the order it needs. */
    View view(Selection selection, Strategy strategy) {
        Holder holder = holder(selection);
        long now = nowMillis.getAsLong();
        holder.used(now);
        View view = holder.view();
        if (outdated(holder, view, now) && holder.building.compareAndSet(false, true)) {
            try {
                builder.execute(() -> rebuild(holder));
            } catch (RejectedExecutionException e) {
                rebuild(holder);
            }
            view = holder.view();
        }
        return view;
    }

    /** A newer view than the one that just gave nothing; null when that one is recent, or true. */
    @Nullable
    View newerView(Selection selection, Strategy strategy, View gaveNothing) {
        Holder holder = holder(selection);
        View view = holder.view();
        if (view != gaveNothing) {
            return view;
        }
        if (current(view)) {
            return null;
        }
        // A small pool is looked through whenever that may help; a large one only as often as views are due.
        if (slots.size() > SMALL && !outdated(holder, view, nowMillis.getAsLong())) {
            return null;
        }
        return holder.publish(build(holder.selection));
    }

    /** Rebuilds what is in use and no longer true, unless rebuilding takes too much of a processor: a quarter at most. */
    void refresh() {
        long now = nowMillis.getAsLong();
        tendedAtMillis = now;
        if (now < restUntilMillis && restUntilMillis - now < TENDED_MILLIS) {
            return;
        }
        rebuildAll(now);
        long took = nowMillis.getAsLong() - now;
        restUntilMillis = now + took + REST * took;
    }

    private void rebuildAll(long now) {
        for (Holder holder : holders.values()) {
            View view = holder.view();
            boolean wanted = now - holder.usedAtMillis() < IDLE_MILLIS;
            if (wanted && !fits(holder, view, now) && holder.building.compareAndSet(false, true)) {
                rebuild(holder);
            }
        }
    }

    private boolean outdated(Holder holder, View view, long now) {
        boolean tended = tendedAtMillis > 0 && Math.abs(now - tendedAtMillis) < TENDED_MILLIS;
        long age = now - view.builtAtMillis;
        return !tended && (age >= refreshMillis || age < 0) && !fits(holder, view, now);
    }

    private boolean fits(Holder holder, View view, long now) {
        return current(view)
                && !holder.selection.ages()
                && (view.opinions == slots.opinions() || Math.abs(now - view.builtAtMillis) < MOST_OPINION_AGE_MILLIS);
    }

    private boolean current(View view) {
        return view.changes == slots.changes() && view.connectOnly == serveConnectOnly.getAsBoolean();
    }

    private void rebuild(Holder holder) {
        try {
            View before = holder.view();
            View built = build(holder.selection);
            built.follow(before);
            holder.publish(built);
            makeRoom(holder);
        } finally {
            holder.building.set(false);
        }
    }

    private View build(Selection selection) {
        long changes = slots.changes();
        long opinions = slots.opinions();
        boolean connectOnly = serveConnectOnly.getAsBoolean();
        long now = nowMillis.getAsLong();
        int[] members = selection.new Scan(slots, connectOnly, now).run();
        return new View(slots, changes, opinions, connectOnly, now, members);
    }

    private synchronized Holder admit(Holder holder) {
        Filter filter = holder.selection.filter();
        Holder known = holders.get(filter);
        if (known != null) {
            return known;
        }
        while (holders.size() >= MAX_VIEWS) {
            drop(oldest(holder));
        }
        holders.put(filter, holder);
        makeRoom(holder);
        return holder;
    }

    /** Lets views go until the others take no more than they may; {@code kept} stays, however large it is. */
    private synchronized void makeRoom(Holder kept) {
        long bytes = bytes();
        while (bytes > mostBytes && holders.size() > 1) {
            Holder oldest = oldest(kept);
            bytes -= oldest.view().bytes();
            drop(oldest);
        }
    }

    private Holder oldest(Holder kept) {
        return holders.values().stream()
                .filter(holder -> holder != kept)
                .min(Comparator.comparingLong(Holder::usedAtMillis))
                .orElse(kept);
    }

    private void drop(Holder holder) {
        holders.remove(holder.selection.filter(), holder);
        holder.drop();
    }

    /** Counts what each condition leaves, of everything in the pool. */
    Explanation count(Selection selection) {
        boolean connectOnly = serveConnectOnly.getAsBoolean();
        int[] left = selection.new Scan(slots, connectOnly, nowMillis.getAsLong()).countByStep();
        List<Explanation.Step> steps = new ArrayList<>();
        steps.add(new Explanation.Step("pool", slots.size()));
        if (!connectOnly) {
            steps.add(new Explanation.Step("verified", slots.full()));
        }
        for (int step = 0; step < left.length; step++) {
            if (selection.filter().restricts(step)) {
                steps.add(new Explanation.Step(Filter.PARAMETERS.get(step), left[step]));
            }
        }
        return new Explanation(steps);
    }
}
