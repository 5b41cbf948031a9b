package dev.sluice.net;

import dev.sluice.proxy.FailureReason;

/** Why a connection did not open. Without a stack trace: it is an everyday outcome. */
final class DialException extends Exception {
    private static final long serialVersionUID = 1;

    private final FailureReason reason;

    DialException(FailureReason reason, String message) {
        super(message, null, false, false);
        this.reason = reason;
    }

    FailureReason reason() {
        return reason;
    }
}
