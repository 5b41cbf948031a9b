package dev.sluice.message;

/**
 * Judgement was suspended because our own network failed, or is resumed.
 *
 * @param suspended true: nothing is started and no failure counts; false: checks go on
 * @param anchorsDown how many anchors fail
 * @param anchors how many there are
 * @param atMillis when, milliseconds since 1970
 */
public record CheckSuspended(boolean suspended, int anchorsDown, int anchors, long atMillis) {}
