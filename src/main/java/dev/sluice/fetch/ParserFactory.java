package dev.sluice.fetch;

import dev.sluice.parse.EntrySink;
import dev.sluice.parse.ListFormat;
import dev.sluice.parse.ListParser;

/** Makes a parser for each list. Called from any thread. */
@FunctionalInterface
public interface ParserFactory {
    /** A fresh parser that tells {@code sink} what it finds. */
    ListParser create(ListFormat format, EntrySink sink);
}
