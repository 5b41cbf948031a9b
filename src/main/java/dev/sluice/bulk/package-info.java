/**
 * Lists from files into the store.
 *
 * <p>Floor 4. Plain classes; reading and parsing happen on a worker thread.
 */
@NullMarked
package dev.sluice.bulk;

import org.jspecify.annotations.NullMarked;
