/**
 * Composition root and command line.
 *
 * <p>Floor 5.
 */
@NullMarked
package dev.sluice.main;

import org.jspecify.annotations.NullMarked;
