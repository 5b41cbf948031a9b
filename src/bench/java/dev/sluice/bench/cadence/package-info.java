/** What the rules of when to check are worth, without any network. */
@NullMarked
package dev.sluice.bench.cadence;

import org.jspecify.annotations.NullMarked;
