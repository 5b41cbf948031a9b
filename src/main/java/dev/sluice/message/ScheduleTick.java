package dev.sluice.message;

/**
 * A schedule has started a run.
 *
 * @param schedule its name
 * @param scheduledForMillis the instant on the grid
 * @param coalesced ticks that this run stands for besides its own
 */
public record ScheduleTick(String schedule, long scheduledForMillis, long coalesced) {}
