package dev.sluice.net.farm;

import org.jspecify.annotations.Nullable;

/** {@code host:port} of a request line. */
record Authority(String host, int port) {
    /**
     * Reads it, a user part is dropped.
     *
     * @param defaultPort used without a port; 0 when one must be there
     * @return null when it is not one
     */
    static @Nullable Authority parse(String text, int defaultPort) {
        String rest = text.substring(text.lastIndexOf('@') + 1);
        int colon = rest.lastIndexOf(':');
        boolean hasPort = colon > rest.lastIndexOf(']');
        String host = hasPort ? rest.substring(0, colon) : rest;
        int port = hasPort ? port(rest.substring(colon + 1)) : defaultPort;
        return host.isEmpty() || port < 1 || port > 65535 ? null : new Authority(host, port);
    }

    private static int port(String digits) {
        if (digits.isEmpty() || digits.length() > 5) {
            return -1;
        }
        int value = 0;
        for (int i = 0; i < digits.length(); i++) {
            char c = digits.charAt(i);
            if (c < '0' || c > '9') {
                return -1;
            }
            value = value * 10 + c - '0';
        }
        return value;
    }
}
