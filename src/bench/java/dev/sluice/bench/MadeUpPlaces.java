package dev.sluice.bench;

import dev.sluice.port.Locator;
import dev.sluice.proxy.Location;
import dev.sluice.proxy.NetworkType;
import io.vertx.core.Future;
import java.util.List;

/** A locator that makes places up: of each address always the same one, of every tenth none. */
final class MadeUpPlaces implements Locator {
    private static final String[] REGIONS = {"AF", "AS", "EU", "NA", "OC", "SA"};
    private static final long ODD = 0x9e3779b97f4a7c15L;

    @Override
    public Location locate(String address) {
        long bits = address.hashCode() * ODD;
        int number = (int) (bits >>> 33);
        if (number % 10 == 0) {
            return Location.UNKNOWN;
        }
        long asn = 1 + number % 60_000;
        return new Location(
                REGIONS[number % REGIONS.length],
                "" + (char) ('A' + number / 7 % 26) + (char) ('A' + number / 11 % 26),
                number % 3 == 0 ? null : "City " + number % 3_000,
                asn,
                "Network " + asn,
                number % 4 == 3 ? null : NetworkType.values()[number % 4],
                "city");
    }

    @Override
    public Future<Location> ask(String address) {
        return Future.succeededFuture(locate(address));
    }

    @Override
    public List<Database> databases() {
        return List.of(new Database("made-up", "City", 1, 6, null, null));
    }

    @Override
    public Figures figures() {
        return new Figures(0, 0, 0, 0, 0);
    }
}
