/**
 * From bytes to entries: lines, lists, addresses.
 *
 * <p>Floor 1. No I/O; instances are confined to one thread unless their Javadoc says otherwise.
 */
@NullMarked
package dev.sluice.parse;

import org.jspecify.annotations.NullMarked;
