/**
 * Interfaces where features meet without the bus: one implements, another uses, {@code main} wires.
 *
 * <p>Floor 2. Implementations are thread-safe.
 */
@NullMarked
package dev.sluice.port;

import org.jspecify.annotations.NullMarked;
