/**
 * Imports of files.
 *
 * <p>Floor 4. Reading happens on a named worker thread, in memory that does not depend on the file.
 */
@NullMarked
package dev.sluice.bulk;

import org.jspecify.annotations.NullMarked;
