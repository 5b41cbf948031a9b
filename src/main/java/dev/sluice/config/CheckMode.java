package dev.sluice.config;

/** How deep checks go. */
public enum CheckMode {
    /** Always judged; without a judge nothing is verified. */
    FULL,
    /** TCP connect only. */
    CONNECT,
    /** Judged while a judge answers, connect-only otherwise. */
    AUTO
}
