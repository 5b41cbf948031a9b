package dev.sluice.geo.mmdb;

import java.util.Arrays;

/**
 * The IPv4 networks of a database as a sorted array: from an address to the number of its record in some ten steps instead
 * of up to 32 down a tree. Building it visits the whole tree, so that a broken one is found before it is used. Immutable.
 */
final class Ipv4Index {
    private static final int BLOCKS = 1 << 16;

    /** First address of each network, its highest bit flipped so that signed numbers compare as unsigned ones. */
    private final int[] starts;
    /** Number of the record of each network; 0 for none. */
    private final int[] records;
    /** The network that each block of 65,536 addresses begins in. */
    private final int[] blocks;
    /** An address of each record. */
    private final int[] examples;

    private Ipv4Index(Building building) {
        starts = Arrays.copyOf(building.starts, building.size);
        records = Arrays.copyOf(building.records, building.size);
        examples = Arrays.copyOf(building.examples, building.recordCount + 1);
        blocks = new int[BLOCKS + 1];
        int network = 0;
        for (int block = 0; block < BLOCKS; block++) {
            int first = block << 16 ^ Integer.MIN_VALUE;
            while (network + 1 < starts.length && starts[network + 1] <= first) {
                network++;
            }
            blocks[block] = network;
        }
        blocks[BLOCKS] = starts.length - 1;
    }

    /**
     * The networks of {@code tree}.
     *
     * @param numbers of records; nothing is numbered yet
     * @throws MmdbException naming the file when the tree is broken
     */
    static Ipv4Index of(String name, SearchTree tree, RecordNumbers numbers) throws MmdbException {
        Building building = new Building(name, tree, numbers);
        building.visit(tree.ipv4Root(), 0, 0);
        return new Ipv4Index(building);
    }

    /** Records of IPv4 networks; they are numbered from 1 on. */
    int recordCount() {
        return examples.length - 1;
    }

    /** An address that has the record of this number. */
    int example(int record) {
        return examples[record];
    }

    /** Number of the record of an address; 0 when there is none. */
    int record(int address) {
        int wanted = address ^ Integer.MIN_VALUE;
        int block = address >>> 16;
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
        private long visitsLeft;
        private int[] starts = new int[1 << 10];
        private int[] records = new int[1 << 10];
        private int[] examples = new int[1 << 10];
        private int size;
        private int recordCount;

        Building(String name, SearchTree tree, RecordNumbers numbers) {
            this.name = name;
            this.tree = tree;
            this.numbers = numbers;
            this.visitsLeft = tree.mostVisits();
        }

        void visit(long value, int address, int depth) throws MmdbException {
            if (!tree.isNode(value)) {
                add(address, value);
                return;
            }
            if (depth == Integer.SIZE) {
                throw new MmdbException(name + ": its search tree is deeper than addresses are long");
            }
            if (--visitsLeft < 0) {
                throw new MmdbException(name + ": its search tree runs in circles");
            }
            visit(tree.child((int) value, 0), address, depth + 1);
            visit(tree.child((int) value, 1), address | 1 << 31 - depth, depth + 1);
        }

        private void add(int address, long value) throws MmdbException {
            int record = 0;
            if (!tree.isNothing(value)) {
                tree.requireRecord(name, value);
                record = numbers.of(value);
                if (record > recordCount) {
                    recordCount = record;
                    examples = grown(examples, record);
                    examples[record] = address;
                }
            }
            if (size > 0 && records[size - 1] == record) {
                return;
            }
            starts = grown(starts, size);
            records = grown(records, size);
            starts[size] = address ^ Integer.MIN_VALUE;
            records[size++] = record;
        }

        private static int[] grown(int[] array, int index) {
            return index < array.length ? array : Arrays.copyOf(array, array.length * 2);
        }
    }
}
