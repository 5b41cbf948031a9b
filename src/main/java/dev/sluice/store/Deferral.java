package dev.sluice.store;

/**
 * A later time for the next check of an entry.
 *
 * @param id the store's number for it
 * @param version of the state that was read
 * @param priority of that state
 * @param nextCheckAtMillis when it is due from now on
 */
public record Deferral(long id, int version, int priority, long nextCheckAtMillis) {}
