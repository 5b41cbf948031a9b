/**
 * The metronome, and what is due.
 *
 * <p>Floor 4. A verticle over plain classes; confined to its event loop.
 */
@NullMarked
package dev.sluice.schedule;

import org.jspecify.annotations.NullMarked;
