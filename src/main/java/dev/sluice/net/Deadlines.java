package dev.sluice.net;

import java.time.Duration;

/**
 * How long each phase of an exchange may take.
 *
 * @param connect TCP connection
 * @param tls a TLS handshake
 * @param firstByte from a request to the first byte of its answer, and for a proxy's handshake
 * @param total the exchange as a whole
 */
public record Deadlines(Duration connect, Duration tls, Duration firstByte, Duration total) {}
