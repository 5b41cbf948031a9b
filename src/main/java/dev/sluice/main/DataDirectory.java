package dev.sluice.main;

import dev.sluice.config.StoreConfig;
import dev.sluice.store.Stores;
import java.nio.file.Path;

/** Where what belongs to a database but is not in it has its place. */
final class DataDirectory {
    private DataDirectory() {}

    /** The directory of a file; {@code data} of the working directory beside a database server. */
    static Path of(StoreConfig store) {
        return of(store.url());
    }

    /** The same for {@code store.url} alone. */
    static Path of(String url) {
        return Stores.directory(url);
    }
}
