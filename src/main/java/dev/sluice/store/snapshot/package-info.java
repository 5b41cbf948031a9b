/**
 * Files that hold what memory would lose at a restart: whole or absent.
 *
 * <p>Floor 3. Blocks its caller: for worker threads only.
 */
@NullMarked
package dev.sluice.store.snapshot;

import org.jspecify.annotations.NullMarked;
