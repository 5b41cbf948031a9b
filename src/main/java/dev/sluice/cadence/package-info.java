/**
 * When to check: tiers, re-check policy, metronome, calendar of due work.
 *
 * <p>Floor 1. Time and randomness are parameters.
 */
@NullMarked
package dev.sluice.cadence;

import org.jspecify.annotations.NullMarked;
