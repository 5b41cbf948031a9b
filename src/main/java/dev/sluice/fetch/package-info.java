/**
 * Sources to candidates.
 *
 * <p>Floor 4. A verticle over plain classes; confined to its event loop.
 */
@NullMarked
package dev.sluice.fetch;

import org.jspecify.annotations.NullMarked;
