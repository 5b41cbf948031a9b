package dev.sluice.secret;

import dev.sluice.port.KeyRecord;
import dev.sluice.proxy.Secret;

/**
 * A key that was made.
 *
 * @param record what is kept of it
 * @param text the key itself, which nobody can tell again
 */
public record CreatedKey(KeyRecord record, Secret text) {}
