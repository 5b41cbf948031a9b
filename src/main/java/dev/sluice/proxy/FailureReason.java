package dev.sluice.proxy;

import java.util.Locale;

/** Why a check failed. The text is the {@code reason} label of metrics and the API. */
public enum FailureReason {
    /** No failure. */
    NONE(true),
    /** The port answered with a reset to the SYN. */
    REFUSED(true),
    /** No answer to the SYN within the connect timeout. */
    CONNECT_TIMEOUT(true),
    /** No network path: ICMP unreachable from beyond our own host. */
    UNREACHABLE(true),
    /** The host name has no address. */
    DNS(true),
    /** Connected, then the first byte or the end came too late. */
    TIMEOUT(true),
    /** The connection was reset or closed midway. */
    RESET(true),
    /** The answer is not the protocol that was spoken. */
    PROTOCOL(true),
    /** The proxy asks for other credentials, or for some. */
    AUTH(true),
    /** The proxy refused to reach the judge. */
    TARGET(true),
    /** TLS failed inside the tunnel. */
    TLS(true),
    /** The judge's signed answer did not come back as it was given. */
    JUDGE_MISMATCH(true),
    /** A known body or certificate arrived altered; the proxy is reachable, but lies. */
    TAMPERED(true),
    /** The judge was reached, but a check of the operator's own did not pass. */
    TARGET_CHECK(true),
    /** The address rules forbid to dial it. No verdict. */
    FORBIDDEN(false),
    /** Our own side failed (descriptors, ports, network down, judge down). No verdict. */
    LOCAL(false);

    private final boolean verdict;
    private final String text = name().toLowerCase(Locale.ROOT).replace('_', '-');

    FailureReason(boolean verdict) {
        this.verdict = verdict;
    }

    /** Whether this says something about the proxy; false for failures of our own. */
    public boolean isVerdict() {
        return verdict;
    }

    /** Lower-case name with dashes, for example {@code judge-mismatch}. */
    public String text() {
        return text;
    }
}
