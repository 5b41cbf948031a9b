/**
 * Outcomes and candidates to pool, store and events. Owner of health state.
 *
 * <p>Floor 4. A verticle over plain classes; confined to its event loop.
 */
@NullMarked
package dev.sluice.keep;

import org.jspecify.annotations.NullMarked;
