/**
 * Where addresses are: the operator's own networks, MMDB files that are read again when they change, a cache before them,
 * a web service behind them; and fetching new databases.
 *
 * <p>Floor 4. Look-ups are free of locks and come from any thread; files are read on a worker.
 */
@NullMarked
package dev.sluice.geo;

import org.jspecify.annotations.NullMarked;
