package dev.sluice.net;

import java.net.InetAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The head of a request to our own server, wherever in the pipeline it is looked at. Valid until the request is answered. */
public interface RequestHead {
    /** As sent: {@code GET}. */
    String method();

    /** The request target as sent: path and query. */
    String uri();

    /** Whether the version is HTTP/1.1 rather than 1.0. */
    boolean http11();

    /** First value of a header; null when there is none. Names in lower case. */
    @Nullable
    String header(CharSequence name);

    /** Every value of a header. */
    List<String> headers(CharSequence name);

    /** Who sent it. */
    InetAddress remoteAddress();
}
