/**
 * A simulated loopback internet: proxies of every kind, a source, a truth file.
 *
 * <p>Floor 4. For demo, tests and benchmarks; never dials anything but loopback.
 */
@NullMarked
package dev.sluice.farm;

import org.jspecify.annotations.NullMarked;
