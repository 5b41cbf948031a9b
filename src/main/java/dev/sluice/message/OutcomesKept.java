package dev.sluice.message;

/**
 * A batch of outcomes is in memory and in the write queue.
 *
 * @param applied how many changed a state; the rest were no verdict
 */
public record OutcomesKept(int applied) {}
