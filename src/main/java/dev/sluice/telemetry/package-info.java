/**
 * Meters and log keys.
 *
 * <p>Floor 2. Thread-safe.
 */
@NullMarked
package dev.sluice.telemetry;

import org.jspecify.annotations.NullMarked;
