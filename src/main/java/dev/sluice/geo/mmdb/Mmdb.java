package dev.sluice.geo.mmdb;

import com.maxmind.db.CHMCache;
import com.maxmind.db.Metadata;
import com.maxmind.db.Reader;
import dev.sluice.parse.IpAddress;
import dev.sluice.proxy.Location;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A MaxMind DB file in memory. Records are read by MaxMind's own reader, once each: sorted arrays of the networks lead to
 * what became of them. Thread-safe, nothing waits.
 */
public final class Mmdb {
    private static final Logger LOG = LoggerFactory.getLogger(Mmdb.class);

    /** Records tried when a file is opened; a database of countries has fewer. */
    private static final int SAMPLES = 512;

    private static final int DRAWS = 256;
    /** Locations kept; a database of cities may hold millions, of which few are ever asked for. */
    private static final int MAX_KEPT = 1 << 18;

    private static final int MAX_EPOCH_BITS = 40;

    private final String name;
    private final String type;
    private final Kind kind;
    private final long builtAtMillis;
    private final int ipVersion;
    private final Class<? extends GeoRecord> form;
    private final Reader reader;
    private final Ipv4Index ipv4;
    /** Null for a file that is for IPv4 alone. */
    private final @Nullable Ipv6Index ipv6;
    /** By number of the record; {@link Location#UNKNOWN} for one that tells nothing. Races write the same twice. */
    private final @Nullable Location[] locations;

    private final LongAdder corrupt = new LongAdder();
    private volatile boolean told;
    /** Counted without care: a few more or less don't matter. */
    private int kept;

    private Mmdb(
            String name,
            Reader reader,
            Metadata metadata,
            Ipv4Index ipv4,
            @Nullable Ipv6Index ipv6,
            int records,
            Class<? extends GeoRecord> form) {
        this.name = name;
        this.type = metadata.databaseType();
        this.kind = Kind.of(type);
        this.builtAtMillis = metadata.buildEpoch().longValue() * 1_000;
        this.ipVersion = metadata.ipVersion();
        this.form = form;
        this.reader = reader;
        this.ipv4 = ipv4;
        this.ipv6 = ipv6;
        this.locations = new @Nullable Location[records + 1];
    }

    /**
     * Opens a database: its tree is visited, of IPv6 down to /64, and some hundred records are read, so that a broken file is refused
     * here. Takes milliseconds to a second.
     *
     * @param name of the file, for messages
     * @param file its content, not kept and not changed
     * @throws MmdbException naming the file when it is none, is broken, or its records tell nothing that is known here
     */
    public static Mmdb open(String name, byte[] file) throws MmdbException {
        try {
            Reader reader = new Reader(new ByteArrayInputStream(file), new CHMCache());
            Metadata metadata = reader.getMetadata();
            if (metadata.buildEpoch().bitLength() > MAX_EPOCH_BITS) {
                throw new MmdbException(name + ": build_epoch: " + metadata.buildEpoch() + " (expected: seconds)");
            }
            SearchTree tree =
                    SearchTree.of(name, file, metadata.nodeCount(), metadata.recordSize(), metadata.ipVersion());
            RecordNumbers numbers = new RecordNumbers();
            Ipv4Index ipv4 = Ipv4Index.of(name, tree, numbers);
            Ipv6Index ipv6 = metadata.ipVersion() == 6 ? Ipv6Index.of(name, tree, numbers) : null;
            Class<? extends GeoRecord> form = form(name, reader, metadata, samples(name, tree, ipv4));
            return new Mmdb(name, reader, metadata, ipv4, ipv6, numbers.count(), form);
        } catch (MmdbException e) {
            throw e;
        } catch (IOException | RuntimeException | StackOverflowError e) {
            throw new MmdbException(name + ": no MaxMind DB, or a broken one: " + reason(e), e);
        }
    }

    /** Addresses that have records, spread over all of them. */
    private static List<byte[]> samples(String name, SearchTree tree, Ipv4Index ipv4) throws MmdbException {
        List<byte[]> samples = new ArrayList<>();
        int step = Math.max(1, ipv4.recordCount() / SAMPLES);
        for (int record = 1; record <= ipv4.recordCount(); record += step) {
            int address = ipv4.example(record);
            samples.add(
                    new byte[] {(byte) (address >>> 24), (byte) (address >>> 16), (byte) (address >>> 8), (byte) address
                    });
        }
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < DRAWS; i++) {
            byte[] drawn = tree.draw(name, random);
            if (drawn != null) {
                samples.add(drawn);
            }
        }
        return samples;
    }

    /** The form in which every sample can be read, and some tell something. */
    private static Class<? extends GeoRecord> form(String name, Reader reader, Metadata metadata, List<byte[]> samples)
            throws MmdbException {
        String origin = Kind.of(metadata.databaseType()).text();
        Trial flat = trial(reader, FlatRecord.class, samples, origin);
        Trial nested =
                flat.failure == null && flat.telling > 0 ? flat : trial(reader, NestedRecord.class, samples, origin);
        for (Trial trial : List.of(flat, nested)) {
            if (trial.failure == null && trial.telling > 0) {
                return trial.form;
            }
        }
        Trial better = nested.read > flat.read ? nested : flat;
        Throwable failure = better.failure;
        if (failure != null) {
            throw new MmdbException(
                    name + ": the record of " + IpAddress.format(samples.get(better.read)) + " can't be read: "
                            + reason(failure),
                    failure);
        }
        throw new MmdbException(name + ": type " + metadata.databaseType() + " of " + samples.size()
                + " records tried (expected: records with a country, a city, a network or its type)");
    }

    private static Trial trial(Reader reader, Class<? extends GeoRecord> form, List<byte[]> samples, String origin) {
        int read = 0;
        int telling = 0;
        try {
            for (byte[] sample : samples) {
                GeoRecord record = reader.get(InetAddress.getByAddress(sample), form);
                if (record != null && record.location(origin) != null) {
                    telling++;
                }
                read++;
            }
        } catch (IOException | RuntimeException | StackOverflowError e) {
            return new Trial(form, read, telling, e);
        }
        return new Trial(form, read, telling, null);
    }

    /** How far reading all samples in one form came. */
    private record Trial(
            Class<? extends GeoRecord> form,
            int read,
            int telling,
            @Nullable Throwable failure) {}

    private static String reason(Throwable failure) {
        if (failure instanceof StackOverflowError) {
            return "its values lie in one another without end";
        }
        Throwable cause = failure;
        while (cause.getMessage() == null && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
    }

    /** Name of the file. */
    public String name() {
        return name;
    }

    /** As the file names it. */
    public String type() {
        return type;
    }

    public Kind kind() {
        return kind;
    }

    /** When it was made, milliseconds since 1970-01-01T00:00Z. */
    public long builtAtMillis() {
        return builtAtMillis;
    }

    /** 4 or 6; one of 4 knows nothing of IPv6 addresses. */
    public int ipVersion() {
        return ipVersion;
    }

    /** Look-ups that met a record which can't be read. */
    public long corrupt() {
        return corrupt.sum();
    }

    /**
     * Where an address is. Never fails: a record that can't be read is unknown.
     *
     * @param address 4 or 16 bytes; IPv4 addresses in their own form, not mapped
     * @return null when it is unknown
     */
    @SuppressWarnings("ReferenceEquality")
    public @Nullable Location locate(byte[] address) {
        int record;
        if (address.length == 4) {
            record = ipv4.record(
                    address[0] << 24 | (address[1] & 0xff) << 16 | (address[2] & 0xff) << 8 | address[3] & 0xff);
        } else if (ipv6 == null) {
            // MaxMind's reader would answer from the first 32 bits.
            return null;
        } else {
            record = ipv6.record(firstBits(address));
        }
        if (record == 0) {
            return null;
        }
        if (record == Ipv6Index.DEEPER) {
            return read(address);
        }
        Location known = locations[record];
        if (known == null) {
            Location found = read(address);
            known = found == null ? Location.UNKNOWN : found;
            if (kept < MAX_KEPT) {
                kept++;
                locations[record] = known;
            }
        }
        return known == Location.UNKNOWN ? null : known;
    }

    private static long firstBits(byte[] address) {
        long bits = 0;
        for (int i = 0; i < Long.BYTES; i++) {
            bits = bits << 8 | address[i] & 0xff;
        }
        return bits;
    }

    private @Nullable Location read(byte[] address) {
        try {
            GeoRecord record = reader.get(InetAddress.getByAddress(address), form);
            return record == null ? null : record.location(kind.text());
        } catch (IOException | RuntimeException | StackOverflowError e) {
            corrupt.increment();
            if (!told) {
                told = true;
                LOG.atWarn()
                        .addKeyValue("file", name)
                        .addKeyValue("address", IpAddress.format(address))
                        .addKeyValue("reason", reason(e))
                        .log("a geo database has a record that can't be read; it counts as unknown");
            }
            return null;
        }
    }
}
