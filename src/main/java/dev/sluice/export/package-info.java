/**
 * Lists of proxies in the formats that other programs read.
 *
 * <p>Floor 1. Pure: writers append to what they are given. A writer is confined to one thread at a time.
 */
@NullMarked
package dev.sluice.export;

import org.jspecify.annotations.NullMarked;
