/**
 * The store in a JSON file, for small installations.
 *
 * <p>Floor 3. Thread-safe; no method blocks its caller.
 */
@NullMarked
package dev.sluice.store.file;

import org.jspecify.annotations.NullMarked;
