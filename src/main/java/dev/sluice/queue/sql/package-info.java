/**
 * Jobs over the store's database alone: workers ask it for what is due.
 *
 * <p>Floor 3. Thread-safe.
 */
@NullMarked
package dev.sluice.queue.sql;

import org.jspecify.annotations.NullMarked;
