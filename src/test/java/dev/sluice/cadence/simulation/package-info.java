/**
 * When to check, played through: the rules of the program against histories of proxies, recorded or drawn.
 *
 * <p>A check costs nothing and takes no time here; what counts is when it happens and what the rules make of it. Everything
 * is a function of the histories, the policy and a seed. Not for several threads.
 */
@NullMarked
package dev.sluice.cadence.simulation;

import org.jspecify.annotations.NullMarked;
