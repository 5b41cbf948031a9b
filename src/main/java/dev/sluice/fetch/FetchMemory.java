package dev.sluice.fetch;

import dev.sluice.net.Validators;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a fetch leaves for the next one of the same source. Validators are only kept from complete fetches: after a partial
 * one everything is read again, so that "not modified" always speaks of a list that was read whole.
 *
 * @param validators by location
 * @param mark of the metadata when the lists were read; null where there is none
 * @param metadataValidators of the metadata with that mark
 * @param listsReadAtMillis when the lists were last read whole or found unmodified, 0 for never
 */
record FetchMemory(
        Map<String, Validators> validators,
        @Nullable ChangeMark mark,
        Validators metadataValidators,
        long listsReadAtMillis) {
    static final FetchMemory NONE = new FetchMemory(Map.of(), null, Validators.NONE, 0);

    FetchMemory {
        validators = Map.copyOf(validators);
    }
}
