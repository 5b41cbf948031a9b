/**
 * The HTTP API and the judge endpoint.
 *
 * <p>Floor 4. One verticle an event loop; reads never leave memory.
 */
@NullMarked
package dev.sluice.api;

import org.jspecify.annotations.NullMarked;
