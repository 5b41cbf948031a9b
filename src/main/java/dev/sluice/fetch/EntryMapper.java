package dev.sluice.fetch;

import dev.sluice.config.SourceConfig;
import dev.sluice.message.Candidate;
import dev.sluice.parse.Entry;

/** Gives an entry its identity. Called from any thread. */
@FunctionalInterface
public interface EntryMapper {
    /**
     * The candidate that {@code entry} of source {@code source} is.
     *
     * @param entry its protocol is that of its address where the entry named none and the address tells one
     * @throws IllegalArgumentException when it can't be one; it is then counted as rejected
     */
    Candidate map(Entry entry, SourceConfig source);
}
