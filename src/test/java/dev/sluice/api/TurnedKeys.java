package dev.sluice.api;

import dev.sluice.port.Encryption;
import dev.sluice.port.EncryptionRefusedException;
import dev.sluice.port.JobKind;
import dev.sluice.port.Jobs;
import dev.sluice.port.NewJob;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Encryption keys in memory; all rows are under the first. */
final class TurnedKeys implements Encryption {
    private static final long ROWS = 7;

    private final Jobs jobs;
    private final List<String> ids = new ArrayList<>(List.of("00000001"));
    private boolean added;
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
            boolean last = i == ids.size() - 1;
            String state = added ? (last ? "next" : "primary") : last ? "primary" : "old";
            keys.add(new Key(ids.get(i), state, i == under ? ROWS : 0, i == under));
        }
        Step next = added ? Step.PROMOTE : ids.size() == 1 ? Step.ADD : under == 0 ? Step.RE_ENCRYPT : Step.RETIRE;
        return Future.succeededFuture(new Status("file", true, true, keys, 0, 0, next));
    }

    @Override
    public synchronized Future<Status> add() {
        if (added || ids.size() > 1) {
            return refused("add: a rotation is under way (expected: to end it first)");
        }
        ids.add("00000002");
        added = true;
        return status();
    }

    @Override
    public synchronized Future<Status> promote() {
        if (!added) {
            return refused("promote: no key was added (expected: add first)");
        }
        added = false;
        return status();
    }

    @Override
    public synchronized Future<Jobs.Submitted> reencrypt(@Nullable String owner) {
        under = added ? 0 : ids.size() - 1;
        return jobs.submit(NewJob.of(JobKind.ANALYSIS, REENCRYPT, "{}"));
    }

    @Override
    public synchronized Future<Status> retire() {
        if (added || ids.size() == 1 || under == 0) {
            return refused("retire: no old key (expected: one that nothing needs)");
        }
        ids.remove(0);
        under = 0;
        return status();
    }

    private static Future<Status> refused(String why) {
        return Future.failedFuture(new EncryptionRefusedException(why));
    }
}
