package dev.sluice.geo;

import dev.sluice.geo.mmdb.Mmdb;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** The country database that comes with the program: read once a process, on first need. Blocks. */
final class BuiltIn {
    static final String NAME = "built-in";
    static final String ATTRIBUTION = "IP Geolocation by DB-IP, https://db-ip.com";

    private static final String RESOURCE = "/dev/sluice/geo/dbip-country.mmdb";

    private BuiltIn() {}

    static Mmdb database() {
        return Holder.DATABASE;
    }

    private static final class Holder {
        static final Mmdb DATABASE = read();

        private static Mmdb read() {
            try (InputStream in = BuiltIn.class.getResourceAsStream(RESOURCE)) {
                if (in == null) {
                    throw new IllegalStateException(RESOURCE + " is missing in the program");
                }
                return Mmdb.open(NAME, in.readAllBytes());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
