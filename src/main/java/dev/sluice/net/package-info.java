/**
 * Raw Netty on Vert.x's event loops, protocol handshakes, names and the rules for outgoing connections.
 *
 * <p>Floor 3. The only user of {@code io.netty} and Vert.x internals.
 */
@NullMarked
package dev.sluice.net;

import org.jspecify.annotations.NullMarked;
