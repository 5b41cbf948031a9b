package dev.sluice.parse;

import org.jspecify.annotations.Nullable;

/**
 * The host and port of an authority (RFC 3986, section 3.2), with what stands behind a further colon, or why there are
 * none.
 *
 * @param refusal null when both are there
 * @param detail belongs to the refusal
 * @param host null for a refusal
 * @param behind what follows {@code host:port:}, possibly empty; null without that colon
 * @param hard whether the text was surely meant to be an endpoint, so that a refusal is worth reporting
 */
record HostPort(
        @Nullable Rejection refusal,
        String detail,
        @Nullable HostReading host,
        int port,
        @Nullable String behind,
        boolean hard) {

    private static HostPort refused(Rejection refusal, String detail, boolean hard) {
        return new HostPort(refusal, detail, null, 0, null, hard);
    }

    /** Reads {@code host:port}, {@code [v6]:port} and {@code host:port:anything}. */
    static HostPort of(String text) {
        if (text.isEmpty()) {
            return refused(Rejection.BAD_ADDRESS, "", false);
        }
        String host;
        String tail;
        if (text.charAt(0) == '[') {
            int close = text.indexOf(']');
            if (close < 0) {
                return refused(Rejection.BAD_ADDRESS, "", text.indexOf(':') > 0);
            }
            host = text.substring(0, close + 1);
            if (host.indexOf(':') < 0) {
                return refused(Rejection.BAD_ADDRESS, "", false);
            }
            tail = text.substring(close + 1);
            if (!tail.isEmpty() && tail.charAt(0) != ':') {
                return refused(Rejection.BAD_PORT, "", true);
            }
        } else {
            int colon = text.indexOf(':');
            if (colon >= 0 && text.indexOf(':', colon + 1) >= 0 && bareV6(text)) {
                return refused(Rejection.AMBIGUOUS_IPV6, "", true);
            }
            host = colon < 0 ? text : text.substring(0, colon);
            tail = colon < 0 ? "" : text.substring(colon);
        }
        HostReading reading = HostReading.of(host);
        if (tail.isEmpty()) {
            boolean address = reading.address() != null || reading.refusal() == Rejection.CIDR;
            boolean like = address
                    || (HostReading.startsLikeAddress(host) && host.indexOf('.') > 0)
                    || reading.refusal() == null;
            Rejection refusal = reading.refusal() == null ? Rejection.NO_PORT : reading.refusal();
            return refused(refusal, reading.detail(), like);
        }
        int second = tail.indexOf(':', 1);
        String port = tail.substring(1, second < 0 ? tail.length() : second);
        boolean hard = HostReading.startsLikeAddress(host)
                || host.indexOf('.') > 0
                || Ports.digits(port)
                || (!host.isEmpty() && Character.isDigit(host.charAt(0)));
        Rejection badHost = reading.refusal();
        if (badHost != null) {
            return refused(badHost, reading.detail(), hard);
        }
        int number = Ports.read(port);
        if (number < 0) {
            return refused(Ports.refusal(port), "", hard);
        }
        return new HostPort(null, "", reading, number, second < 0 ? null : tail.substring(second + 1), true);
    }

    /** Whether a text of several colons is an IPv6 address, with or without a port behind it. */
    private static boolean bareV6(String text) {
        if (text.length() > 52) {
            return false;
        }
        return IpAddress.parse(text) != null || IpAddress.parse(text.substring(0, text.lastIndexOf(':'))) != null;
    }
}
