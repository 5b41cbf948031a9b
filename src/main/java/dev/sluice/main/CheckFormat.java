package dev.sluice.main;

/** Form of the results of {@code check}. */
enum CheckFormat {
    /** A URL a line; where every entry is told, with a tab and the reason behind it. */
    TEXT,
    /** One array. */
    JSON,
    /** Comma separated, under a header. */
    CSV,
    /** A JSON object a line. */
    NDJSON
}
