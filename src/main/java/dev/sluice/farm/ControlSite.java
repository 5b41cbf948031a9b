package dev.sluice.farm;

import dev.sluice.config.DurationFormat;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.time.Duration;
import java.util.Optional;

/**
 * Steers a running farm over HTTP, by {@code POST /control/…}; what is asked for with another method is what {@link FarmSite}
 * has. Confined to the verticle's event loop.
 */
final class ControlSite implements Handler<HttpServerRequest> {
    private static final String CONTROL = "/control/";

    private final Farm farm;
    private final FarmSite site;

    ControlSite(Farm farm, FarmSite site) {
        this.farm = farm;
        this.site = site;
    }

    @Override
    public void handle(HttpServerRequest request) {
        String path = Optional.ofNullable(request.path()).orElse("/");
        if (!path.startsWith(CONTROL)) {
            site.handle(request);
        } else if (!request.method().equals(HttpMethod.POST)) {
            request.response()
                    .setStatusCode(405)
                    .putHeader(HttpHeaders.ALLOW, "POST")
                    .end();
        } else {
            obey(request, path.substring(CONTROL.length()));
        }
    }

    private void obey(HttpServerRequest request, String order) {
        Future<Void> done;
        try {
            done = switch (order) {
                case "outage" -> farm.outage(duration("for", parameter(request, "for")));
                case "knee" -> now(() -> farm.bend(number("per-second", parameter(request, "per-second"))));
                case "kill" -> now(() -> farm.kill(parameter(request, "host")));
                case "revive" -> now(() -> farm.revive(parameter(request, "host")));
                case "delist" -> now(() -> farm.delist(parameter(request, "host")));
                case "relist" -> now(farm::relistAll);
                default -> {
                    answer(
                            request,
                            404,
                            "control: " + order + " (expected: outage, knee, kill, revive, delist, relist)");
                    yield Future.succeededFuture();
                }
            };
        } catch (IllegalArgumentException | IllegalStateException e) {
            answer(request, 400, String.valueOf(e.getMessage()));
            return;
        }
        done.onComplete(ended -> {
            if (!request.response().ended()) {
                request.response().setStatusCode(204).end();
            }
        });
    }

    private static Future<Void> now(Runnable order) {
        order.run();
        return Future.succeededFuture();
    }

    private static String parameter(HttpServerRequest request, String name) {
        String value = request.getParam(name);
        if (value == null) {
            throw new IllegalArgumentException(name + ": missing");
        }
        return value;
    }

    private static Duration duration(String name, String text) {
        try {
            return DurationFormat.parse(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(name + ": " + e.getMessage(), e);
        }
    }

    private static int number(String name, String text) {
        if (!text.matches("\\d{1,9}")) {
            throw new IllegalArgumentException(name + ": " + text + " (expected: a number)");
        }
        return Integer.parseInt(text);
    }

    private static void answer(HttpServerRequest request, int status, String message) {
        request.response()
                .setStatusCode(status)
                .putHeader(HttpHeaders.CONTENT_TYPE, "text/plain; charset=utf-8")
                .end(message + '\n');
    }
}
