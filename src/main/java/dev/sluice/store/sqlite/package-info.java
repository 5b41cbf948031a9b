/**
 * The store in a SQLite file: nothing to install, one process owns it.
 *
 * <p>Floor 3. One thread writes, another reads; callers are never blocked.
 */
@NullMarked
package dev.sluice.store.sqlite;

import org.jspecify.annotations.NullMarked;
