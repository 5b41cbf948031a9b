package dev.sluice.store.memory;

import dev.sluice.store.StoreException;
import io.vertx.core.Future;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where what a model holds outlives the process. Called on the model's thread, but for what it says itself. */
public interface Truth {
    /** Nothing outlives the process. */
    Truth NOWHERE = new Truth() {
        @Override
        public Future<Void> write(List<Step<?, ?>> steps) {
            return Future.succeededFuture();
        }

        @Override
        public Future<Void> close() {
            return Future.succeededFuture();
        }
    };

    /** Why nothing may be asked of the store at the moment; null while it may. */
    default @Nullable StoreException refusal() {
        return null;
    }

    /** Why nothing may be changed at the moment; null while it may. */
    default @Nullable StoreException changeRefusal() {
        return refusal();
    }

    /** As {@link dev.sluice.store.ProxyStore#answers}; thread-safe. */
    default boolean answers() {
        return true;
    }

    /** How long the next write is to wait, so that changes go together; 0 for not at all. */
    default long pauseMillis() {
        return 0;
    }

    /** About how many steps a write takes; a single call of the store may bring more. */
    default int mostSteps() {
        return Integer.MAX_VALUE;
    }

    /**
     * Writes all steps or none of them; the future, which may complete on any thread, says whether they outlive a crash.
     * One call at a time. After a failure the model takes the steps back.
     */
    Future<Void> write(List<Step<?, ?>> steps);

    /** Lets go. No call is under way, and none follows. */
    Future<Void> close();
}
