/**
 * A store whose entries live in memory, and the port behind which they outlive the process: in a JSON file, in Redis, or
 * nowhere.
 *
 * <p>Floor 3. The model is confined to one thread; everything public but the model is thread-safe.
 */
@NullMarked
package dev.sluice.store.memory;

import org.jspecify.annotations.NullMarked;
