package dev.sluice.store;

import dev.sluice.proxy.Health;
import dev.sluice.proxy.ProxyKey;

/** An entry taken for checking. */
public record TakenProxy(long id, ProxyKey key, Health health) {}
