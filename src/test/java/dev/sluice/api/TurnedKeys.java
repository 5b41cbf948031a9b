package dev.sluice.api;

import dev.sluice.port.Encryption;
import dev.sluice.port.JobKind;
import dev.sluice.port.Jobs;
import dev.sluice.port.NewJob;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Encryption keys in memory, which refuse no step unless they are told to. */
final class TurnedKeys implements Encryption {
    private static final long ROWS = 7;

    private final Jobs jobs;
    private final List<String> ids = new ArrayList<>(List.of("00000001"));
    private boolean added;
    private int last = 1;
    private int under;
    volatile @Nullable RuntimeException failure;

    TurnedKeys(Jobs jobs) {
        this.jobs = jobs;
    }

    @Override
    public synchronized Future<Status> status() {
        RuntimeException fails = failure;
        if (fails != null) {
            return Future.failedFuture(fails);
        }
        List<Key> keys = new ArrayList<>();
        for (int i = 0; i < ids.size(); i++) {
            boolean newest = i == ids.size() - 1;
            boolean beforeIt = i == ids.size() - 2;
            String state = newest ? (added ? "next" : "primary") : added && beforeIt ? "primary" : "old";
            keys.add(new Key(ids.get(i), state, i == under ? ROWS : 0, i == under));
        }
        Step next = added ? Step.PROMOTE : ids.size() == 1 ? Step.ADD : under == 0 ? Step.RE_ENCRYPT : Step.RETIRE;
        return Future.succeededFuture(new Status("file", true, true, keys, 0, 0, next));
    }

    @Override
    public synchronized Future<Status> add() {
        if (!added) {
            ids.add(String.format("%08x", ++last));
            added = true;
        }
        return status();
    }

    @Override
    public synchronized Future<Status> promote() {
        added = false;
        return status();
    }

    @Override
    public synchronized Future<Jobs.Submitted> reencrypt(@Nullable String owner) {
        under = ids.size() - (added ? 2 : 1);
        return jobs.submit(NewJob.of(JobKind.ANALYSIS, REENCRYPT, "{}"));
    }

    @Override
    public synchronized Future<Status> retire() {
        if (!added) {
            ids.subList(0, ids.size() - 1).clear();
            under = 0;
        }
        return status();
    }
}
