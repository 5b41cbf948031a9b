package dev.sluice.pool;

import static dev.sluice.pool.Entries.NOW;
import static dev.sluice.pool.Entries.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.proxy.Anonymity;
import dev.sluice.proxy.Capability;
import dev.sluice.proxy.Location;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.Tier;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class FilterTest {
    private static boolean matches(String name, String value, Entries entry) {
        PooledProxy proxy = entry.pooled();
        return matches(Filter.parse(Map.of(name, value)), proxy);
    }

    /** By a look at one proxy and by a scan of the pool, which agree. */
    private static boolean matches(Filter filter, PooledProxy proxy) {
        Slots slots = new Slots();
        slots.put(proxy, id -> 0);
        Selection selection = new Selection(filter);
        boolean looked = selection.matches(Objects.requireNonNull(slots.read(slots.find(proxy.id()))), false, NOW);
        if (filter.exclude().isEmpty()) {
            assertThat(selection.new Scan(slots, false, NOW).run()).hasSize(looked ? 1 : 0);
        }
        return looked;
    }

    @Test
    void withoutParametersItIsTheFilterOfEverything() {
        assertThat(Filter.parse(Map.of("limit", "5"))).isSameAs(Filter.ALL);
    }

    @Test
    void whatMeansTheSameIsEqual() {
        assertThat(Filter.parse(Map.of("country", "de, FR ,!us")))
                .isEqualTo(Filter.parse(Map.of("country", "FR,!US,DE")))
                .hasSameHashCodeAs(Filter.parse(Map.of("country", "FR,!US,DE")));
        assertThat(Filter.parse(Map.of("exclude", "127.0.0.1:80")).withoutExclusions())
                .isEqualTo(Filter.ALL);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "country|DE|true",
                "country|FR|false",
                "country|FR,DE|true",
                "country|!DE|false",
                "country|!FR|true",
                "region|EU|true",
                "region|!EU|false",
                "region|as|false",
                "city|bERLIN|true",
                "city|Paris|false",
                "asn|3320|true",
                "asn|AS3320|true",
                "asn|!3320|false",
                "asn|1|false",
                "anonymity|elite,anonymous|true",
                "anonymity|transparent|false",
                "tier|1|true",
                "tier|active|true",
                "tier|at-risk,3|false",
                "tier|!unknown|true",
                "type|residential|false",
                "type|!residential|true",
                "list|alpha|true",
                "list|beta|false",
                "list|!beta|true",
                "list|!alpha|false",
                "list|alpha,!beta|true",
                "min_reputation|95|true",
                "min_reputation|95.1|false",
                "max_latency_ms|100|true",
                "max_latency_ms|99|false",
                "exclude|127.0.0.1:8080|false",
                "exclude|http://127.0.0.1:8080|false",
                "exclude|socks5://127.0.0.1:8080|true",
                "exclude|127.0.0.1:81|true",
            })
    void aGoodEntryInBerlinIsMeasured(String name, String value, boolean expected) {
        assertThat(matches(name, value, entry(1))).isEqualTo(expected);
    }

    @Test
    void anUnknownPropertyMeetsOnlyNegations() {
        Entries nowhere = entry(1).location(Location.UNKNOWN);
        for (String name : new String[] {"country", "region", "city", "asn"}) {
            String value = name.equals("asn") ? "1" : name.equals("region") ? "EU" : "DE";
            assertThat(matches(name, value, nowhere)).as(name).isFalse();
            assertThat(matches(name, '!' + value, nowhere)).as("not " + name).isTrue();
        }
        assertThat(matches("max_latency_ms", "1000", entry(1).latency(Double.NaN)))
                .isFalse();
    }

    @Test
    void httpsIsTheCapabilityToTunnelOrTlsToTheProxy() {
        int plain = Capability.HTTP.bit();
        assertThat(matches("protocol", "https", entry(1))).isTrue();
        assertThat(matches("protocol", "https", entry(1).capabilities(plain))).isFalse();
        assertThat(matches("protocol", "https", entry(1).capabilities(plain).scheme(Scheme.HTTPS)))
                .isTrue();
        assertThat(matches("protocol", "https", entry(1).scheme(Scheme.SOCKS5))).isFalse();
        assertThat(matches("protocol", "http", entry(1).capabilities(plain))).isTrue();
        assertThat(matches("protocol", "http,!https", entry(1))).isFalse();
        assertThat(matches("protocol", "http,!https", entry(1).capabilities(plain)))
                .isTrue();
        assertThat(matches("protocol", "socks4,SOCKS5", entry(1).scheme(Scheme.SOCKS5)))
                .isTrue();
        assertThat(matches("protocol", "!socks5", entry(1).scheme(Scheme.SOCKS5)))
                .isFalse();
    }

    @Test
    void theAgeOfTheLastCheckCounts() {
        assertThat(matches("max_age_s", "60", entry(1).checkedAt(NOW - 60_000))).isTrue();
        assertThat(matches("max_age_s", "60", entry(1).checkedAt(NOW - 60_001))).isFalse();
    }

    @Test
    void allConditionsMustHold() {
        Filter filter = Filter.parse(Map.of("country", "DE", "anonymity", "elite", "tier", "1"));
        for (Entries entry : new Entries[] {
            entry(1).country("FR"), entry(1).anonymity(Anonymity.ANONYMOUS), entry(1).tier(Tier.AT_RISK)
        }) {
            assertThat(matches(filter, entry.pooled())).isFalse();
        }
        assertThat(matches(filter, entry(1).pooled())).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "protocol|ftp|protocol: ftp (expected: http, https, socks4, socks5)",
                "country|USA|country: USA (expected: two letters of ISO 3166-1, for example DE)",
                "country|1A|country: 1A (expected: two letters of ISO 3166-1, for example DE)",
                "country|DE,|country: an empty value (expected: values by comma, ! before one for all but it)",
                "region|XX|region: XX (expected: AF, AN, AS, EU, NA, OC, SA)",
                "asn|x|asn: x (expected: a number such as 3320 or AS3320)",
                "asn|4294967296|asn: 4294967296 (expected: 1..4294967295)",
                "anonymity|high|anonymity: high (expected: unknown, transparent, anonymous, elite)",
                "tier|5|tier: 5 (expected: 1 or active, 2 or at-risk, 3 or inactive, 4 or unknown)",
                "type|isp|type: isp (expected: datacenter, residential, mobile)",
                "min_reputation|101|min_reputation: 101 (expected: a number, 0..100)",
                "min_reputation|-1|min_reputation: -1 (expected: a number, 0..100)",
                "min_reputation|NaN|min_reputation: NaN (expected: a number, 0..100)",
                "min_reputation|1e1|min_reputation: 1e1 (expected: a number, 0..100)",
                "max_latency_ms|0|max_latency_ms: 0 (expected: a number, 1..3600000)",
                "max_age_s|.|max_age_s: . (expected: a number, 1..31536000)",
                "exclude|nonsense|exclude: nonsense (expected: host:port or scheme://host:port, by comma)",
            })
    void whatIsNoValueIsRefusedByName(String name, String value, String message) {
        assertThatThrownBy(() -> Filter.parse(Map.of(name, value)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    @Test
    void exclusionsAreBounded() {
        String many = IntStream.rangeClosed(1, Filter.MAX_EXCLUDE + 1)
                .mapToObj(port -> "127.0.0.1:" + port)
                .collect(Collectors.joining(","));
        assertThatThrownBy(() -> Filter.parse(Map.of("exclude", many)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("more than 1000");
    }
}
