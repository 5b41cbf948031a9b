/**
 * The store in Redis, for small installations: a model in memory answers, Redis has the truth.
 *
 * <p>Floor 3. Thread-safe; no method blocks its caller.
 */
@NullMarked
package dev.sluice.store.redis;

import org.jspecify.annotations.NullMarked;
