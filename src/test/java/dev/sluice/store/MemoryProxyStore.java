package dev.sluice.store;

import dev.sluice.port.Vault;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.Location;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.StoredProxy;
import dev.sluice.store.memory.Entry;
import dev.sluice.store.memory.Listing;
import dev.sluice.store.memory.Login;
import dev.sluice.store.memory.Model;
import dev.sluice.store.memory.ModelStore;
import dev.sluice.store.memory.Step;
import dev.sluice.store.memory.Truth;
import dev.sluice.store.memory.Turns;
import dev.sluice.store.schema.Bounds;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The store in memory without anything behind it, for tests: it answers before its methods return. It can be made to fail,
 * and to hold its writes until they are let through.
 */
public final class MemoryProxyStore extends ModelStore {
    private static final Bounds BOUNDS = new Bounds("memory");
    /** Credentials stay as they came. */
    private static final Vault VAULT = TestVaults.older();

    private final Memory memory;
    private final List<Runnable> heldWrites = new ArrayList<>();
    private final List<Integer> writeSizes = new ArrayList<>();
    private final List<Runnable> heldTakes = new ArrayList<>();
    private boolean holding;
    private boolean holdingTakes;
    private int attempts;

    /** What outlives a store that is closed. */
    private record Memory(
            Model model, MemoryJobRecords jobs, MemoryHistory history, MemoryGeoCache geoCache, Trouble trouble)
            implements Beside {
        static Memory empty() {
            Trouble trouble = new Trouble();
            Model model = new Model(BOUNDS, Integer.MAX_VALUE, InstantSource.system(), VAULT);
            model.load(DATABASE_NAME, UUID.randomUUID().toString());
            return new Memory(
                    model,
                    new MemoryJobRecords(trouble::refusal),
                    new MemoryHistory(),
                    new MemoryGeoCache(BOUNDS, trouble::refusal),
                    trouble);
        }

        @Override
        public Future<Void> happened(CheckBatch batch) {
            StoreException refusal = trouble.refusal("write");
            if (refusal != null) {
                return Future.failedFuture(refusal);
            }
            history.add(batch);
            return Future.succeededFuture();
        }

        @Override
        public boolean answers() {
            return true;
        }

        @Override
        public Future<Void> close() {
            return Future.succeededFuture();
        }
    }

    /** What a test wants to go wrong. */
    private static final class Trouble implements Truth {
        private volatile StoreException.@Nullable Kind failing;
        private volatile boolean closed;

        @Override
        public @Nullable StoreException refusal() {
            StoreException.Kind kind = failing;
            return kind == null ? null : new StoreException(kind, "memory: made to fail");
        }

        @Nullable
        StoreException refusal(String action) {
            return closed
                    ? new StoreException(StoreException.Kind.UNAVAILABLE, "memory: closed before " + action)
                    : refusal();
        }

        @Override
        public Future<Void> write(List<Step<?, ?>> steps) {
            return Future.succeededFuture();
        }

        @Override
        public Future<Void> close() {
            closed = true;
            return Future.succeededFuture();
        }
    }

    /** Whoever calls does the work. */
    private static final class Callers implements Turns {
        @Override
        public synchronized void execute(Runnable work) {
            work.run();
        }

        @Override
        public void after(long millis, Runnable work) {
            throw new UnsupportedOperationException("after " + millis + " ms (expected: nothing waits)");
        }

        @Override
        public <T> Future<T> home(Future<T> future) {
            return future;
        }

        @Override
        public void close() {}
    }

    /** An empty one. */
    public MemoryProxyStore() {
        this(Memory.empty());
    }

    private MemoryProxyStore(Memory memory) {
        super(new Callers(), memory.model(), memory.trouble(), memory, BOUNDS);
        this.memory = memory;
    }

    /** Another store, with all this one had. */
    public MemoryProxyStore reopened() {
        memory.trouble().closed = false;
        return new MemoryProxyStore(memory);
    }

    /** As it came, and made to give up what a test wants, whatever was full. */
    @Override
    public MemoryHistory history() {
        return memory.history();
    }

    /** Every call fails from now on. */
    public void fail(StoreException.Kind kind) {
        memory.trouble().failing = kind;
    }

    /** Every call succeeds again. */
    public void recover() {
        memory.trouble().failing = null;
    }

    /** Writes wait from now on. */
    public synchronized void holdWrites() {
        holding = true;
    }

    /** Lets waiting and later writes through. */
    public void releaseWrites() {
        List<Runnable> held;
        synchronized (this) {
            holding = false;
            held = List.copyOf(heldWrites);
            heldWrites.clear();
        }
        held.forEach(Runnable::run);
    }

    /** Writes that wait. */
    public synchronized int heldWrites() {
        return heldWrites.size();
    }

    /** Work is taken from now on, but the answer waits. */
    public synchronized void holdTakes() {
        holdingTakes = true;
    }

    /** Lets waiting and later answers about taken work through. */
    public void releaseTakes() {
        List<Runnable> held;
        synchronized (this) {
            holdingTakes = false;
            held = List.copyOf(heldTakes);
            heldTakes.clear();
        }
        held.forEach(Runnable::run);
    }

    /** Answers about taken work that wait. */
    public synchronized int heldTakes() {
        return heldTakes.size();
    }

    /** Calls of {@link #write}, failed ones included. */
    public synchronized int writeAttempts() {
        return attempts;
    }

    /** How many changes each successful write brought. */
    public synchronized List<Integer> writeSizes() {
        return List.copyOf(writeSizes);
    }

    /** Puts an entry in as it is. */
    public StoredProxy put(ProxyKey key, Health health, Location location, String... lists) {
        List<Listing> listings = Arrays.stream(lists)
                .sorted()
                .map(list -> new Listing(list, 1, 1, 0))
                .toList();
        Entry entry = new Entry(
                memory.model().lastId() + 1,
                key,
                Login.of(key, VAULT),
                false,
                0,
                health,
                location,
                Location.UNKNOWN,
                null,
                listings,
                health.stateSinceMillis(),
                0,
                null);
        memory.model().load(entry);
        return entry.stored();
    }

    /** Another instance has written this. */
    public void replace(long id, Health health) {
        memory.model().entries().set(id, entry(id).with(health));
    }

    /** Everything, by id. */
    public List<StoredProxy> all() {
        return memory.model().entries().all().stream().map(Entry::stored).toList();
    }

    /** The entry with this number. */
    public StoredProxy byId(long id) {
        return entry(id).stored();
    }

    private Entry entry(long id) {
        return Objects.requireNonNull(memory.model().entries().get(id));
    }

    /** Entries that are taken at {@code nowMillis}. */
    public long leased(long nowMillis) {
        return memory.model().taken(nowMillis);
    }

    @Override
    public Future<List<TakenProxy>> takeDue(
            long nowMillis, int lowestPriority, int highestPriority, int limit, long leaseMillis) {
        Future<List<TakenProxy>> taken = super.takeDue(nowMillis, lowestPriority, highestPriority, limit, leaseMillis);
        Promise<List<TakenProxy>> later = Promise.promise();
        synchronized (this) {
            if (!holdingTakes) {
                return taken;
            }
            heldTakes.add(() -> taken.onComplete(later));
        }
        return later.future();
    }

    @Override
    public Future<Integer> write(List<HealthChange> changes, @Nullable CheckBatch happened) {
        Promise<Integer> later = Promise.promise();
        synchronized (this) {
            attempts++;
            if (holding) {
                heldWrites.add(() -> writeNow(changes, happened).onComplete(later));
                return later.future();
            }
        }
        return writeNow(changes, happened);
    }

    private Future<Integer> writeNow(List<HealthChange> changes, @Nullable CheckBatch happened) {
        return super.write(changes, happened).onSuccess(written -> {
            synchronized (this) {
                writeSizes.add(written);
            }
        });
    }
}
