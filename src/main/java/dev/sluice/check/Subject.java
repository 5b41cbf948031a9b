package dev.sluice.check;

import dev.sluice.bus.Loop;
import dev.sluice.message.DueProxy;
import dev.sluice.proxy.Scheme;

/**
 * What one check is about. Immutable.
 *
 * @param due the entry
 * @param seats the judges that answered when the check began
 * @param loop where the check goes on, whatever thread an answer comes on
 */
record Subject(DueProxy due, JudgeSeats seats, Loop loop) {
    /** Whether SOCKS is spoken, which passes any bytes on. */
    static boolean isSocks(Scheme scheme) {
        return scheme == Scheme.SOCKS4 || scheme == Scheme.SOCKS5;
    }

    /** Whether there are TLS judges, and none of them is up: a false certificate could not be told. */
    boolean cannotTellCertificates() {
        return seats.tlsExpected() && seats.tls().isEmpty();
    }
}
