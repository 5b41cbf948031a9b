package dev.sluice.main;

import dev.sluice.config.StoreConfig;
import java.nio.file.Path;

/** Where what belongs to a database but is not in it has its place. */
final class DataDirectory {
    private static final String SQLITE = "sqlite:";
    private static final Path USUAL = Path.of("data");

    private DataDirectory() {}

    /** The directory of a SQLite file; {@code data} of the working directory beside a database server. */
    static Path of(StoreConfig store) {
        return of(store.url());
    }

    /** The same for {@code store.url} alone. */
    static Path of(String url) {
        if (!url.startsWith(SQLITE)) {
            return USUAL.toAbsolutePath();
        }
        Path parent = Path.of(url.substring(SQLITE.length()))
                .toAbsolutePath()
                .normalize()
                .getParent();
        return parent == null ? USUAL.toAbsolutePath() : parent;
    }
}
