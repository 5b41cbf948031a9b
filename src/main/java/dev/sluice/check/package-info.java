/**
 * Due proxies to outcomes.
 *
 * <p>Floor 4. A verticle over plain classes; confined to its event loop.
 */
@NullMarked
package dev.sluice.check;

import org.jspecify.annotations.NullMarked;
