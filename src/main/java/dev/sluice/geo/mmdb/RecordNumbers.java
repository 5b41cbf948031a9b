package dev.sluice.geo.mmdb;

/**
 * Numbers places of records in the order in which they come, from 1 on. Only used while a database is opened; confined to
 * one thread.
 */
final class RecordNumbers {
    /** Open addressing; the number 0 marks a free slot. */
    private long[] places = new long[1 << 10];

    private int[] numbers = new int[1 << 10];
    private int count;

    /** How many there are. */
    int count() {
        return count;
    }

    /** The number of the record at {@code place}, a new one when it was not seen before. */
    int of(long place) {
        if (count * 2 >= places.length) {
            grow();
        }
        int slot = slot(place);
        if (numbers[slot] == 0) {
            places[slot] = place;
            numbers[slot] = ++count;
        }
        return numbers[slot];
    }

    private int slot(long place) {
        int slot = (int) (place * 0x9E3779B97F4A7C15L >>> 32) & places.length - 1;
        while (numbers[slot] != 0 && places[slot] != place) {
            slot = slot + 1 & places.length - 1;
        }
        return slot;
    }

    private void grow() {
        long[] oldPlaces = places;
        int[] oldNumbers = numbers;
        places = new long[oldPlaces.length * 2];
        numbers = new int[oldPlaces.length * 2];
        for (int i = 0; i < oldPlaces.length; i++) {
            if (oldNumbers[i] != 0) {
                int slot = slot(oldPlaces[i]);
                places[slot] = oldPlaces[i];
                numbers[slot] = oldNumbers[i];
            }
        }
    }
}
