/**
 * What travels on the bus: one record a message.
 *
 * <p>Floor 0. Immutable, so that a local message travels by reference.
 */
@NullMarked
package dev.sluice.message;

import org.jspecify.annotations.NullMarked;
