package dev.sluice.geo.mmdb;

import java.util.Arrays;

/**
 * The IPv6 networks of a database as a sorted array of their first 64 bits. What goes deeper is rare, and left to the tree:
 * networks longer than /64, and those in which IPv4 addresses are repeated (mapped, 6to4, Teredo). Immutable.
 */
final class Ipv6Index {
    /** Instead of a record's number: the tree must be asked. */
    static final int DEEPER = -1;

    private static final int BITS = Long.SIZE;
    private static final int BLOCKS = 1 << 16;

    /** First addresses of networks, the highest bit flipped so that signed numbers compare as unsigned ones. */
    private final long[] starts;

    private final int[] records;
    /** The network that each /16 begins in. */
    private final int[] blocks;

    private Ipv6Index(Building building) {
        starts = Arrays.copyOf(building.starts, building.size);
        records = Arrays.copyOf(building.records, building.size);
        blocks = new int[BLOCKS + 1];
        int network = 0;
        for (int block = 0; block < BLOCKS; block++) {
            long first = (long) block << 48 ^ Long.MIN_VALUE;
            while (network + 1 < starts.length && starts[network + 1] <= first) {
                network++;
            }
            blocks[block] = network;
        }
        blocks[BLOCKS] = starts.length - 1;
    }

    /**
     * The networks of {@code tree}, which holds IPv6 addresses.
     *
     * @param numbers of records, shared with the IPv4 networks
     * @throws MmdbException naming the file when the tree is broken
     */
    static Ipv6Index of(String name, SearchTree tree, RecordNumbers numbers) throws MmdbException {
        Building building = new Building(name, tree, numbers);
        building.visit(0, 0, 0);
        return new Ipv6Index(building);
    }

    /** Number of the record of an address by its first 64 bits; 0 when there is none, or {@link #DEEPER}. */
    int record(long address) {
        long wanted = address ^ Long.MIN_VALUE;
        int block = (int) (address >>> 48);
        int low = blocks[block];
        int high = blocks[block + 1];
        while (low < high) {
            int middle = low + high + 1 >>> 1;
            if (starts[middle] <= wanted) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return records[low];
    }

    /** What grows while the tree is visited from left to right. */
    private static final class Building {
        private final String name;
        private final SearchTree tree;
        private final RecordNumbers numbers;
        private final long ipv4Root;
        private long visitsLeft;
        private long[] starts = new long[1 << 10];
        private int[] records = new int[1 << 10];
        private int size;

        Building(String name, SearchTree tree, RecordNumbers numbers) {
            this.name = name;
            this.tree = tree;
            this.numbers = numbers;
            this.ipv4Root = tree.ipv4Root();
            this.visitsLeft = tree.mostVisits();
        }

        void visit(long value, long address, int depth) throws MmdbException {
            if (!tree.isNode(value)) {
                if (tree.isNothing(value)) {
                    add(address, 0);
                } else {
                    tree.requireRecord(name, value);
                    add(address, numbers.of(value));
                }
                return;
            }
            if (depth == BITS || value == ipv4Root) {
                add(address, DEEPER);
                return;
            }
            if (--visitsLeft < 0) {
                throw new MmdbException(name + ": its search tree runs in circles");
            }
            visit(tree.child((int) value, 0), address, depth + 1);
            visit(tree.child((int) value, 1), address | 1L << 63 - depth, depth + 1);
        }

        private void add(long address, int record) {
            if (size > 0 && records[size - 1] == record) {
                return;
            }
            if (size == starts.length) {
                starts = Arrays.copyOf(starts, size * 2);
                records = Arrays.copyOf(records, size * 2);
            }
            starts[size] = address ^ Long.MIN_VALUE;
            records[size++] = record;
        }
    }
}
