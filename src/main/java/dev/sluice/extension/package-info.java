/**
 * Other people's verticles.
 *
 * <p>Floor 4. A failing extension is reported and left out.
 */
@NullMarked
package dev.sluice.extension;

import org.jspecify.annotations.NullMarked;
