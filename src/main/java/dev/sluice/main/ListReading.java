package dev.sluice.main;

import dev.sluice.bulk.ListContent;
import dev.sluice.message.Candidate;
import dev.sluice.parse.Entry;
import dev.sluice.parse.EntryMapping;
import dev.sluice.parse.EntrySink;
import dev.sluice.parse.ListFormat;
import dev.sluice.parse.ListParser;
import dev.sluice.parse.ListParsers;
import dev.sluice.parse.ParseOptions;
import dev.sluice.parse.Rejection;
import dev.sluice.proxy.Scheme;
import java.io.IOException;
import java.io.InputStream;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads the list that shall be checked, in any form an import takes. Reads and is asked on one thread.
 */
final class ListReading implements EntrySink {
    /** Most bytes of content, after decompression. */
    static final long MAX_BYTES = 8L << 30;

    private static final int PIECE = 64 << 10;

    private final ParseOptions options;
    private final @Nullable Scheme protocol;
    private final Set<String> countries;
    private final Function<String, @Nullable String> countryOf;
    private final long maxBytes;
    private final CheckedList.Gathering gathering = new CheckedList.Gathering();
    private final Map<Rejection, Long> rejected = new EnumMap<>(Rejection.class);
    private long lines;
    private long elsewhere;
    private long nowhere;

    /**
     * Nothing is read yet.
     *
     * @param protocol scheme of entries that name none; null: unknown, found out by checking
     * @param countries ISO codes of those that are wanted; empty: all
     * @param countryOf where a host is; null: then it is where the list says
     */
    ListReading(
            ParseOptions options,
            @Nullable Scheme protocol,
            Set<String> countries,
            Function<String, @Nullable String> countryOf) {
        this(options, protocol, countries, countryOf, MAX_BYTES);
    }

    ListReading(
            ParseOptions options,
            @Nullable Scheme protocol,
            Set<String> countries,
            Function<String, @Nullable String> countryOf,
            long maxBytes) {
        this.options = options;
        this.countryOf = countryOf;
        this.protocol = protocol;
        this.countries = Set.copyOf(countries);
        this.maxBytes = maxBytes;
    }

    /**
     * Reads all of {@code raw} and closes it. Call once.
     *
     * @param name what failures name
     * @throws IOException naming the list when it can't be read, is broken, or has more than {@link #MAX_BYTES}
     */
    CheckedList read(InputStream raw, String name) throws IOException {
        ListParser parser = ListParsers.create(ListFormat.AUTO, options, this);
        byte[] piece = new byte[PIECE];
        long bytes = 0;
        try (InputStream in = ListContent.of(raw, name)) {
            for (int length = in.read(piece); length >= 0; length = in.read(piece)) {
                bytes += length;
                if (bytes > maxBytes) {
                    throw new IOException(name + ": more than " + maxBytes + " bytes of content (expected: at most)");
                }
                parser.feed(piece, 0, length);
            }
        }
        parser.end();
        CheckedList list = gathering.list();
        if (gathering.repeated() > 0) {
            rejected.merge(Rejection.DUPLICATE, gathering.repeated(), Long::sum);
        }
        return list;
    }

    @Override
    public void accept(long line, Entry entry) {
        lines = Math.max(lines, line);
        // In lists of proxies https means one that tunnels.
        Candidate candidate = EntryMapping.toCandidate(entry, protocol, false);
        String located = countryOf.apply(candidate.key().host());
        String country = located == null ? candidate.claimedCountry() : located;
        if (countries.isEmpty() || country != null && countries.contains(country)) {
            gathering.add(new Candidate(candidate.key(), candidate.claimedCapabilities(), country));
        } else if (country == null) {
            nowhere++;
        } else {
            elsewhere++;
        }
    }

    @Override
    public void reject(long line, Rejection reason, String detail, String sample) {
        lines = Math.max(lines, line);
        rejected.merge(reason, 1L, Long::sum);
    }

    /** Lines read; for formats without lines their entries. */
    long lines() {
        return lines;
    }

    /** What did not become an entry, by reason. */
    Map<Rejection, Long> rejected() {
        return rejected;
    }

    /** Entries left out because they are in another country. */
    long elsewhere() {
        return elsewhere;
    }

    /** Entries left out because nobody knows where they are, though a country is wanted. */
    long nowhere() {
        return nowhere;
    }
}
