package dev.sluice.api;

import dev.sluice.export.ExportFormat;
import dev.sluice.export.ExportWriter;
import dev.sluice.pool.Served;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Writes what is served as an export: a short one as a whole, a long one in parts, as fast as the client reads them and
 * with turns for others in between. How many entries were left out is told by a header, or behind a long one by a trailer.
 */
final class ExportStream {
    /** How many entries were left out. */
    static final String LEFT_OUT = "x-sluice-left-out";

    /** Entries that are looked at without asking whether the client keeps up. */
    static final int PART = 256;

    /** Parts that are written before it is somebody else's turn on the event loop. */
    private static final int TURN = 8;

    private final Exchange exchange;
    private final ExportFormat format;
    private final ExportWriter writer;
    private final Supplier<@Nullable Served> more;
    private @Nullable Served next;

    /**
     * A stream.
     *
     * @param first the first entry
     * @param more the others one after the other, then null
     */
    ExportStream(
            Exchange exchange,
            ExportFormat format,
            ExportWriter writer,
            Served first,
            Supplier<@Nullable Served> more) {
        this.exchange = exchange;
        this.format = format;
        this.writer = writer;
        this.next = first;
        this.more = more;
    }

    void write() {
        StringBuilder out = new StringBuilder();
        writer.begin(out);
        part(out);
        HttpServerResponse response = exchange.request().response();
        response.putHeader(HttpHeaders.CONTENT_DISPOSITION, disposition(format));
        if (next == null) {
            writer.end(out);
            response.putHeader(LEFT_OUT, leftOut());
            exchange.send(200, format.contentType(), Buffer.buffer(out.toString()));
            return;
        }
        boolean trailers = exchange.request().version() != HttpVersion.HTTP_1_0;
        if (trailers) {
            response.putHeader("trailer", LEFT_OUT);
        } else {
            // Its end is the only sign that the answer is over.
            response.putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
        }
        if (exchange.wantsHeadOnly()) {
            exchange.streamHead(200, format.contentType());
            return;
        }
        exchange.stream(200, format.contentType());
        send(response, out);
        goOn(response, trailers);
    }

    /** A browser runs a PAC file and does not keep it. */
    static String disposition(ExportFormat format) {
        return (format == ExportFormat.PAC ? "inline" : "attachment") + "; filename=\"" + format.fileName() + '"';
    }

    private void goOn(HttpServerResponse response, boolean trailers) {
        for (int parts = 0; next != null; parts++) {
            if (response.closed()) {
                return;
            }
            if (response.writeQueueFull()) {
                response.drainHandler(drained -> exchange.guarded(() -> goOn(response, trailers)));
                return;
            }
            if (parts == TURN) {
                exchange.vertx()
                        .getOrCreateContext()
                        .runOnContext(turn -> exchange.guarded(() -> goOn(response, trailers)));
                return;
            }
            StringBuilder out = new StringBuilder();
            part(out);
            send(response, out);
        }
        StringBuilder out = new StringBuilder();
        writer.end(out);
        send(response, out);
        if (trailers) {
            response.putTrailer(LEFT_OUT, leftOut());
        }
        exchange.streamed();
        if (!trailers) {
            exchange.request().connection().close();
        }
    }

    private void part(StringBuilder out) {
        for (int i = 0; i < PART && next != null; i++) {
            writer.add(ExportForm.entry(next), out);
            next = more.get();
        }
    }

    /** An empty part would mean the end. */
    private static void send(HttpServerResponse response, StringBuilder out) {
        if (!out.isEmpty()) {
            response.write(Buffer.buffer(out.toString()));
        }
    }

    private String leftOut() {
        return Long.toString(writer.counts().allLeftOut());
    }
}
