package dev.sluice.api;

import static dev.sluice.pool.Entries.NOW;

import dev.sluice.export.ExportCounts;
import dev.sluice.export.ExportFormat;
import dev.sluice.port.Download;
import dev.sluice.port.Exports;
import dev.sluice.port.JobKind;
import dev.sluice.port.JobRecord;
import dev.sluice.port.JobState;
import dev.sluice.port.NewJob;
import io.vertx.core.Future;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Exports that are ordered and never made by themselves; a test says what became of them. Thread-safe. */
final class OrderedExports implements Exports {
    final List<Order> orders = new CopyOnWriteArrayList<>();
    private final ConcurrentSkipListMap<String, Exported> known = new ConcurrentSkipListMap<>();
    private final Map<String, Path> files = new ConcurrentHashMap<>();
    private final AtomicInteger number = new AtomicInteger();
    private volatile @Nullable Throwable failure;

    /** Has everything fail from now on; null ends that. */
    void fail(@Nullable Throwable with) {
        failure = with;
    }

    @Override
    public Future<Exported> order(Order order) {
        String id = "019b76da-a800-7000-8000-%012x".formatted(0x100 + number.incrementAndGet());
        return answer(() -> {
            orders.add(order);
            return put(id, order, JobState.PENDING, null);
        });
    }

    /** An export that stands so. */
    Exported put(String id, Order order, JobState state, @Nullable String error) {
        boolean over = !state.live();
        JobRecord job = new JobRecord(
                id,
                new NewJob(JobKind.EXPORT, TYPE, "{}", 5, null, null, "here", 0, 8, order.owner()),
                state,
                NOW,
                state == JobState.PENDING ? 0 : 1,
                0,
                0,
                1,
                null,
                false,
                null,
                null,
                null,
                error == null ? List.of() : List.of(new JobRecord.Failure(NOW, 1, "w", error)),
                NOW,
                NOW,
                over ? NOW + 1_000 : 0);
        Progress progress = state == JobState.PENDING ? null : new Progress(10, 20, 30, new ExportCounts(9, Map.of()));
        Exported exported = new Exported(job, order, progress);
        known.put(id, exported);
        return exported;
    }

    /** A completed export with a file. */
    void complete(String id, ExportFormat format, boolean credentials, Path file) {
        put(
                id,
                new Order(format, Scope.ALL, Map.of("country", "DE"), credentials, "somebody"),
                JobState.COMPLETED,
                null);
        files.put(id, file);
    }

    @Override
    public Future<Optional<Exported>> get(String id) {
        return answer(() -> Optional.ofNullable(known.get(id)));
    }

    @Override
    public Future<List<Exported>> list(int limit) {
        return answer(() -> {
            List<Exported> all = new ArrayList<>(known.values());
            Collections.reverse(all);
            return all.subList(0, Math.min(limit, all.size()));
        });
    }

    @Override
    public Future<Optional<Download>> content(String id) {
        return answer(() -> {
            Path file = files.get(id);
            if (file == null) {
                return Optional.empty();
            }
            ExportFormat format = Objects.requireNonNull(known.get(id)).order().format();
            return Optional.of(new Download(file, format.fileName(), format.contentType(), size(file), true));
        });
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private <T> Future<T> answer(Supplier<T> answering) {
        Throwable with = failure;
        return with == null ? Future.succeededFuture(answering.get()) : Future.failedFuture(with);
    }
}
