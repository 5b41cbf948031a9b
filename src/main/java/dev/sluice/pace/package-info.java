/**
 * How fast to check: the rate of starts, what suspends judgement, and how many connections one network may get.
 *
 * <p>Floor 1. No I/O; time is a parameter. Classes are confined to one thread unless they say otherwise.
 */
@NullMarked
package dev.sluice.pace;

import org.jspecify.annotations.NullMarked;
