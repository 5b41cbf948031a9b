/**
 * MaxMind DB files in memory: whichever shape their records have, an address goes in and a location comes out.
 *
 * <p>Floor 4. Databases are immutable and thread-safe; opening one takes milliseconds to a second and belongs on a worker.
 */
@NullMarked
package dev.sluice.geo.mmdb;

import org.jspecify.annotations.NullMarked;
