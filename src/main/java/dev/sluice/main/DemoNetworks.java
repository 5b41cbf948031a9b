package dev.sluice.main;

import java.util.List;
import java.util.stream.Collectors;

/**
 * Where the proxies of a demo are said to be: they live on 127.0.0.0/8, of which no database knows anything. A table that is
 * plainly made up, with systems of the numbers that are set aside for documentation (RFC 5398), which covers all of it, so
 * that every filter has something to find.
 */
final class DemoNetworks {
    private static final List<Place> PLACES = List.of(
            new Place("127.0.0.0/12", "DE", "Frankfurt am Main", 64_496, "Made-up Hosting", "datacenter"),
            new Place("127.16.0.0/12", "US", "Ashburn", 64_497, "Made-up Cloud", "datacenter"),
            new Place("127.32.0.0/12", "US", "Los Angeles", 64_498, "Made-up Cable", "residential"),
            new Place("127.48.0.0/12", "FR", "Paris", 64_499, "Made-up Telecom", "residential"),
            new Place("127.64.0.0/12", "GB", "London", 64_500, "Made-up Broadband", "residential"),
            new Place("127.80.0.0/12", "NL", "Amsterdam", 64_501, "Made-up Colocation", "datacenter"),
            new Place("127.96.0.0/12", "SG", "Singapore", 64_502, "Made-up Servers", "datacenter"),
            new Place("127.112.0.0/12", "BR", "São Paulo", 64_503, "Made-up Fibre", "residential"),
            new Place("127.128.0.0/12", "IN", "Mumbai", 64_504, "Made-up Wireless", "mobile"),
            new Place("127.144.0.0/12", "JP", "Tokyo", 64_505, "Made-up Networks", "datacenter"),
            new Place("127.160.0.0/12", "ID", "Jakarta", 64_506, "Made-up Cellular", "mobile"),
            new Place("127.176.0.0/12", "CA", "Toronto", 64_507, "Made-up Internet", "residential"),
            new Place("127.192.0.0/13", "DE", "Berlin", 64_508, "Made-up Access", "residential"),
            new Place("127.200.0.0/13", "DE", "Munich", 64_509, "Made-up Mobile", "mobile"),
            new Place("127.208.0.0/13", "PL", "Warsaw", 64_510, "Made-up Datacentre", "datacenter"),
            new Place("127.216.0.0/13", "TR", "Istanbul", 64_511, "Made-up Line", "residential"),
            new Place("127.224.0.0/13", "ZA", "Johannesburg", 65_536, "Made-up Radio", "mobile"),
            new Place("127.232.0.0/13", "AU", "Sydney", 65_537, "Made-up Racks", "datacenter"),
            new Place("127.240.0.0/13", "MX", "Mexico City", 65_538, "Made-up Phones", "mobile"),
            new Place("127.248.0.0/13", "KR", "Seoul", 65_539, "Made-up Subscribers", "residential"));

    private DemoNetworks() {}

    private record Place(String network, String country, String city, long asn, String organisation, String type) {
        /** In YAML, all in one line. Quoted, as NO would be false. */
        @Override
        public String toString() {
            return "{network: " + network + ", country: '" + country + "', city: '" + city + "', asn: " + asn
                    + ", organisation: '" + organisation + "', type: " + type + '}';
        }
    }

    /** The table as one setting. */
    static String setting() {
        return "geo.networks=" + PLACES.stream().map(Place::toString).collect(Collectors.joining(", ", "[", "]"));
    }
}
