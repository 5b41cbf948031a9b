/**
 * What a proxy is: identity, capabilities, health, location.
 *
 * <p>Floor 0. Records and enums only; immutable, safe to share between threads.
 */
@NullMarked
package dev.sluice.proxy;

import org.jspecify.annotations.NullMarked;
