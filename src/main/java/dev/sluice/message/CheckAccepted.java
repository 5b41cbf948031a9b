package dev.sluice.message;

/**
 * The checker has taken a batch over.
 *
 * @param accepted how many of the batch; the rest came without credit and was refused
 */
public record CheckAccepted(int accepted) {}
