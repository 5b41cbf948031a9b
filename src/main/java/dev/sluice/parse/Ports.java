package dev.sluice.parse;

/** Strict reading of port numbers: ASCII digits, no sign, no leading zero, 1..65535. */
final class Ports {
    private Ports() {}

    /** The port, or -1. */
    static int read(String text) {
        int length = text.length();
        if (length == 0 || length > 5 || text.charAt(0) == '0') {
            return -1;
        }
        int port = 0;
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            if (!HostReading.digit(c)) {
                return -1;
            }
            port = port * 10 + (c - '0');
        }
        return port > 65535 ? -1 : port;
    }

    /** Why {@link #read} gave -1. */
    static Rejection refusal(String text) {
        if (text.isEmpty()) {
            return Rejection.NO_PORT;
        }
        if (!digits(text) || (text.charAt(0) == '0' && text.length() > 1)) {
            return Rejection.BAD_PORT;
        }
        return Rejection.PORT_RANGE;
    }

    static boolean digits(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (!HostReading.digit(text.charAt(i))) {
                return false;
            }
        }
        return !text.isEmpty();
    }
}
