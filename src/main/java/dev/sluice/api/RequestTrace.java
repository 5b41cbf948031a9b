package dev.sluice.api;

import dev.sluice.telemetry.Traces;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request that is traced. Query strings are left out: they may hold keys.
 *
 * @param traceparent of the client, null for none
 * @param route template of the path
 */
record RequestTrace(Traces traces, @Nullable String traceparent, String method, String route) {
    static final CharSequence TRACEPARENT = "traceparent";

    /** Tells of the request, which is over. */
    void ended(int status, long startedNanos, long endedNanos, @Nullable String id) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("http.request.method", method);
        facts.put("http.route", route);
        facts.put("http.response.status_code", status);
        if (id != null) {
            facts.put("request.id", id);
        }
        traces.ended(
                method + ' ' + route,
                traceparent,
                startedNanos,
                endedNanos,
                facts,
                status >= 500 ? Integer.toString(status) : null);
    }
}
