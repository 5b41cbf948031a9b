/**
 * Where proxies are kept: one contract, a package for each database.
 *
 * <p>Floor 3. Thread-safe; no method blocks its caller.
 */
@NullMarked
package dev.sluice.store;

import org.jspecify.annotations.NullMarked;
