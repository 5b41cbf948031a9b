package dev.sluice.parse;

import dev.sluice.proxy.Credentials;
import org.jspecify.annotations.Nullable;

/**
 * What reading a piece of a list gave, before address rules and duplicates: an entry, or a refusal.
 *
 * @param line line or ordinal
 * @param refusal null for an entry
 * @param detail belongs to the refusal
 * @param sample may be shown
 * @param host null for a refusal
 */
record Finding(
        long line,
        @Nullable Rejection refusal,
        String detail,
        String sample,
        @Nullable String protocol,
        @Nullable HostReading host,
        int port,
        @Nullable Credentials credentials,
        @Nullable String country) {

    static Finding refused(long line, Rejection refusal, String detail, String text) {
        return new Finding(line, refusal, detail, Sample.of(text), null, null, 0, null, null);
    }

    static Finding entry(
            long line,
            @Nullable String protocol,
            HostReading host,
            int port,
            @Nullable Credentials credentials,
            @Nullable String country) {
        String sample = (host.host().indexOf(':') < 0 ? host.host() : '[' + host.host() + ']') + ':' + port;
        return new Finding(line, null, "", sample, protocol, host, port, credentials, country);
    }

    boolean isEntry() {
        return refusal == null;
    }

    Finding at(long other) {
        return new Finding(other, refusal, detail, sample, protocol, host, port, credentials, country);
    }

    /** With a claim and a country where it has none of its own. */
    Finding completed(@Nullable String otherProtocol, @Nullable String otherCountry) {
        String claim = protocol == null ? otherProtocol : protocol;
        String place = country == null ? otherCountry : country;
        return new Finding(line, refusal, detail, sample, claim, host, port, credentials, place);
    }

    /** Takes findings in the order of the list. */
    interface Taker {
        void take(Finding finding);
    }
}
