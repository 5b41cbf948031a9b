package dev.sluice.farm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.net.farm.FarmPorts;
import dev.sluice.proxy.Scheme;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class FarmPlanTest {
    private static final FarmPorts PORTS = new FarmPorts(1, 2, 3, 4, 5);
    private static final FarmPlan PLAN = FarmPlan.create(FarmMix.realistic(), 20_000, 7, PORTS);

    @Test
    void theSameSeedDrawsTheSamePlanAndAnotherOneAnother() {
        assertThat(FarmPlan.create(FarmMix.realistic(), 20_000, 7, PORTS).proxies())
                .isEqualTo(PLAN.proxies());
        assertThat(FarmPlan.create(FarmMix.realistic(), 20_000, 8, PORTS).proxies())
                .isNotEqualTo(PLAN.proxies());
    }

    @Test
    void addressesAreDistinctLoopbackAddressesOutsideTheFirstNetwork() {
        Set<String> hosts = new HashSet<>();
        for (FarmProxy proxy : PLAN.proxies()) {
            assertThat(proxy.host()).startsWith("127.").doesNotStartWith("127.0.0.");
            assertThat(hosts.add(proxy.host())).as(proxy.host()).isTrue();
            assertThat(PLAN.at(proxy.address())).isSameAs(proxy);
        }
        assertThat(hosts).hasSize(20_000);
        assertThat(PLAN.at(127 << 24 | 1)).isNull();
    }

    @Test
    void kindsOccurInTheProportionsOfTheMix() {
        Map<FarmKind, Integer> counts = new EnumMap<>(FarmKind.class);
        PLAN.proxies().forEach(proxy -> counts.merge(proxy.kind(), 1, Integer::sum));

        assertThat(counts).containsEntry(FarmKind.REFUSE, 9000).containsEntry(FarmKind.SILENT, 4000);
        assertThat(PLAN.proxies().stream().filter(FarmProxy::servable).count()).isEqualTo(4000);
    }

    @Test
    void sharesThatDoNotDivideStillSumUp() {
        FarmPlan plan = FarmPlan.create(FarmMix.even(), 30, 1, PORTS);

        Map<FarmKind, Integer> counts = new EnumMap<>(FarmKind.class);
        plan.proxies().forEach(proxy -> counts.merge(proxy.kind(), 1, Integer::sum));
        assertThat(plan.proxies()).hasSize(30);
        assertThat(counts.values()).hasSize(FarmKind.values().length).allMatch(count -> count == 1 || count == 2);
    }

    @Test
    void entriesAreDialledWhereTheirClaimOrTheirFateIs() {
        for (FarmProxy proxy : PLAN.proxies()) {
            int expected = proxy.kind() == FarmKind.REFUSE
                    ? 5
                    : proxy.kind() == FarmKind.SILENT
                            ? 4
                            : switch (proxy.claim()) {
                                case HTTP, HTTPS -> 1;
                                case SOCKS4, SOCKS5 -> 2;
                                case UNKNOWN -> 3;
                            };
            assertThat(proxy.port()).as(proxy.toString()).isEqualTo(expected);
        }
    }

    @Test
    void aListClaimsHttpsOnlyForWhatTunnelsOrForwardsNothing() {
        assertThat(PLAN.proxies())
                .filteredOn(proxy -> proxy.claim() == Scheme.HTTPS && proxy.alive())
                .isNotEmpty()
                .allMatch(FarmProxy::https);
        assertThat(PLAN.proxies())
                .filteredOn(proxy -> proxy.claim() == Scheme.UNKNOWN && proxy.servable())
                .isNotEmpty();
    }

    @Test
    void everyFormOfTheListNamesEveryEntryItHasAPlaceFor() {
        long known =
                PLAN.proxies().stream().filter(p -> p.claim() != Scheme.UNKNOWN).count();
        long open = PLAN.proxies().stream()
                .filter(p -> p.claim() != Scheme.UNKNOWN && p.listedCredentials() == null)
                .count();
        Pattern url = Pattern.compile(
                "(?:http|https|socks4|socks5)://(?:user\\d+:[0-9a-f]{16}@)?127\\.\\d+\\.\\d+\\.\\d+:[1-5]");

        assertThat(Lists.urls(PLAN.proxies()).lines().skip(1))
                .hasSize((int) known)
                .allMatch(line -> url.matcher(line).matches());
        assertThat(Lists.csv(PLAN.proxies()).lines().skip(1))
                .hasSize((int) known)
                .allMatch(line -> line.split(",", -1).length == 5);
        assertThat(Lists.table(PLAN.proxies()).lines().filter(line -> line.startsWith("<tr><td>127.")))
                .hasSize((int) open);
        int bare = 0;
        for (Scheme scheme : Scheme.values()) {
            bare += (int) Lists.bare(PLAN.proxies(), scheme).lines().count();
        }
        assertThat(bare).isEqualTo(20_000);
    }

    @Test
    void aPasswordTheListDoesNotTellIsInNoList() {
        FarmProxy locked = PLAN.proxies().stream()
                .filter(proxy -> proxy.kind() == FarmKind.LOCKED_HTTP)
                .findFirst()
                .orElseThrow();

        assertThat(locked.role().credentials()).isNotNull();
        assertThat(locked.listedCredentials()).isNull();
        assertThat(locked.alive()).isFalse();
        assertThat(Lists.urls(PLAN.proxies())).contains(locked.listed().url() + '\n');
    }

    @Test
    void theTruthHasALineForEveryProtocolAnEntrySpeaks() {
        long dual =
                PLAN.proxies().stream().filter(p -> p.kind() == FarmKind.DUAL).count();

        assertThat(dual).isPositive();
        assertThat(Truth.lines(PLAN, proxy -> false).lines()).hasSize(20_000 + (int) dual);
    }

    @Test
    void whatCannotBeDrawnIsRefusedWithItsValue() {
        assertThatThrownBy(() -> FarmPlan.create(FarmMix.demo(), 0, 1, PORTS))
                .hasMessage("count: 0 (expected: 1..1000000)");
        assertThatThrownBy(() -> new FarmMix(Map.of(FarmKind.MUTE, -1))).hasMessage("mute: -1 (expected: 0 or more)");
        assertThatThrownBy(() -> new FarmMix(Map.of())).hasMessageContaining("at least one above 0");
        assertThatThrownBy(() -> new FarmConfig(1, 1, FarmMix.demo(), "10.0.0.1", 0, 0, PORTS, 1, null))
                .hasMessage("host: 10.0.0.1 (expected: an address of 127.0.0.0/8)");
    }
}
