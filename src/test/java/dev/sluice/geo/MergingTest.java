package dev.sluice.geo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.proxy.Location;
import dev.sluice.proxy.NetworkType;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class MergingTest {
    private static final Location BERLIN = new Location("EU", "DE", "Berlin", 0, null, "city");
    private static final Location GERMANY = new Location("EU", "DE", null, 0, null, "country");
    private static final Location FRANCE = new Location("EU", "FR", "Paris", 0, null, "city");
    private static final Location SYSTEM = new Location(null, null, null, 64500, "Example", "asn");
    private static final Location PHONES =
            new Location(null, null, null, 0, null, NetworkType.MOBILE, "connection-type");

    @Test
    void whatComesFirstCounts() {
        assertThat(Merging.merge(BERLIN, FRANCE)).isEqualTo(BERLIN);
        assertThat(Merging.merge(FRANCE, BERLIN)).isEqualTo(FRANCE);
    }

    @Test
    void aCityComesWithItsCountry() {
        assertThat(Merging.merge(GERMANY, FRANCE)).as("Paris is not in Germany").isEqualTo(GERMANY);
        assertThat(Merging.merge(GERMANY, BERLIN))
                .as("the same country may be told more of")
                .isEqualTo(new Location("EU", "DE", "Berlin", 0, null, "country"));
    }

    @Test
    void whatIsLeftOpenIsFilled() {
        assertThat(Merging.merge(Merging.merge(SYSTEM, PHONES), BERLIN))
                .isEqualTo(new Location("EU", "DE", "Berlin", 64500, "Example", NetworkType.MOBILE, "city"));
        assertThat(Merging.merge(BERLIN, SYSTEM))
                .isEqualTo(new Location("EU", "DE", "Berlin", 64500, "Example", "city"));
    }

    @Test
    void numberAndNameOfASystemBelongTogether() {
        Location bare = new Location(null, null, null, 64501, null, "asn");
        assertThat(Merging.merge(bare, SYSTEM)).isEqualTo(bare);
        assertThat(Merging.merge(new Location(null, null, null, 64500, null, "asn"), SYSTEM))
                .isEqualTo(SYSTEM);
        Location named = new Location(null, null, null, 0, "Ours", "table");
        assertThat(Merging.merge(named, SYSTEM)).isEqualTo(named);
    }

    @Test
    void aContinentGivesWayToACountry() {
        Location europe = new Location("EU", null, null, 0, null, "city");
        Location japan = new Location("AS", "JP", null, 0, null, "country");
        assertThat(Merging.merge(europe, japan)).isEqualTo(japan);
        assertThat(Merging.merge(europe, SYSTEM)).isEqualTo(new Location("EU", null, null, 64500, "Example", "city"));
        assertThat(Merging.merge(SYSTEM, europe)).isEqualTo(new Location("EU", null, null, 64500, "Example", "city"));
    }

    @Test
    void nothingAddsNothing() {
        for (Location location : List.of(BERLIN, SYSTEM, PHONES)) {
            assertThat(Merging.merge(location, Location.UNKNOWN)).isEqualTo(location);
            assertThat(Merging.merge(Location.UNKNOWN, location)).isEqualTo(location);
        }
        assertThat(Merging.merge(Location.UNKNOWN, Location.UNKNOWN)).isEqualTo(Location.UNKNOWN);
    }

    @Test
    void howeverManySpeakNoPartContradictsAnother() {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        for (int round = 0; round < 2_000; round++) {
            Location merged = Location.UNKNOWN;
            for (int source = 0; source < 4; source++) {
                String country = List.of("DE", "FR", "JP", "").get(random.nextInt(4));
                long asn = random.nextInt(3);
                merged = Merging.merge(
                        merged,
                        new Location(
                                country.isEmpty() ? null : "of " + country,
                                country.isEmpty() ? null : country,
                                country.isEmpty() || random.nextBoolean() ? null : "city of " + country,
                                asn,
                                asn == 0 || random.nextBoolean() ? null : "name of " + asn,
                                "source " + source));
            }
            String country = merged.country();
            assertThat(merged.region()).as("seed %d", seed).isEqualTo(country == null ? null : "of " + country);
            if (merged.city() != null) {
                assertThat(merged.city()).as("seed %d", seed).isEqualTo("city of " + country);
            }
            if (merged.organisation() != null) {
                assertThat(merged.organisation()).as("seed %d", seed).isEqualTo("name of " + merged.asn());
            }
        }
    }

    @Test
    void machinesForHireAreDatacentersUnlessSomebodyKnowsBetter() {
        Location hetzner = new Location("EU", "DE", null, 24940, "Hetzner Online GmbH", "country");
        assertThat(Merging.typed(hetzner).type()).isEqualTo(NetworkType.DATACENTER);
        assertThat(Merging.typed(Merging.merge(hetzner, PHONES)).type()).isEqualTo(NetworkType.MOBILE);
        assertThat(Merging.typed(new Location("EU", "FR", null, 16276, "OVH SAS", "country"))
                        .type())
                .as("OVH connects homes as well")
                .isNull();
        assertThat(Objects.requireNonNull(Merging.typed(SYSTEM)).type()).isNull();
    }
}
