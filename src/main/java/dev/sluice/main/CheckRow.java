package dev.sluice.main;

import dev.sluice.message.CheckOutcome;
import dev.sluice.proxy.Anonymity;
import dev.sluice.proxy.Credentials;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.Tampering;
import dev.sluice.proxy.Verified;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One result: an entry under one protocol.
 *
 * @param key the entry, its scheme {@link Scheme#UNKNOWN} when nothing told it
 * @param alive whether it works
 * @param reason why not; {@code none} when it works, {@value #CONNECT_ONLY} when all that is known is that it accepts
 *     connections
 * @param anonymity as judged
 * @param exitAddress as the judge saw it, or null
 * @param tampering what it was caught doing
 * @param latencyMillis {@code Double.NaN} when it does not work
 * @param country as geo databases know, else as the list claims, or null
 */
record CheckRow(
        ProxyKey key,
        boolean alive,
        String reason,
        Anonymity anonymity,
        @Nullable String exitAddress,
        Tampering tampering,
        double latencyMillis,
        @Nullable String country) {
    /** Reason of what accepts connections and was not judged. */
    static final String CONNECT_ONLY = "connect-only";

    /** The results an outcome makes: one, or one a protocol where the list named none. */
    static List<CheckRow> of(CheckOutcome outcome, @Nullable String country) {
        ProxyKey key = outcome.proxy().key();
        if (key.scheme() != Scheme.UNKNOWN || outcome.spoken().isEmpty()) {
            return List.of(row(key, outcome, country));
        }
        return outcome.spoken().stream()
                .map(scheme -> row(key.withScheme(scheme), outcome, country))
                .toList();
    }

    private static CheckRow row(ProxyKey key, CheckOutcome outcome, @Nullable String country) {
        boolean connectOnly = outcome.alive() && outcome.verified() != Verified.FULL;
        return new CheckRow(
                key,
                outcome.alive(),
                connectOnly ? CONNECT_ONLY : outcome.reason().text(),
                outcome.anonymity(),
                outcome.exitAddress(),
                outcome.tampering(),
                outcome.latencyMillis(),
                country);
    }

    /**
     * How a client is told of it, with the credentials the list told: {@code scheme://user:password@host:port},
     * percent-encoded. Without a protocol it is {@code user:password@host:port}, as lists have it.
     */
    String url() {
        if (key.scheme() != Scheme.UNKNOWN) {
            return key.urlWithCredentials();
        }
        Credentials credentials = key.credentials();
        return credentials == null
                ? key.address()
                : credentials.user() + ':' + credentials.password().reveal() + '@' + key.address();
    }
}
