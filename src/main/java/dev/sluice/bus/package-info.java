/**
 * The event bus, typed: channels declared once, local messages by reference, a versioned JSON form for extensions.
 *
 * <p>Floor 2. The only user of Vert.x's {@code EventBus}. Thread-safe; handlers run on the context that registered them.
 */
@NullMarked
package dev.sluice.bus;

import org.jspecify.annotations.NullMarked;
