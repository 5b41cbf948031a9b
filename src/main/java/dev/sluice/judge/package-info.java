/**
 * What a judge saw: nonce, anonymity rules, tampering.
 *
 * <p>Floor 1. Pure functions.
 */
@NullMarked
package dev.sluice.judge;

import org.jspecify.annotations.NullMarked;
