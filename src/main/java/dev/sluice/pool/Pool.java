package dev.sluice.pool;

import dev.sluice.proxy.Health;
import dev.sluice.proxy.Location;
import dev.sluice.proxy.ProxyKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What is served, in memory. One thread writes; any number of threads read, and wait for nobody.
 *
 * <p>Reads go to an immutable view for each filter in use. A view that is no longer true is rebuilt by the executor while
 * the old one goes on serving. Before anything is handed out its slot is looked at again: what died, was caught tampering or
 * no longer matches is never served, however old the view. Who asks for {@link #ready} first, and for {@link #prepare} where
 * that says no, never has to build a view itself, however large the pool.
 */
public final class Pool implements PoolWriter {
    private static final long MOST_EXPLANATION_AGE_MILLIS = 1_000;

    private static final Comparator<Served> FASTEST_FIRST = Comparator.comparingDouble(Served::latencyMillis);

    private final Slots slots = new Slots();
    private final Views views;
    private final FeedbackBook feedback;
    private final BooleanSupplier serveConnectOnly;
    private final LongSupplier nowMillis;

    /**
     * An empty pool.
     *
     * @param feedback what applications reported
     * @param serveConnectOnly whether entries verified only by a TCP connect are served at present
     * @param viewRefresh how long newcomers may stay out of views
     * @param builder builds views, ideally one thread of its own; what it rejects is done by the reader
     * @param nowMillis milliseconds since 1970-01-01T00:00Z
     */
    public Pool(
            FeedbackBook feedback,
            BooleanSupplier serveConnectOnly,
            Duration viewRefresh,
            Executor builder,
            LongSupplier nowMillis) {
        this(
                feedback,
                serveConnectOnly,
                viewRefresh,
                builder,
                nowMillis,
                Runtime.getRuntime().maxMemory());
    }

    Pool(
            FeedbackBook feedback,
            BooleanSupplier serveConnectOnly,
            Duration viewRefresh,
            Executor builder,
            LongSupplier nowMillis,
            long heapBytes) {
        this.feedback = feedback;
        this.serveConnectOnly = serveConnectOnly;
        this.nowMillis = nowMillis;
        this.views = new Views(slots, serveConnectOnly, viewRefresh.toMillis(), builder, nowMillis, heapBytes);
    }

    // Writing.

    @Override
    public void put(PooledProxy proxy) {
        if (proxy.servable()) {
            slots.put(proxy, feedback::opinions);
        } else {
            slots.remove(proxy.id());
        }
    }

    @Override
    public void update(long id, ProxyKey key, Health health) {
        put(slots.with(id, key, health));
    }

    @Override
    public void describe(long id, ProxyKey key, Location location, List<String> lists) {
        slots.describe(id, key, location, lists);
    }

    @Override
    public void locate(long id, Location location) {
        slots.locate(id, location);
    }

    @Override
    public Location location(long id) {
        return slots.location(id);
    }

    /** Takes the opinions of the feedback book over, once, after it was restored. Any thread. */
    public void heed() {
        feedback.eachOpinion((id, points) -> slots.reported(id, points, false));
    }

    @Override
    public boolean remove(long id) {
        return slots.remove(id);
    }

    @Override
    public int version(long id) {
        return slots.version(id);
    }

    /**
     * Takes an application's report into account. Any thread.
     *
     * @param id unknown ones are ignored
     * @param points how the application's opinion of it moved
     * @param use whether the report counts as a use
     */
    public void reported(long id, double points, boolean use) {
        slots.reported(id, points, use);
    }

    // Reading.

    /** Entries in the pool. */
    public int size() {
        return slots.size();
    }

    /** Entries that are served at present: all, or those that were verified by more than a TCP connect. */
    public int alive() {
        return serveConnectOnly.getAsBoolean() ? slots.size() : slots.full();
    }

    /** The entry with this number as it is now; null when it is not here. */
    public @Nullable Served served(long id) {
        int slot = slots.find(id);
        Served here = slot == Slots.NONE ? null : slots.read(slot);
        return here != null && here.id() == id ? here : null;
    }

    /**
     * The entry that clients name so.
     *
     * @param urlOrHostPort {@code host:port}, or a URL with or without credentials
     * @return the oldest entry of that name, or null
     */
    public @Nullable Served find(String urlOrHostPort) {
        ServedName name = ServedName.parse(urlOrHostPort);
        return name == null ? null : slots.find(name);
    }

    /** Makes a filter ready for use. Keep it as long as requests with this filter may come. */
    public Selection select(Filter filter) {
        return new Selection(filter);
    }

    /** Whether a pick can be made without building anything that takes longer than a millisecond or so. */
    public boolean ready(Selection selection, Strategy strategy) {
        return views.ready(selection, strategy);
    }

    /** Whether the present view of the filter has members; true while there is no view. */
    public boolean offers(Selection selection) {
        return slots.size() > 0 && views.offers(selection);
    }

    /**
     * Has what a pick needs built, and then calls {@code then}, on the builder's thread or, when it is done already, at once.
     *
     * @return false when too many builds wait: {@code then} is never called
     */
    public boolean prepare(Selection selection, Strategy strategy, Runnable then) {
        return views.prepare(selection, strategy, then);
    }

    /** Rebuilds the views in use that are no longer true. To be called a few times in each refresh time, by the builder. */
    public void refresh() {
        views.refresh();
    }

    /**
     * Chooses an entry that is alive now and matches now.
     *
     * @param application for whom; null where nobody said so
     * @return null when nothing matches
     */
    public @Nullable Served pick(
            Selection selection, Strategy strategy, @Nullable String application, RandomGenerator random) {
        View view = views.view(selection, strategy);
        Served picked = draw(selection, view, strategy, application, random).next();
        if (picked == null) {
            View newer = views.newerView(selection, strategy, view);
            picked = newer == null
                    ? null
                    : draw(selection, newer, strategy, application, random).next();
        }
        return picked;
    }

    /** The same with a filter that is used once. */
    public @Nullable Served pick(
            Filter filter, Strategy strategy, @Nullable String application, RandomGenerator random) {
        return pick(select(filter), strategy, application, random);
    }

    /**
     * Chooses up to {@code count} different entries.
     *
     * @param count 1 or more
     * @return in the order of choice; fewer when fewer match, empty when nothing does
     */
    public List<Served> pick(
            Selection selection, Strategy strategy, @Nullable String application, int count, RandomGenerator random) {
        View view = views.view(selection, strategy);
        List<Served> picked = pick(draw(selection, view, strategy, application, random), count);
        if (picked.isEmpty()) {
            View newer = views.newerView(selection, strategy, view);
            if (newer != null) {
                picked = pick(draw(selection, newer, strategy, application, random), count);
            }
        }
        return picked;
    }

    /** The same with a filter that is used once. */
    public List<Served> pick(
            Filter filter, Strategy strategy, @Nullable String application, int count, RandomGenerator random) {
        return pick(select(filter), strategy, application, count, random);
    }

    private static List<Served> pick(Draw draw, int count) {
        List<Served> picked = new ArrayList<>(Math.min(count, 64));
        draw.wants(count);
        while (picked.size() < count) {
            Served next = draw.next();
            if (next == null) {
                break;
            }
            picked.add(next);
        }
        return picked;
    }

    private Draw draw(
            Selection selection, View view, Strategy strategy, @Nullable String application, RandomGenerator random) {
        FeedbackBook.Page page = application == null ? null : feedback.page(application);
        return new Draw(
                slots, selection, view, strategy, page, random, serveConnectOnly.getAsBoolean(), nowMillis.getAsLong());
    }

    /**
     * The fastest that match, fastest first; what has no latency yet comes last.
     *
     * @param limit most entries
     */
    public List<Served> all(Selection selection, int limit) {
        View view = views.view(selection, Strategy.FASTEST_HALF);
        List<Served> found = collect(selection, view, limit);
        if (found.isEmpty()) {
            View newer = views.newerView(selection, Strategy.FASTEST_HALF, view);
            found = newer == null ? found : collect(selection, newer, limit);
        }
        // States may have changed since the view was sorted.
        found.sort(FASTEST_FIRST);
        return Collections.unmodifiableList(found);
    }

    /** The same with a filter that is used once. */
    public List<Served> all(Filter filter, int limit) {
        return all(select(filter), limit);
    }

    private List<Served> collect(Selection selection, View view, int limit) {
        List<Served> found = new ArrayList<>();
        Fastest fastest = new Fastest(selection, view);
        while (found.size() < limit) {
            Served next = fastest.next();
            if (next == null) {
                break;
            }
            found.add(next);
        }
        return found;
    }

    /** All that match, fastest first as the view has it, each as it is when it is asked for. */
    public Fastest fastest(Selection selection) {
        return new Fastest(selection, views.view(selection, Strategy.FASTEST_HALF));
    }

    /** A walk through everything that matches. Confined to one thread. */
    public final class Fastest {
        private final Selection selection;
        private final int[] order;
        private int next;

        Fastest(Selection selection, View view) {
            this.selection = selection;
            this.order = view.speeds().order();
        }

        /** The next that stands; null at the end. */
        public @Nullable Served next() {
            boolean connectOnly = serveConnectOnly.getAsBoolean();
            long now = nowMillis.getAsLong();
            while (next < order.length) {
                Served here = selection.look(slots, order[next++], connectOnly, now);
                if (here != null) {
                    return here;
                }
            }
            return null;
        }
    }

    /**
     * The best by reputation, in whole points; best first. Not for event loops.
     *
     * @param limit most entries
     */
    public List<Served> best(int limit) {
        return best(limit, slot -> true);
    }

    /**
     * The best by reputation of those that nobody used yet and that were last checked before {@code checkedBeforeMillis}.
     * Looks through everything where there are none: not for event loops.
     *
     * @param limit most entries
     */
    public List<Served> neverUsed(long checkedBeforeMillis, int limit) {
        return best(
                limit,
                slot -> slots.word(slot, Row.USES) == 0 && slots.word(slot, Row.LAST_CHECKED) < checkedBeforeMillis);
    }

    private List<Served> best(int limit, IntPredicate wanted) {
        View view = views.view(select(Filter.ALL), Strategy.BEST_REPUTATION);
        List<Served> found = new ArrayList<>();
        for (int slot : view.groups().order()) {
            if (found.size() == limit) {
                break;
            }
            Served here = wanted.test(slot) ? slots.read(slot) : null;
            if (here != null) {
                found.add(here);
            }
        }
        return found;
    }

    /** Numbers of everything in the pool, in no order. Not for event loops. */
    public long[] ids() {
        return slots.ids();
    }

    /**
     * How many entries each condition of {@code selection} leaves. Counted at most once a second for each filter.
     *
     * @param then takes the answer: at once when it is known or quickly found, otherwise on the builder's thread
     */
    public void explain(Selection selection, Consumer<Explanation> then) {
        Holder holder = views.holder(selection);
        long now = nowMillis.getAsLong();
        Explanation known = holder.explanation(now, MOST_EXPLANATION_AGE_MILLIS);
        if (known != null) {
            then.accept(excluding(selection, known));
            return;
        }
        views.run(() -> {
            Explanation counted = views.count(holder.selection);
            holder.explanation(counted, now);
            then.accept(excluding(selection, counted));
        });
    }

    private Explanation excluding(Selection selection, Explanation known) {
        if (selection.filter().exclude().isEmpty()) {
            return known;
        }
        List<Explanation.Step> steps = new ArrayList<>(known.steps());
        steps.add(new Explanation.Step(
                "exclude",
                collect(selection, views.view(selection, Strategy.FASTEST_HALF), Integer.MAX_VALUE)
                        .size()));
        return new Explanation(steps);
    }

    /**
     * Everything in the pool that matches, verified in full or not, page after page. Exact. Looks through the whole pool: not
     * for event loops.
     *
     * @param after where the page before ended; null to begin
     * @param limit most entries, 1 or more
     */
    public Ranking.Page rank(
            Selection selection, Ranking.By by, boolean descending, Ranking.@Nullable Rank after, int limit) {
        return new Ranking(slots, selection, by, descending).page(after, limit, nowMillis.getAsLong());
    }

    /**
     * What a pick would come to at present, without picking: nothing is handed out, no turn is taken, no view is made. Looks
     * through the whole pool: not for event loops.
     *
     * @param application for whom; null where nobody said so
     * @param limit most candidates, 1 or more
     */
    public Foresight foresee(Selection selection, Strategy strategy, @Nullable String application, int limit) {
        FeedbackBook.Page page = application == null ? null : feedback.page(application);
        return new Foresight.Look(
                        slots, selection, strategy, page, views.peek(selection), serveConnectOnly.getAsBoolean())
                .see(views.count(selection), limit, nowMillis.getAsLong());
    }

    /** Whether entries that only a TCP connect verified are served at present. */
    public boolean servesConnectOnly() {
        return serveConnectOnly.getAsBoolean();
    }

    /** Filters that have a view at present. */
    int views() {
        return views.count();
    }

    /** Bytes of their views. */
    long viewBytes() {
        return views.bytes();
    }
}
