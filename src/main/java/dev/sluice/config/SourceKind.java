package dev.sluice.config;

/** How a source is fetched and read. */
public enum SourceKind {
    PROXIFLY,
    PROXYSCRAPE,
    GEONODE,
    PROXY_LIST_DOWNLOAD,
    FREE_PROXY_LIST,
    TEXT,
    JSON,
    CSV,
    HTML_TABLE,
    FILE
}
