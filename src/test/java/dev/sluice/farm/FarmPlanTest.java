package dev.sluice.farm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.net.farm.Conditions;
import dev.sluice.net.farm.FarmPorts;
import dev.sluice.net.farm.Knee;
import dev.sluice.proxy.Scheme;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
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

    /** Figures that were published are repeated with the same entries: what they were drawn from never changes. */
    @Test
    void theMixesOfPublishedFiguresDrawTheEntriesTheyAlwaysDrew() throws Exception {
        assertThat(digest(FarmPlan.create(FarmMix.realistic(), 20_000, 7, PORTS)))
                .isEqualTo("3aaf0337e2ab5788");
        assertThat(digest(FarmPlan.create(FarmMix.demo(), 2_000, 11, PORTS))).isEqualTo("f3ae76420da6d9dd");
    }

    private static String digest(FarmPlan plan) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        for (FarmProxy proxy : plan.proxies()) {
            String line = proxy.kind().text() + ' ' + proxy.listed().urlWithCredentials() + '\n';
            digest.update(line.getBytes(StandardCharsets.US_ASCII));
        }
        return HexFormat.of().formatHex(digest.digest(), 0, 8);
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
        FarmPlan plan = FarmPlan.create(FarmMix.even(), 50, 1, PORTS);

        Map<FarmKind, Integer> counts = new EnumMap<>(FarmKind.class);
        plan.proxies().forEach(proxy -> counts.merge(proxy.kind(), 1, Integer::sum));
        assertThat(plan.proxies()).hasSize(50);
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
    void everythingHasEveryKindAndMostOfItIsDead() {
        FarmPlan plan = FarmPlan.create(FarmMix.everything(), 50_000, 3, PORTS);

        assertThat(plan.proxies().stream().map(FarmProxy::kind)).contains(FarmKind.values());
        assertThat(plan.proxies().stream().filter(FarmProxy::servable).count()).isEqualTo(10_250);
    }

    @Test
    void everyWorkingEntryLeavesFromAddressesOfItsOwn() {
        FarmPlan plan = FarmPlan.create(FarmMix.everything(), 50_000, 3, PORTS);

        Set<String> hosts = plan.proxies().stream().map(FarmProxy::host).collect(Collectors.toSet());
        Set<String> exits = new HashSet<>();
        for (FarmProxy proxy : plan.proxies()) {
            assertThat(proxy.exitAddresses()).hasSize(proxy.rotating() ? 4 : proxy.alive() ? 1 : 0);
            assertThat(proxy.exitAddress()).isEqualTo(proxy.alive() && !proxy.rotating() ? proxy.host() : null);
            for (String exit : proxy.exitAddresses()) {
                assertThat(exits.add(exit)).as(exit).isTrue();
                assertThat(hosts.contains(exit)).as(exit).isNotEqualTo(proxy.rotating());
            }
        }
    }

    @Test
    void whatIsNotServableHasAReasonAndWhatIsHasNone() {
        for (FarmKind kind : FarmKind.values()) {
            FarmProxy proxy =
                    FarmPlan.create(FarmMix.only(kind), 1, 1, PORTS).proxies().get(0);
            Set<Scheme> schemes = new HashSet<>(kind.speaks().isEmpty() ? kind.claims() : kind.speaks());
            for (Scheme scheme : schemes) {
                assertThat(proxy.reasons(scheme).isEmpty()).as(kind.text()).isEqualTo(proxy.servable());
            }
        }
        String lines = Truth.lines(
                FarmPlan.create(FarmMix.parse("mute=1,http-rotating=1,inject=1"), 3, 1, PORTS), proxy -> false);
        assertThat(lines)
                .contains("\"reason\":\"timeout\",\"reasons\":[\"timeout\"]")
                .contains("\"reason\":\"tampered\"")
                .contains("\"reason\":null,\"reasons\":[]")
                .containsPattern(
                        "\"exit_address\":null,\"rotating\":true,\"exit_addresses\":\\[(\"127[0-9.]+\",?){4}\\]");
    }

    @Test
    void aMixIsReadByNameOrByWeights() {
        assertThat(FarmMix.parse("realistic")).isEqualTo(FarmMix.realistic());
        assertThat(FarmMix.parse("everything")).isEqualTo(FarmMix.everything());
        assertThat(FarmMix.parse("silent=70, mute=15,http-elite=15").weights())
                .containsExactlyInAnyOrderEntriesOf(
                        Map.of(FarmKind.SILENT, 70, FarmKind.MUTE, 15, FarmKind.HTTP_ELITE, 15));
        assertThatThrownBy(() -> FarmMix.parse("best")).hasMessageContaining("mix: best");
        assertThatThrownBy(() -> FarmMix.parse("silent=1,loud=2")).hasMessageContaining("mix: loud");
        assertThatThrownBy(() -> FarmMix.parse("silent=1,silent=2")).hasMessage("mix: silent (expected: once)");
        assertThatThrownBy(() -> FarmMix.parse("silent=-1")).hasMessageContaining("mix: silent=-1");
    }

    @Test
    void conditionsAreCheckedWithTheirNames() {
        assertThatThrownBy(() -> Knee.of(0)).hasMessage("knee: 0 (expected: 1..1000000)");
        assertThatThrownBy(() -> new Knee(2, 1, Duration.ZERO, 32)).hasMessageContaining("knee-after");
        assertThatThrownBy(() -> new Knee(1, 1, Duration.ZERO, 0)).hasMessageContaining("knee-backlog");
        assertThatThrownBy(() -> Conditions.DEFAULT.withMaxConnections(0)).hasMessageContaining("max-connections");
        assertThatThrownBy(() -> Conditions.DEFAULT.withDelay(Duration.ofMinutes(1)))
                .hasMessageContaining("delay");
        assertThatThrownBy(() -> new FarmConfig(
                        1,
                        1,
                        FarmMix.demo(),
                        "127.0.0.1",
                        0,
                        0,
                        0,
                        PORTS,
                        Conditions.DEFAULT.withKnee(Knee.of(5)),
                        null))
                .hasMessageContaining("socks: 2");
    }

    @Test
    void whatCannotBeDrawnIsRefusedWithItsValue() {
        assertThatThrownBy(() -> FarmPlan.create(FarmMix.demo(), 0, 1, PORTS))
                .hasMessage("count: 0 (expected: 1..1000000)");
        assertThatThrownBy(() -> new FarmMix(Map.of(FarmKind.MUTE, -1))).hasMessage("mute: -1 (expected: 0 or more)");
        assertThatThrownBy(() -> new FarmMix(Map.of())).hasMessageContaining("at least one above 0");
        assertThatThrownBy(() ->
                        new FarmConfig(1, 1, FarmMix.demo(), "10.0.0.1", 0, 0, 0, PORTS, Conditions.DEFAULT, null))
                .hasMessage("host: 10.0.0.1 (expected: an address of 127.0.0.0/8)");
    }
}
