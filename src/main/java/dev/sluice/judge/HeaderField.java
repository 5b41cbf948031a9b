package dev.sluice.judge;

/**
 * One header line.
 *
 * @param name as written, in its own case
 * @param value without surrounding white space
 */
public record HeaderField(String name, String value) {}
