/**
 * API keys, and how often they and addresses may ask.
 *
 * <p>Floor 3. Thread-safe: every event loop of the API asks the same objects.
 */
@NullMarked
package dev.sluice.secret;

import org.jspecify.annotations.NullMarked;
