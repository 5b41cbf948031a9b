package dev.sluice.api;

import dev.sluice.port.KeyRecord.Role;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A part of the administration that brings its own operations and collaborators. One for all instances of the API, so
 * what it keeps is thread-safe; what {@link #routes} returns belongs to one instance, on its event loop.
 */
public interface Area {
    /** Its operations, for one instance. */
    List<Route> routes(Desk desk);

    /** What an instance offers to areas. */
    final class Desk {
        private final Vertx vertx;
        private final BodyReader bodies;
        private final Maker maker;

        Desk(Vertx vertx, BodyReader bodies, Maker maker) {
            this.vertx = vertx;
            this.bodies = bodies;
            this.maker = maker;
        }

        Vertx vertx() {
            return vertx;
        }

        BodyReader bodies() {
            return bodies;
        }

        /** An operation that reads. */
        Route get(String template, String summary, Consumer<Exchange> handler) {
            return maker.route("GET", template, Role.READ, summary, handler);
        }

        /** An operation for administrators. */
        Route admin(String method, String template, String summary, Consumer<Exchange> handler) {
            return maker.route(method, template, Role.ADMIN, summary, handler);
        }
    }

    /** Makes an operation with its timer. */
    @FunctionalInterface
    interface Maker {
        Route route(String method, String template, @Nullable Role role, String summary, Consumer<Exchange> handler);
    }
}
