package dev.sluice.message;

/**
 * The checker has room. Credits add up; a new epoch forgets those of the old one.
 *
 * @param epoch number of the checker's life, growing
 * @param granted checks that may be sent in addition, above 0
 */
public record CheckCredit(long epoch, int granted) {}
