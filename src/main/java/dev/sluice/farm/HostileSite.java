package dev.sluice.farm;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import org.jspecify.annotations.Nullable;

/** Sources nobody would wish to read. Confined to the verticle's event loop; every body ends some day. */
final class HostileSite {
    private static final long GIB = 1L << 30;
    private static final int BLOCK = 1 << 20;
    private static final int DRIP_BYTES = 600;
    private static final int ARRAYS = 1300;
    private static final Buffer FILL = Buffer.buffer("a".repeat(64 * 1024));

    private final Vertx vertx;
    private @Nullable Future<Buffer> zeros;

    HostileSite(Vertx vertx) {
        this.vertx = vertx;
    }

    /** Answers the page of {@code /hostile/NAME}; false when there is none of this name. */
    boolean serve(String name, HttpServerRequest request) {
        HttpServerResponse response = request.response();
        switch (name) {
            case "zeros.gz" -> zeros(response);
            case "drip" -> drip(response.putHeader(HttpHeaders.CONTENT_TYPE, "text/plain"));
            case "endless-line" -> {
                response.putHeader(HttpHeaders.CONTENT_TYPE, "text/plain").setChunked(true);
                pour(response, 4 * GIB);
            }
            case "html" ->
                response.putHeader(HttpHeaders.CONTENT_TYPE, "text/html")
                        .end("<!DOCTYPE html><html><head><title>Just a moment</title></head>"
                                + "<body><h1>Checking your browser</h1></body></html>");
            case "redirect-metadata" -> redirect(response, "http://169.254.169.254/");
            case "redirect-loop" -> redirect(response, "/hostile/redirect-loop");
            case "array" ->
                response.putHeader(HttpHeaders.CONTENT_TYPE, "text/plain").end("Array\n".repeat(ARRAYS));
            case "500" -> response.setStatusCode(500).end("database connection failed\n");
            case "empty" ->
                response.putHeader(HttpHeaders.CONTENT_TYPE, "text/plain").end();
            case "truncated" ->
                response.putHeader(HttpHeaders.CONTENT_TYPE, "text/plain")
                        .putHeader(HttpHeaders.CONTENT_LENGTH, "10000")
                        .write("127.9.9.9:9999\n")
                        .onComplete(written -> request.connection().close());
            default -> {
                return false;
            }
        }
        return true;
    }

    private static void redirect(HttpServerResponse response, String location) {
        response.setStatusCode(302).putHeader(HttpHeaders.LOCATION, location).end();
    }

    private void drip(HttpServerResponse response) {
        response.setChunked(true).write("1");
        AtomicInteger left = new AtomicInteger(DRIP_BYTES);
        long timer = vertx.setPeriodic(1000, id -> {
            if (left.decrementAndGet() == 0) {
                vertx.cancelTimer(id);
                response.end();
            } else {
                response.write("1");
            }
        });
        response.closeHandler(closed -> vertx.cancelTimer(timer));
    }

    /** Writes {@code length} bytes as fast as they are read. */
    static void pour(HttpServerResponse response, long length) {
        if (response.ended()) {
            // Drained once more, after the end.
            return;
        }
        long left = length;
        while (left > 0 && !response.closed()) {
            if (response.writeQueueFull()) {
                long rest = left;
                response.drainHandler(drained -> pour(response, rest));
                return;
            }
            int piece = (int) Math.min(left, FILL.length());
            response.write(piece == FILL.length() ? FILL : FILL.slice(0, piece));
            left -= piece;
        }
        if (!response.closed()) {
            response.end();
        }
    }

    private void zeros(HttpServerResponse response) {
        Future<Buffer> body = zeros;
        if (body == null) {
            body = vertx.executeBlocking(HostileSite::bomb, false);
            zeros = body;
        }
        body.onSuccess(bytes -> {
                    if (!response.closed()) {
                        response.putHeader(HttpHeaders.CONTENT_TYPE, "text/plain")
                                .putHeader(HttpHeaders.CONTENT_ENCODING, "gzip")
                                .end(bytes);
                    }
                })
                .onFailure(failure -> response.setStatusCode(500).end());
    }

    /** One gzip member (RFC 1952) of 1 GiB of zeros: blocks that need no window can be repeated as they are. */
    private static Buffer bomb() {
        byte[] plain = new byte[BLOCK];
        byte[] block = deflated(plain);
        CRC32 crc = new CRC32();
        Buffer gzip = Buffer.buffer((int) (GIB / BLOCK) * block.length + 64)
                .appendBytes(new byte[] {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, 3});
        for (long done = 0; done < GIB; done += BLOCK) {
            gzip.appendBytes(block);
            crc.update(plain);
        }
        ByteBuffer trailer = ByteBuffer.allocate(10).order(ByteOrder.LITTLE_ENDIAN);
        trailer.put(new byte[] {3, 0}).putInt((int) crc.getValue()).putInt((int) GIB);
        return gzip.appendBytes(trailer.array());
    }

    private static byte[] deflated(byte[] plain) {
        Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION, true);
        try {
            deflater.setInput(plain);
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            byte[] piece = new byte[8192];
            int length;
            do {
                length = deflater.deflate(piece, 0, piece.length, Deflater.FULL_FLUSH);
                out.write(piece, 0, length);
            } while (length == piece.length);
            return out.toByteArray();
        } finally {
            deflater.end();
        }
    }
}
