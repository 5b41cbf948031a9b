/**
 * What the SQL databases have in common: columns, codes, migration scripts and the rules for running them.
 *
 * <p>Floor 3, for the packages beside it. No I/O but reading scripts from the class path; immutable, any thread.
 */
@NullMarked
package dev.sluice.store.schema;

import org.jspecify.annotations.NullMarked;
