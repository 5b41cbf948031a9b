/**
 * The sockets of the loopback farm: a handful of listeners on the wildcard address play any number of proxies, told apart by
 * the local address (127.x.y.z) of the accepted connection.
 *
 * <p>Floor 3, part of {@code net} as it uses {@code io.netty}. Handlers are confined to their channel's event loop. Never
 * dials, and never serves, anything but 127.0.0.0/8.
 */
@NullMarked
package dev.sluice.net.farm;

import org.jspecify.annotations.NullMarked;
