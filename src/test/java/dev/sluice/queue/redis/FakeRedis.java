package dev.sluice.queue.redis;

import dev.sluice.port.JobKind;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A Redis in memory, which can go away and be emptied. */
final class FakeRedis {
    private final LongSupplier nowMillis;
    private final Map<String, Stream> streams = new HashMap<>();
    private final Set<Connection> connections = new HashSet<>();
    private boolean up = true;
    private long entries;
    private @Nullable String leader;
    private long leaderUntilMillis;
    private long emptySince;
    /** Commands so far, refused ones included. */
    int commands;

    FakeRedis(LongSupplier nowMillis) {
        this.nowMillis = nowMillis;
    }

    private static final class Stream {
        private final LinkedHashMap<String, String> waiting = new LinkedHashMap<>();
        private final Map<String, Pending> pending = new HashMap<>();
    }

    private record Pending(String id, long sinceMillis) {}

    /** Stops: connections break, and new ones are refused. */
    void stop() {
        up = false;
        List<Connection> broken = new ArrayList<>(connections);
        // In the order they were made, so that the same seed gives the same run.
        broken.sort(Comparator.comparing(connection -> connection.number));
        connections.clear();
        broken.forEach(Connection::broken);
    }

    /** Starts with what it held when it stopped. */
    void start() {
        up = true;
    }

    /** Forgets everything: FLUSHALL. */
    void flush() {
        streams.clear();
        leader = null;
        emptySince = 0;
    }

    /** Ids that wait in all lanes of a kind. */
    List<String> waiting(JobKind kind) {
        List<String> ids = new ArrayList<>();
        for (Lane lane : Lane.values()) {
            Stream stream = streams.get(lane.stream(kind));
            if (stream != null) {
                ids.addAll(stream.waiting.values());
            }
        }
        return ids;
    }

    /** Ids that somebody took out and did not see to. */
    int pending(JobKind kind, Lane lane) {
        Stream stream = streams.get(lane.stream(kind));
        return stream == null ? 0 : stream.pending.size();
    }

    /** Puts an id in, whatever it is. */
    void add(JobKind kind, Lane lane, String id) {
        streams.computeIfAbsent(lane.stream(kind), key -> new Stream()).waiting.put(entry(), id);
        wake(kind);
    }

    private String entry() {
        return ++entries + "-0";
    }

    private void wake(JobKind kind) {
        connections.stream()
                .sorted(Comparator.comparing(connection -> connection.number))
                .forEach(connection -> connection.arrived(kind));
    }

    /** A connection of one instance. */
    Transport connection() {
        return new Connection();
    }

    private final class Connection implements Transport {
        private final long number = ++entries;
        private @Nullable Ears ears;

        private void broken() {
            Ears told = ears;
            ears = null;
            if (told != null) {
                told.gone().accept(new IllegalStateException("connection reset"));
            }
        }

        private void arrived(JobKind kind) {
            if (ears != null) {
                ears.arrived().accept(kind);
            }
        }

        private <T> Future<T> command(Supplier<T> work) {
            commands++;
            if (!up || ears == null) {
                return Future.failedFuture(new IllegalStateException("connection refused"));
            }
            try {
                return Future.succeededFuture(work.get());
            } catch (StreamsLostException e) {
                return Future.failedFuture(e);
            }
        }

        private Stream stream(JobKind kind, Lane lane) {
            Stream stream = streams.get(lane.stream(kind));
            if (stream == null) {
                throw new StreamsLostException();
            }
            return stream;
        }

        @Override
        public Future<Boolean> connect(Ears ears, long now) {
            if (!up) {
                commands++;
                return Future.failedFuture(new IllegalStateException("connection refused"));
            }
            this.ears = ears;
            connections.add(this);
            return prepare(now);
        }

        @Override
        public Future<Boolean> prepare(long now) {
            return command(() -> {
                boolean made = false;
                for (JobKind kind : JobKind.values()) {
                    for (Lane lane : Lane.values()) {
                        made |= streams.putIfAbsent(lane.stream(kind), new Stream()) == null;
                    }
                }
                emptySince = made ? now : emptySince;
                return made;
            });
        }

        @Override
        public Future<Integer> publish(JobKind kind, Lane lane, List<String> ids, int room) {
            return command(() -> {
                // XADD makes a stream without a group where there is none; reading fails all the same.
                Stream stream = stream(kind, lane);
                int count = 0;
                while (count < ids.size() && stream.waiting.size() + stream.pending.size() < room) {
                    stream.waiting.put(entry(), ids.get(count++));
                }
                wake(kind);
                return count;
            });
        }

        @Override
        public Future<List<Delivery>> read(JobKind kind, List<Lane> lanes, int limit) {
            return command(() -> {
                List<Delivery> found = new ArrayList<>();
                for (Lane lane : lanes) {
                    Stream stream = stream(kind, lane);
                    for (String entry : List.copyOf(stream.waiting.keySet())) {
                        if (found.size() < limit) {
                            String id = Objects.requireNonNull(stream.waiting.remove(entry));
                            stream.pending.put(entry, new Pending(id, nowMillis.getAsLong()));
                            found.add(new Delivery(lane, entry, id));
                        }
                    }
                }
                return found;
            });
        }

        @Override
        public Future<Void> done(JobKind kind, Lane lane, List<String> done) {
            return command(() -> {
                done.forEach(stream(kind, lane).pending::remove);
                return null;
            });
        }

        @Override
        public Future<Integer> tidy(JobKind kind, Lane lane, long olderThanMillis) {
            return command(() -> {
                Map<String, Pending> pending = stream(kind, lane).pending;
                int before = pending.size();
                pending.values().removeIf(entry -> nowMillis.getAsLong() - entry.sinceMillis >= olderThanMillis);
                return before - pending.size();
            });
        }

        @Override
        public Future<Long> lead(String name, long millis) {
            return command(() -> {
                long now = nowMillis.getAsLong();
                if (leader != null && !leader.equals(name) && now < leaderUntilMillis) {
                    return ANOTHER_LEADS;
                }
                leader = name;
                leaderUntilMillis = now + millis;
                return emptySince;
            });
        }

        @Override
        public Future<Void> close() {
            ears = null;
            connections.remove(this);
            return Future.succeededFuture();
        }
    }
}
