/**
 * Scripts of what proxies do on the wire, byte by byte, and what an exchange through them must come to. The format is in
 * {@code docs/scenarios.md}, the scripts are in {@code src/test/resources/scenarios}.
 */
@NullMarked
package dev.sluice.net.scenario;

import org.jspecify.annotations.NullMarked;
