package dev.sluice.geo.mmdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.maxmind.db.DatabaseRecord;
import com.maxmind.db.Networks;
import com.maxmind.db.Reader;
import dev.sluice.parse.Cidr;
import dev.sluice.parse.Continents;
import dev.sluice.parse.IpAddress;
import dev.sluice.proxy.Location;
import dev.sluice.proxy.NetworkType;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MmdbTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static Mmdb open(String name) throws MmdbException {
        return Mmdb.open(name, TestDatabases.bytes(name));
    }

    private static byte[] address(String text) {
        return Objects.requireNonNull(IpAddress.parse(text), text);
    }

    private static @Nullable Location locate(Mmdb database, String address) {
        return database.locate(IpAddress.unmapped(address(address)));
    }

    @ParameterizedTest
    @CsvSource({
        "GeoIP2-City-Test.mmdb,    CITY,    city,    London",
        "GeoLite2-City-Test.mmdb,  CITY,    city,    London",
        "GeoIP2-Country-Test.mmdb, COUNTRY, country, ",
        "GeoLite2-Country-Test.mmdb, COUNTRY, country, ",
    })
    void theDocumentedAddressIsInLondon(String name, Kind kind, String origin, @Nullable String city) throws Exception {
        Mmdb database = open(name);

        assertThat(database.kind()).isEqualTo(kind);
        assertThat(database.ipVersion()).isEqualTo(6);
        assertThat(database.type()).isEqualTo(name.replace("-Test.mmdb", ""));
        assertThat(locate(database, "81.2.69.142")).isEqualTo(new Location("EU", "GB", city, 0, null, origin));
        assertThat(locate(database, "::ffff:81.2.69.142")).isEqualTo(locate(database, "81.2.69.142"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"GeoLite2-City-Test", "GeoLite2-ASN-Test", "GeoIP2-Anonymous-IP-Test"})
    void everyNetworkOfTheSourceHasItsAnswer(String name) throws Exception {
        Mmdb database = open(name + ".mmdb");
        Map<String, JsonNode> networks = new HashMap<>();
        for (JsonNode part : JSON.readTree(TestDatabases.bytes(name + ".source.json"))) {
            part.fields().forEachRemaining(field -> networks.put(field.getKey(), field.getValue()));
        }
        int told = 0;
        for (Map.Entry<String, JsonNode> entry : networks.entrySet()) {
            String network = entry.getKey();
            byte[] first = IpAddress.unmapped(address(network.substring(0, network.indexOf('/'))));
            if (hasSmaller(networks, network)) {
                continue;
            }
            JsonNode record = entry.getValue();
            Location found = Objects.requireNonNullElse(database.locate(first), Location.UNKNOWN);
            String country = Continents.country(record.at("/country/iso_code").asText());
            assertThat(found.country()).as(network).isEqualTo(country);
            assertThat(found.city()).as(network).isEqualTo(country == null ? null : text(record.at("/city/names/en")));
            if (country != null) {
                assertThat(found.region()).as(network).isEqualTo(Continents.of(country));
            }
            assertThat(found.asn())
                    .as(network)
                    .isEqualTo(record.path("autonomous_system_number").asLong());
            assertThat(found.organisation()).as(network).isEqualTo(text(record.path("autonomous_system_organization")));
            boolean hosting = record.path("is_hosting_provider").asBoolean();
            boolean residential = record.path("is_residential_proxy").asBoolean();
            assertThat(found.type())
                    .as(network)
                    .isEqualTo(
                            hosting == residential ? null : hosting ? NetworkType.DATACENTER : NetworkType.RESIDENTIAL);
            told++;
        }
        assertThat(told).isGreaterThan(networks.size() / 2);
    }

    /** Whether another network of the source lies inside, at its first address. */
    private static boolean hasSmaller(Map<String, JsonNode> networks, String network) {
        byte[] first = address(network.substring(0, network.indexOf('/')));
        int prefix = prefix(network);
        return networks.keySet().stream()
                .filter(other -> prefix(other) > prefix)
                .anyMatch(other -> Cidr.parse(other)
                        .contains(
                                first.length == Cidr.parse(other).network().length
                                        ? first
                                        : IpAddress.unmapped(first)));
    }

    private static int prefix(String network) {
        return Integer.parseInt(network.substring(network.indexOf('/') + 1));
    }

    private static @Nullable String text(JsonNode node) {
        return node.isTextual() ? node.asText() : null;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GeoIP2-City-Test",
                "GeoIP2-Country-Test",
                "GeoLite2-ASN-Test",
                "GeoIP2-ISP-Test",
                "GeoIP2-Anonymous-IP-Test",
                "GeoIP-Anonymous-Plus-Test",
                "GeoIP2-Connection-Type-Test",
                "GeoIP-Residential-Proxy-Test",
            })
    void theIndexFindsTheRecordThatMaxMindsReaderFinds(String name) throws Exception {
        byte[] file = TestDatabases.bytes(name + ".mmdb");
        Mmdb database = Mmdb.open(name, file);
        String origin = database.kind().text();
        Class<? extends GeoRecord> form =
                name.contains("City") || name.contains("Country") ? NestedRecord.class : FlatRecord.class;
        try (Reader reader = new Reader(new ByteArrayInputStream(file))) {
            Networks<? extends GeoRecord> networks = reader.networks(form);
            int compared = 0;
            while (networks.hasNext()) {
                DatabaseRecord<? extends GeoRecord> next = networks.next();
                byte[] first = next.network().networkAddress().getAddress();
                byte[] last = first.clone();
                for (int bit = next.network().prefixLength(); bit < last.length * 8; bit++) {
                    last[bit / 8] |= (byte) (1 << 7 - bit % 8);
                }
                Location expected = next.data().location(origin);
                assertThat(database.locate(first)).as(next.network().toString()).isEqualTo(expected);
                assertThat(database.locate(last)).as(next.network().toString()).isEqualTo(expected);
                compared++;
            }
            assertThat(compared).isGreaterThan(20);
        }
    }

    @Test
    void theTypeOfANetworkIsToldFromWhateverTellsIt() throws Exception {
        assertThat(type("GeoIP2-Anonymous-IP-Test.mmdb", "71.160.223.1")).isEqualTo(NetworkType.DATACENTER);
        assertThat(type("GeoIP2-Anonymous-IP-Test.mmdb", "6.1.0.4")).isEqualTo(NetworkType.RESIDENTIAL);
        assertThat(type("GeoIP2-Anonymous-IP-Test.mmdb", "81.2.69.1"))
                .as("it says both")
                .isNull();
        assertThat(type("GeoIP2-Connection-Type-Test.mmdb", "1.0.0.1")).isEqualTo(NetworkType.RESIDENTIAL);
        assertThat(type("GeoIP2-Connection-Type-Test.mmdb", "1.0.1.1")).isEqualTo(NetworkType.MOBILE);
        assertThat(type("GeoIP-Residential-Proxy-Test.mmdb", "1.2.0.4")).isEqualTo(NetworkType.RESIDENTIAL);
        assertThat(type("GeoIP-Residential-Proxy-Test.mmdb", "1.2.0.5")).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "false, false, ,          hosting,                  DATACENTER",
        "false, false, ,          content_delivery_network, DATACENTER",
        "false, false, Cellular,  residential,              RESIDENTIAL",
        "false, false, Cable/DSL, business,                 RESIDENTIAL",
        "false, false, Corporate, ,                         ",
        "false, false, Satellite, ,                         RESIDENTIAL",
        "false, false, ,          cellular,                 MOBILE",
        "false, true,  Cellular,  ,                         MOBILE",
        "true,  false, Cable/DSL, residential,              DATACENTER",
        "true,  true,  Cable/DSL, residential,              ",
    })
    void fieldsThatSpeakOfTheTypeHaveTheirOrder(
            boolean hosting,
            boolean residential,
            @Nullable String connection,
            @Nullable String user,
            @Nullable NetworkType expected) {
        assertThat(Believed.type(hosting, residential, connection, user, false)).isEqualTo(expected);
    }

    private static @Nullable NetworkType type(String name, String address) throws Exception {
        Location found = locate(open(name), address);
        return found == null ? null : found.type();
    }

    @Test
    void flatRecordsOfLowerCaseTypesAreRead() throws Exception {
        Mmdb database = Mmdb.open(
                "flat",
                TinyMmdb.of("city ipv4", 4)
                        .with("1.0.0.0/24", Map.of("country_code", "AU", "city", "Brisbane", "state1", "Queensland"))
                        .with("1.0.1.0/24", Map.of("country_code", "CN", "city", "", "timezone", ""))
                        .with("1.0.2.0/24", Map.of("country_code", "ZZ", "city", "Nowhere"))
                        .with("1.0.3.0/24", Map.of("country_code", "AP"))
                        .with("1.0.4.0/24", Map.of("country_code", "EU"))
                        .with("1.0.5.0/24", Map.of("country_code", "XK"))
                        .with("1.0.6.0/24", Map.of("country_code", "de"))
                        .with("1.0.7.0/24", Map.of("asn", "AS64500", "as_name", "Example", "country", "Germany"))
                        .with("1.0.8.0/24", Map.of("continent", "OC"))
                        .bytes());

        assertThat(database.kind()).isEqualTo(Kind.CITY);
        assertThat(database.builtAtMillis()).isEqualTo(1_700_000_000_000L);
        assertThat(locate(database, "1.0.0.77")).isEqualTo(new Location("OC", "AU", "Brisbane", 0, null, "city"));
        assertThat(locate(database, "1.0.1.255")).isEqualTo(new Location("AS", "CN", null, 0, null, "city"));
        assertThat(locate(database, "1.0.2.0")).as("ZZ is no country").isNull();
        assertThat(locate(database, "1.0.3.0")).as("AP is no country").isNull();
        assertThat(locate(database, "1.0.4.0")).as("EU is no country").isNull();
        assertThat(locate(database, "1.0.5.0")).isEqualTo(new Location("EU", "XK", null, 0, null, "city"));
        assertThat(locate(database, "1.0.6.0")).as("codes are in upper case").isNull();
        assertThat(locate(database, "1.0.7.0")).isEqualTo(new Location(null, null, null, 64500, "Example", "city"));
        assertThat(locate(database, "1.0.8.0")).isEqualTo(new Location("OC", null, null, 0, null, "city"));
        assertThat(locate(database, "1.0.9.0")).isNull();
        assertThat(database.corrupt()).isZero();
    }

    @Test
    void aFileForIpv4AloneKnowsNothingOfIpv6() throws Exception {
        byte[] file = TinyMmdb.of("country ipv4", 4)
                .with("42.0.0.0/8", Map.of("country_code", "CN"))
                .bytes();
        Mmdb database = Mmdb.open("v4", file);

        assertThat(locate(database, "42.0.20.80")).isNotNull();
        assertThat(locate(database, "2a00:1450:4001:80b::200e")).isNull();
        assertThat(locate(database, "::ffff:42.0.20.80")).isNotNull();
        try (Reader reader = new Reader(new ByteArrayInputStream(file))) {
            assertThat(reader.get(
                            java.net.InetAddress.getByAddress(address("2a00:1450:4001:80b::200e")), FlatRecord.class))
                    .as("what MaxMind's reader says from the first 32 bits")
                    .isNotNull();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GeoIP2-City-Test-Invalid-Node-Count.mmdb | node_count",
                "MaxMind-DB-test-broken-pointers-24.mmdb | search tree points at",
                "MaxMind-DB-no-ipv4-search-tree.mmdb | can't be read",
                "MaxMind-DB-test-ipv4-24.mmdb | type Test of",
                "MaxMind-DB-test-mixed-24.mmdb | type Test of",
                "LICENSE-MIT | metadata marker",
            })
    void aFileThatIsOfNoUseIsRefusedByName(String name, String reason) {
        assertThatThrownBy(() -> open(name))
                .isInstanceOf(MmdbException.class)
                .hasMessageStartingWith(name + ": ")
                .hasMessageContaining(reason);
    }

    @Test
    void everyBeginningOfAFileIsRefused() {
        byte[] whole = TestDatabases.bytes("GeoLite2-Country-Test.mmdb");
        for (int length = 0; length < whole.length - 1; length += 997) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> Mmdb.open("cut.mmdb", cut))
                    .as("%d bytes", length)
                    .isInstanceOf(MmdbException.class)
                    .hasMessageStartingWith("cut.mmdb: ");
        }
    }

    @Test
    void randomBytesAreRefused() {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        byte[] noise = new byte[100_000];
        random.nextBytes(noise);
        byte[] marked = noise.clone();
        byte[] mark = "\u00ab\u00cd\u00efMaxMind.com".getBytes(StandardCharsets.ISO_8859_1);
        System.arraycopy(mark, 0, marked, 90_000, mark.length);

        for (byte[] file : new byte[][] {noise, marked}) {
            assertThatThrownBy(() -> Mmdb.open("noise.mmdb", file))
                    .as("seed %d", seed)
                    .isInstanceOf(MmdbException.class)
                    .hasMessageStartingWith("noise.mmdb: ");
        }
    }

    @Test
    void aTreeThatRunsInCirclesIsRefused() {
        byte[] file = TinyMmdb.of("country ipv4", 4)
                .with("0.0.0.0/8", Map.of("country_code", "DE"))
                .bytes();
        // The second child of the root leads back to the root.
        Arrays.fill(file, 3, 6, (byte) 0);

        assertThatThrownBy(() -> Mmdb.open("circle.mmdb", file))
                .isInstanceOf(MmdbException.class)
                .hasMessageStartingWith("circle.mmdb: its search tree");
    }

    @Test
    void flippedBytesNeverMakeALookUpFail() throws Exception {
        long seed = System.nanoTime();
        System.out.println("flippedBytesNeverMakeALookUpFail: seed " + seed);
        SplittableRandom random = new SplittableRandom(seed);
        String[] names = {"GeoIP2-City-Test.mmdb", "GeoLite2-ASN-Test.mmdb", "GeoIP2-Anonymous-IP-Test.mmdb"};
        byte[][] addresses = new byte[400][];
        int opened = 0;
        for (int i = 0; i < addresses.length; i++) {
            addresses[i] = new byte[i % 4 == 0 ? 16 : 4];
            random.nextBytes(addresses[i]);
        }
        for (int round = 0; round < 300; round++) {
            byte[] file = TestDatabases.bytes(names[round % names.length]);
            for (int flips = random.nextInt(1, 30); flips > 0; flips--) {
                file[random.nextInt(file.length)] ^= (byte) (1 << random.nextInt(8));
            }
            Mmdb database;
            try {
                database = Mmdb.open("flipped", file);
            } catch (MmdbException e) {
                assertThat(e).as("seed %d", seed).hasMessageStartingWith("flipped: ");
                continue;
            }
            opened++;
            for (byte[] address : addresses) {
                Location found = database.locate(address);
                assertThat(found).as("seed %d", seed).isNotEqualTo(Location.UNKNOWN);
            }
        }
        assertThat(opened)
                .as("seed %d: files that could be opened all the same", seed)
                .isPositive();
    }

    @Test
    void aRecordThatIsBrokenDeeperIsUnknownAndCounted() throws Exception {
        TinyMmdb building = TinyMmdb.of("city ipv4", 4);
        // More records than are tried at opening; the broken one is among those that are not.
        for (int i = 0; i < 1_100; i++) {
            building.with(
                    "20." + i / 256 + "." + i % 256 + ".0/24",
                    i == 1 ? Map.of("country_code", "DE", "city", 7) : Map.of("country_code", "DE", "city", "C" + i));
        }
        Mmdb database = Mmdb.open("deep", building.bytes());

        assertThat(locate(database, "20.0.1.1")).isNull();
        assertThat(locate(database, "20.0.1.2")).isNull();
        assertThat(database.corrupt()).isEqualTo(1);
        assertThat(locate(database, "20.0.2.1")).isEqualTo(new Location("EU", "DE", "C2", 0, null, "city"));
    }

    @Test
    void kindsAreToldFromTheTypeInAnyCase() {
        Map<String, Kind> kinds = new HashMap<>();
        for (String type : new String[] {
            "GeoIP2-Enterprise",
            "DBIP-Location-ISP (compat=Enterprise)",
            "city ipv6",
            "country ipvAll",
            "GeoLite2-ASN",
            "GeoIP2-ISP",
            "GeoIP2-Anonymous-IP",
            "GeoIP-Anonymous-Plus",
            "GeoIP2-Connection-Type",
            "GeoIP-Residential-Proxy",
            "Something"
        }) {
            kinds.put(type, Kind.of(type));
        }
        assertThat(kinds)
                .containsEntry("GeoIP2-Enterprise", Kind.ENTERPRISE)
                .containsEntry("DBIP-Location-ISP (compat=Enterprise)", Kind.ENTERPRISE)
                .containsEntry("city ipv6", Kind.CITY)
                .containsEntry("country ipvAll", Kind.COUNTRY)
                .containsEntry("GeoLite2-ASN", Kind.ASN)
                .containsEntry("GeoIP2-ISP", Kind.ISP)
                .containsEntry("GeoIP2-Anonymous-IP", Kind.ANONYMOUS_IP)
                .containsEntry("GeoIP-Anonymous-Plus", Kind.ANONYMOUS_IP)
                .containsEntry("GeoIP2-Connection-Type", Kind.CONNECTION_TYPE)
                .containsEntry("GeoIP-Residential-Proxy", Kind.RESIDENTIAL_PROXY)
                .containsEntry("Something", Kind.DATABASE);
    }

    @Test
    void aLookUpInTheNodesOfAnEmptySideIsNothing() throws Exception {
        Mmdb database = Mmdb.open(
                "sparse",
                TinyMmdb.of("country ipvAll", 6)
                        .with("2a01::/16", Map.of("country_code", "FR"))
                        .bytes());
        for (Iterator<String> it = java.util.List.of("1.2.3.4", "2b01::1", "255.255.255.255")
                        .iterator();
                it.hasNext(); ) {
            assertThat(locate(database, it.next())).isNull();
        }
        assertThat(locate(database, "2a01:1::1")).isEqualTo(new Location("EU", "FR", null, 0, null, "country"));
    }

    @Test
    void networksOfIpv6AreToldApartDownToOneAddress() throws Exception {
        Mmdb database = Mmdb.open(
                "deep6",
                TinyMmdb.of("country ipvAll", 6)
                        .with("2a01:1::/64", Map.of("country_code", "FR"))
                        .with("2a01:1:0:1::/65", Map.of("country_code", "DE"))
                        .with("2a01:1:0:1:8000::1/128", Map.of("country_code", "JP"))
                        .with("1.2.3.0/24", Map.of("country_code", "BR"))
                        .bytes());
        Map<String, String> expected = Map.of(
                "2a01:1::ffff", "FR",
                "2a01:1:0:1::1", "DE",
                "2a01:1:0:1:7fff:ffff:ffff:ffff", "DE",
                "2a01:1:0:1:8000::1", "JP",
                "1.2.3.4", "BR",
                "::ffff:1.2.3.4", "BR");
        expected.forEach((address, country) -> assertThat(locate(database, address))
                .as(address)
                .isNotNull()
                .extracting(Location::country)
                .isEqualTo(country));
        for (String nowhere : new String[] {"2a01:1:0:1:8000::2", "2a01:1:0:2::", "2a01::ffff", "2a02::"}) {
            assertThat(locate(database, nowhere)).as(nowhere).isNull();
        }
    }
}
