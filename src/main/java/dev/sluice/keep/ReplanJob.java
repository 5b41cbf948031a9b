package dev.sluice.keep;

import dev.sluice.port.JobKind;
import dev.sluice.port.Planning;
import dev.sluice.port.Recheck;
import dev.sluice.queue.JobHandler;
import dev.sluice.queue.JobRun;
import dev.sluice.store.ProxyStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Plans the next check of everything stored anew: what a change of the preset, or of intervals, takes to be in force at once
 * rather than with the next check of each. Goes through the store by number; the cursor is the last number done.
 */
public final class ReplanJob implements JobHandler {
    private static final int PAGE = 1_000;
    private static final int MOST_WAITING = 20_000;
    private static final long GIVE_WAY_MILLIS = 100;

    private final Vertx vertx;
    private final ProxyStore store;
    private final Planning planning;

    /** A handler. */
    public ReplanJob(Vertx vertx, ProxyStore store, Planning planning) {
        this.vertx = vertx;
        this.store = store;
        this.planning = planning;
    }

    @Override
    public JobKind kind() {
        return JobKind.ANALYSIS;
    }

    @Override
    public String type() {
        return Recheck.REPLAN;
    }

    @Override
    public Future<String> run(JobRun run) {
        return pass(run, Place.of(run.job().cursor()));
    }

    private Future<String> pass(JobRun run, Place from) {
        return run.checkpoint()
                .compose(goOn -> store.page(from.afterId(), PAGE))
                .compose(page -> page.isEmpty()
                        ? Future.succeededFuture(from.json())
                        : planning.replan(page).compose(planned -> {
                            Place next = new Place(
                                    page.get(page.size() - 1).id(),
                                    from.looked() + page.size(),
                                    from.planned() + planned.planned());
                            return run.progress(next.json(), next.cursor())
                                    .compose(noted -> giveWay(planned.waiting()))
                                    .compose(rested -> pass(run, next));
                        }));
    }

    private Future<Void> giveWay(int waiting) {
        return waiting < MOST_WAITING
                ? Future.succeededFuture()
                : vertx.timer(GIVE_WAY_MILLIS, TimeUnit.MILLISECONDS).mapEmpty();
    }

    /**
     * How far it is.
     *
     * @param afterId the last number done
     * @param looked entries looked at
     * @param planned entries with another plan
     */
    private record Place(long afterId, long looked, long planned) {
        static Place of(@Nullable String cursor) {
            if (cursor == null) {
                return new Place(0, 0, 0);
            }
            String[] parts = cursor.split(" ", -1);
            return new Place(Long.parseLong(parts[0]), Long.parseLong(parts[1]), Long.parseLong(parts[2]));
        }

        String cursor() {
            return afterId + " " + looked + " " + planned;
        }

        String json() {
            return "{\"looked\":" + looked + ",\"planned\":" + planned + "}";
        }
    }
}
