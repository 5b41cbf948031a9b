/**
 * The configuration: typed records, read from defaults, preset, file, environment and {@code --set}.
 *
 * <p>Floor 2. Immutable once read.
 */
@NullMarked
package dev.sluice.config;

import org.jspecify.annotations.NullMarked;
