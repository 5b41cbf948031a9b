/** What fuzz tests have in common. They stand beside what they feed; docs/scenarios.md says how to run them. */
@NullMarked
package dev.sluice.fuzz;

import org.jspecify.annotations.NullMarked;
