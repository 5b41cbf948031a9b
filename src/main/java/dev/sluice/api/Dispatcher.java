package dev.sluice.api;

import dev.sluice.net.InvalidRequest;
import dev.sluice.port.KeyRecord.Role;
import dev.sluice.telemetry.RequestTimer;
import dev.sluice.telemetry.Telemetry;
import dev.sluice.telemetry.Traces;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Takes every request of a listener, asks {@link Guard}, finds the route. Confined to one event loop. */
final class Dispatcher implements Handler<HttpServerRequest> {
    /** What stands for an endpoint in the times of requests that reached none. */
    static final String REFUSED = "none";

    private static final String JUDGE = "/judge";

    private final Vertx vertx;
    private final Guard guard;
    private final Routes routes;
    private final @Nullable Handler<HttpServerRequest> judge;
    private final BooleanSupplier overloaded;
    private final RequestTimer refused;
    private final Traces traces;

    /**
     * A dispatcher.
     *
     * @param judge takes {@code /judge} and everything below it; null where a listener has no judge
     * @param overloaded whether to refuse what is not open
     */
    Dispatcher(
            Vertx vertx,
            Guard guard,
            Routes routes,
            @Nullable Handler<HttpServerRequest> judge,
            BooleanSupplier overloaded,
            Telemetry telemetry) {
        this.vertx = vertx;
        this.guard = guard;
        this.routes = routes;
        this.judge = judge;
        this.overloaded = overloaded;
        this.refused = telemetry.requestTimer(REFUSED);
        this.traces = telemetry.traces();
    }

    @Override
    public void handle(HttpServerRequest request) {
        try {
            dispatch(request);
        } catch (Refused e) {
            answer(request, e.problem());
        } catch (RuntimeException e) {
            new Exchange(vertx, request, refused, Map.of(), Admission.OPEN, false, null).failed(e);
        }
    }

    /** Answers what the HTTP decoder refused, and ends the connection: what follows on it cannot be told apart. */
    void invalid(HttpServerRequest request) {
        request.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
        answer(request, Problems.undecodable(InvalidRequest.status(request)));
        vertx.setTimer(100, id -> request.connection().close());
    }

    private void dispatch(HttpServerRequest request) {
        ServerHead head = new ServerHead(request);
        Problem foreign = guard.refuseAny(head);
        if (foreign != null) {
            answer(request, foreign);
            return;
        }
        String path = request.path();
        if (judge != null && (path.equals(JUDGE) || path.startsWith(JUDGE + '/'))) {
            judge.handle(request);
            return;
        }
        Routes.Match match = routes.match(path);
        Route route = match == null ? null : match.route(request.method().name());
        if (overloaded.getAsBoolean() && (route == null || !route.open())) {
            answer(request, Problems.overloaded());
            return;
        }
        Admission admission = route == null ? guard.admitKnown(head) : guard.admit(head, route.role());
        Problem problem = admission.problem();
        if (problem != null) {
            answer(request, admission, problem);
        } else if (match == null) {
            answer(request, admission, Problems.notFound(path));
        } else if (route == null) {
            request.response().putHeader(HttpHeaders.ALLOW, match.allowed());
            answer(
                    request,
                    admission,
                    Problems.methodNotAllowed(request.method().name(), match.allowed()));
        } else {
            run(
                    route,
                    new Exchange(
                            vertx,
                            request,
                            route.timer(),
                            match.segments(),
                            admission,
                            route.role() == Role.ADMIN,
                            trace(request, route)));
        }
    }

    /** Those that were drawn, and those that their clients trace. */
    private @Nullable RequestTrace trace(HttpServerRequest request, Route route) {
        if (!traces.on()) {
            return null;
        }
        String traceparent = request.getHeader(RequestTrace.TRACEPARENT);
        return traces.wantedBy(traceparent) || traces.draw()
                ? new RequestTrace(traces, traceparent, route.method(), route.template())
                : null;
    }

    private static void run(Route route, Exchange exchange) {
        try {
            route.handler().accept(exchange);
        } catch (Refused e) {
            exchange.problem(e.problem());
        }
    }

    private void answer(HttpServerRequest request, Problem problem) {
        answer(request, Admission.OPEN, problem);
    }

    private void answer(HttpServerRequest request, Admission admission, Problem problem) {
        new Exchange(vertx, request, refused, Map.of(), admission, false, null).problem(problem);
    }
}
