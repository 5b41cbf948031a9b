package dev.sluice.api;

import dev.sluice.export.ExportFormat;
import dev.sluice.port.Download;
import dev.sluice.port.Exports;
import dev.sluice.port.Exports.Exported;
import dev.sluice.port.Exports.Order;
import dev.sluice.port.JobState;
import dev.sluice.port.JobsFullException;
import dev.sluice.store.StoreException;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.FileNotFoundException;
import java.util.List;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code /api/v1/exports}: exports of the store into files, which are ordered, watched and fetched. Nobody is shown
 * passwords who does not see them elsewhere.
 */
final class ExportEndpoints {
    static final String PATH = "/api/v1/exports/";

    /** Exports that are listed unless more or fewer are asked for. */
    static final int USUAL_LIMIT = 100;

    private static final Logger LOG = LoggerFactory.getLogger(ExportEndpoints.class);
    private static final String CREDENTIALS = "credentials";
    private static final String LIMIT = "limit";
    private static final Pattern ID = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");

    private final Exports exports;
    private final BodyReader bodies;

    ExportEndpoints(Exports exports, BodyReader bodies) {
        this.exports = exports;
        this.bodies = bodies;
    }

    void order(Exchange exchange) {
        Query.parse(exchange.request().query(), List.of());
        Future<Exported> ordered = bodies.read(exchange)
                .map(body -> permitted(ExportForm.parse(body, exchange.caller().name()), exchange))
                .compose(exports::order);
        exchange.here(ordered)
                .onSuccess(export -> {
                    LOG.atInfo()
                            .addKeyValue("id", export.job().id())
                            .addKeyValue("format", export.order().format().text())
                            .addKeyValue("scope", export.order().scope().text())
                            .addKeyValue(CREDENTIALS, export.order().credentials())
                            .addKeyValue("by", exchange.caller().name())
                            .addKeyValue("request", exchange.id())
                            .log("export ordered");
                    exchange.request()
                            .response()
                            .putHeader(HttpHeaders.LOCATION, PATH + export.job().id());
                    exchange.json(202, ExportForm.json(export));
                })
                .onFailure(failure -> failed(failure, exchange));
    }

    private static Order permitted(Order order, Exchange exchange) {
        if (order.credentials() && !exchange.maySeeCredentials()) {
            throw new Refused(Problems.credentialsHidden());
        }
        return order;
    }

    void list(Exchange exchange) {
        int limit = Query.parse(exchange.request().query(), List.of(LIMIT)).number(LIMIT, 1, 1_000, USUAL_LIMIT);
        exchange.here(exports.list(limit))
                .onSuccess(listed -> {
                    JsonArray forms = new JsonArray();
                    listed.forEach(export -> forms.add(ExportForm.json(export)));
                    exchange.json(200, new JsonObject().put("exports", forms));
                })
                .onFailure(failure -> failed(failure, exchange));
    }

    void get(Exchange exchange) {
        Query.parse(exchange.request().query(), List.of());
        exchange.here(existing(id(exchange)))
                .onSuccess(export -> exchange.json(200, ExportForm.json(export)))
                .onFailure(failure -> failed(failure, exchange));
    }

    /** The file as a whole, or one part of it. */
    void content(Exchange exchange) {
        Query.parse(exchange.request().query(), List.of());
        String id = id(exchange);
        Future<Download> file = existing(id).compose(export -> {
            if (export.order().credentials() && !exchange.maySeeCredentials()) {
                throw new Refused(Problems.credentialsHidden());
            }
            if (export.job().state() != JobState.COMPLETED) {
                throw new Refused(
                        Problems.exportNotReady(id, export.job().state().text()));
            }
            return exports.content(id)
                    .map(found -> found.orElseThrow(() ->
                            new Refused(Problems.noFile(id, export.job().job().node()))));
        });
        exchange.here(file)
                .onSuccess(download -> send(exchange, id, download))
                .onFailure(failure -> failed(failure, exchange));
    }

    private static void send(Exchange exchange, String id, Download download) {
        if (exchange.gone()) {
            return;
        }
        HttpServerResponse response = exchange.request().response();
        String asked = exchange.request().getHeader("range");
        ByteRange range =
                exchange.request().headers().contains("if-range") ? null : ByteRange.of(asked, download.bytes());
        if (range != null && range.isEmpty()) {
            response.putHeader(HttpHeaders.CONTENT_RANGE, "bytes */" + download.bytes());
            exchange.problem(Problems.noSuchRange(String.valueOf(asked), download.bytes()));
            return;
        }
        ByteRange part = range == null ? new ByteRange(0, download.bytes()) : range;
        response.putHeader(HttpHeaders.CONTENT_DISPOSITION, "attachment; filename=\"" + download.name() + '"')
                .putHeader(HttpHeaders.ACCEPT_RANGES, "bytes");
        if (range != null) {
            long last = part.from() + part.length() - 1;
            response.putHeader(HttpHeaders.CONTENT_RANGE, "bytes " + part.from() + '-' + last + '/' + download.bytes());
        }
        exchange.sendFile(range == null ? 200 : 206, download.type(), download.file(), part.from(), part.length())
                .onFailure(failure -> {
                    if (failure instanceof FileNotFoundException) {
                        // Deleted just now.
                        response.headers().remove(HttpHeaders.ACCEPT_RANGES).remove(HttpHeaders.CONTENT_RANGE);
                        response.headers().remove(HttpHeaders.CONTENT_DISPOSITION);
                        exchange.problem(Problems.noFile(id, null));
                    } else {
                        LOG.atDebug().addKeyValue("id", id).setCause(failure).log("a client left in mid-export");
                    }
                });
    }

    private Future<Exported> existing(String id) {
        return exports.get(id).map(found -> found.orElseThrow(() -> new Refused(Problems.noExport(id))));
    }

    /** Whoever looks for a format finds this, so it names them. */
    private static String id(Exchange exchange) {
        String id = exchange.segment("id");
        if (!ID.matcher(id).matches()) {
            throw new Refused(Problems.invalidParameter(
                    "id",
                    "id: " + id + " (expected: the id of an export, or one of the formats "
                            + String.join(", ", ExportFormat.names()) + ")"));
        }
        return id;
    }

    private static void failed(Throwable failure, Exchange exchange) {
        if (failure instanceof JobsFullException) {
            exchange.problem(Problems.jobsFull(String.valueOf(failure.getMessage())));
        } else if (failure instanceof StoreException store && store.kind() == StoreException.Kind.UNAVAILABLE) {
            LOG.atWarn().setCause(failure).log("exports cannot be reached");
            exchange.problem(Problems.storeSilent());
        } else {
            exchange.refuse(failure);
        }
    }
}
