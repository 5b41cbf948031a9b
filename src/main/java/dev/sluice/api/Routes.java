package dev.sluice.api;

import dev.sluice.telemetry.RequestTimer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The operations of a listener, by path and method. Immutable. */
final class Routes {
    private final List<Route> all;
    private final Map<String, Map<String, Route>> exact = new HashMap<>();
    private final Map<String, Map<String, Route>> templates = new LinkedHashMap<>();

    Routes(List<Route> routes) {
        this.all = List.copyOf(routes);
        for (Route route : all) {
            Map<String, Map<String, Route>> kind = route.template().contains("{") ? templates : exact;
            kind.computeIfAbsent(route.template(), path -> new LinkedHashMap<>())
                    .put(route.method(), route);
        }
    }

    List<Route> all() {
        return all;
    }

    /** What times the operation at an exact path. */
    RequestTimer timer(String method, String path) {
        Route route = exact.getOrDefault(path, Map.of()).get(method);
        if (route == null) {
            throw new IllegalArgumentException("path: " + path + " (expected: one of " + exact.keySet() + ")");
        }
        return route.timer();
    }

    /** The operations at {@code path}; null when there are none. */
    @Nullable
    Match match(String path) {
        Map<String, Route> methods = exact.get(path);
        if (methods != null) {
            return new Match(methods, Map.of());
        }
        for (Map.Entry<String, Map<String, Route>> template : templates.entrySet()) {
            Map<String, String> segments = segments(template.getKey(), path);
            if (segments != null) {
                return new Match(template.getValue(), segments);
            }
        }
        return null;
    }

    private static @Nullable Map<String, String> segments(String template, String path) {
        String[] wanted = template.split("/", -1);
        String[] given = path.split("/", -1);
        if (wanted.length != given.length) {
            return null;
        }
        Map<String, String> segments = new HashMap<>();
        for (int i = 0; i < wanted.length; i++) {
            if (wanted[i].startsWith("{")) {
                if (given[i].isEmpty()) {
                    return null;
                }
                // In a path a plus is a plus.
                segments.put(
                        wanted[i].substring(1, wanted[i].length() - 1), Query.decode(given[i].replace("+", "%2B")));
            } else if (!wanted[i].equals(given[i])) {
                return null;
            }
        }
        return segments;
    }

    /**
     * What stands at a path.
     *
     * @param methods the operations by method
     * @param segments the parts of the path that vary, decoded
     */
    record Match(Map<String, Route> methods, Map<String, String> segments) {
        /** The operation for {@code method}; null when it is not allowed. */
        @Nullable
        Route route(String method) {
            return methods.get(method.equals("HEAD") ? "GET" : method);
        }

        /** Value of the header Allow. */
        String allowed() {
            List<String> allowed = new ArrayList<>(new TreeSet<>(methods.keySet()));
            if (methods.containsKey("GET")) {
                allowed.add("HEAD");
            }
            return String.join(", ", allowed);
        }
    }
}
