package dev.sluice.parse;

/** Form of a list. */
public enum ListFormat {
    /** An entry a line, in any of the shapes people publish; a JSON object a line as well. */
    TEXT,
    /** A JSON document: entries anywhere in arrays and objects, recognised by their fields. */
    JSON,
    /** Comma, semicolon or tab separated, with or without a header. */
    CSV,
    /** Tables of an HTML page, columns found by their headings; text areas as text. */
    HTML_TABLE,
    /** Told from the first bytes. */
    AUTO
}
