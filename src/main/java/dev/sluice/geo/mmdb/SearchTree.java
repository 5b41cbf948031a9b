package dev.sluice.geo.mmdb;

import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * The search tree at the beginning of a MaxMind DB file (MaxMind DB File Format 2.0, "Binary Search Tree Section"): from
 * the bits of an address to the place of a record. Only read while a database is opened.
 */
final class SearchTree {
    /** Zero bytes between the tree and the records. */
    private static final int SEPARATOR_BYTES = 16;

    /** Visits to each node; a sound tree needs one, one whose twigs are shared some more. */
    private static final int VISITS = 4;

    private static final int METADATA_MAX_BYTES = 128 * 1024;
    private static final byte[] METADATA_MARK = {
        (byte) 0xab, (byte) 0xcd, (byte) 0xef, 'M', 'a', 'x', 'M', 'i', 'n', 'd', '.', 'c', 'o', 'm'
    };

    private final byte[] file;
    private final int nodeCount;
    private final int recordBits;
    private final int ipVersion;
    private final long recordsBytes;

    private SearchTree(byte[] file, int nodeCount, int recordBits, int ipVersion, long recordsBytes) {
        this.file = file;
        this.nodeCount = nodeCount;
        this.recordBits = recordBits;
        this.ipVersion = ipVersion;
        this.recordsBytes = recordsBytes;
    }

    /**
     * The tree of {@code file}, whose metadata say what the parameters are.
     *
     * @throws MmdbException when they don't fit the file
     */
    static SearchTree of(String name, byte[] file, long nodeCount, int recordBits, int ipVersion) throws MmdbException {
        if (recordBits != 24 && recordBits != 28 && recordBits != 32) {
            throw new MmdbException(name + ": record_size: " + recordBits + " (expected: 24, 28 or 32)");
        }
        if (ipVersion != 4 && ipVersion != 6) {
            throw new MmdbException(name + ": ip_version: " + ipVersion + " (expected: 4 or 6)");
        }
        long records = metadataStart(file) - nodeCount * (recordBits / 4) - SEPARATOR_BYTES;
        if (nodeCount < 1 || nodeCount > file.length || records < 1) {
            throw new MmdbException(name + ": node_count: " + nodeCount + " (expected: a search tree that fits its "
                    + file.length + " bytes)");
        }
        return new SearchTree(file, (int) nodeCount, recordBits, ipVersion, records);
    }

    /** Where the metadata begin: behind the last mark; the end of the file when there is none. */
    private static int metadataStart(byte[] file) {
        int lowest = Math.max(0, file.length - METADATA_MAX_BYTES);
        for (int at = file.length - METADATA_MARK.length; at >= lowest; at--) {
            int matched = 0;
            while (matched < METADATA_MARK.length && file[at + matched] == METADATA_MARK[matched]) {
                matched++;
            }
            if (matched == METADATA_MARK.length) {
                return at;
            }
        }
        return file.length;
    }

    /** Visits to nodes after which a tree is taken to be one without end. */
    long mostVisits() {
        return (long) VISITS * nodeCount;
    }

    /** Whether {@code value} is a node to go on from. */
    boolean isNode(long value) {
        return value < nodeCount;
    }

    /** Whether {@code value} says that nothing is known. */
    boolean isNothing(long value) {
        return value == nodeCount;
    }

    /** Whether {@code value}, neither node nor nothing, points at a record inside the file. */
    boolean isRecord(long value) {
        long offset = value - nodeCount - SEPARATOR_BYTES;
        return offset >= 0 && offset < recordsBytes;
    }

    /** What stands on a side of a node. */
    long child(int node, int bit) {
        int at = (int) ((long) node * (recordBits / 4));
        return switch (recordBits) {
            case 24 -> number(at + bit * 3, 3);
            case 28 ->
                bit == 0
                        ? (file[at + 3] & 0xf0L) << 20 | number(at, 3)
                        : (file[at + 3] & 0x0fL) << 24 | number(at + 4, 3);
            default -> number(at + bit * 4, 4);
        };
    }

    private long number(int at, int bytes) {
        long number = 0;
        for (int i = 0; i < bytes; i++) {
            number = number << 8 | file[at + i] & 0xff;
        }
        return number;
    }

    /** Where IPv4 addresses begin: behind 96 zeros in a file for both; a record or nothing when the tree ends before. */
    long ipv4Root() {
        long value = 0;
        for (int i = 0; ipVersion == 6 && i < 96 && isNode(value); i++) {
            value = child((int) value, 0);
        }
        return value;
    }

    /**
     * A random address of the tree's own length that has a record.
     *
     * @return null when the way down met nothing but nothing
     * @throws MmdbException when it met what can't be
     */
    byte @Nullable [] draw(String name, SplittableRandom random) throws MmdbException {
        byte[] address = new byte[ipVersion == 4 ? 4 : 16];
        int node = 0;
        for (int depth = 0; depth < address.length * 8; depth++) {
            int bit = random.nextInt(2);
            long value = child(node, bit);
            if (isNothing(value)) {
                bit = 1 - bit;
                value = child(node, bit);
            }
            address[depth / 8] |= (byte) (bit << 7 - depth % 8);
            if (isNothing(value)) {
                return null;
            }
            if (!isNode(value)) {
                requireRecord(name, value);
                return address;
            }
            node = (int) value;
        }
        throw new MmdbException(name + ": its search tree is deeper than addresses are long");
    }

    void requireRecord(String name, long value) throws MmdbException {
        if (!isRecord(value)) {
            throw new MmdbException(name + ": its search tree points at " + (value - nodeCount - SEPARATOR_BYTES)
                    + " (expected: a record among " + recordsBytes + " bytes)");
        }
    }
}
