package dev.sluice.message;

import dev.sluice.proxy.Health;
import dev.sluice.proxy.ProxyKey;

/**
 * The verdict about a proxy, or its tier, has changed.
 *
 * @param id the store's number for it
 * @param key identity after the change
 * @param before state before
 * @param after state after
 */
public record ProxyChanged(long id, ProxyKey key, Health before, Health after) {}
