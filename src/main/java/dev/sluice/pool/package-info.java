/**
 * What is served: index, views, strategies, reputation, feedback.
 *
 * <p>Floor 1. One writer, any number of readers.
 */
@NullMarked
package dev.sluice.pool;

import org.jspecify.annotations.NullMarked;
