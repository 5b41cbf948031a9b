package dev.sluice.geo.mmdb;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;

/** MaxMind's test databases, from github.com/maxmind/MaxMind-DB; their licences are beside them. */
public final class TestDatabases {
    private TestDatabases() {}

    /** A file of the folder. */
    public static byte[] bytes(String name) {
        try (InputStream in =
                Objects.requireNonNull(TestDatabases.class.getResourceAsStream("/dev/sluice/geo/" + name), name)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
