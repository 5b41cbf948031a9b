package dev.sluice.api;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.security.SecureRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Names of requests, by which an answer and the log lines about it find one another. Thread-safe. */
final class RequestId {
    static final CharSequence HEADER = HttpHeaders.createOptimized("x-request-id");

    /** Longest name that is taken over from a client. */
    static final int MAX_LENGTH = 64;

    /** Of this process: two of them never give the same name, but by an accident of 1 in 2^64. */
    private static final String PREFIX = "%016x-".formatted(new SecureRandom().nextLong());

    private static final AtomicLong COUNT = new AtomicLong();

    private RequestId() {}

    /** A name no other request has. */
    static String next() {
        return PREFIX + Long.toHexString(COUNT.incrementAndGet());
    }

    /** The name the client gave; null where it gave none, or one that does not belong into logs. */
    static @Nullable String given(HttpServerRequest request) {
        String name = request.getHeader(HEADER);
        return name != null && isName(name) ? name : null;
    }

    private static boolean isName(String text) {
        if (text.isEmpty() || text.length() > MAX_LENGTH) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean letter = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9';
            if (!letter && c != '-' && c != '_' && c != '.') {
                return false;
            }
        }
        return true;
    }
}
