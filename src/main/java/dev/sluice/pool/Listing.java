package dev.sluice.pool;

import java.util.List;

/** Which sources list a proxy, sorted by name. */
final class Listing extends Shared {
    final List<String> names;

    Listing(List<String> names) {
        this.names = names;
    }
}
