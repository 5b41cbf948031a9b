/**
 * Exports of what is stored, page after page.
 *
 * <p>Floor 4. The store is read on its own threads, entries are written on a named worker; memory does not depend on their
 * number.
 */
@NullMarked
package dev.sluice.bulk.export;

import org.jspecify.annotations.NullMarked;
