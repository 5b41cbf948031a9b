/**
 * The store in PostgreSQL: several instances may share it.
 *
 * <p>Floor 3. Reactive throughout; any thread.
 */
@NullMarked
package dev.sluice.store.postgres;

import org.jspecify.annotations.NullMarked;
