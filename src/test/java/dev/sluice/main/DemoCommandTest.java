package dev.sluice.main;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.config.ConfigLoader;
import dev.sluice.config.GeoNetworkConfig;
import dev.sluice.config.Inputs;
import dev.sluice.config.SluiceConfig;
import dev.sluice.farm.FarmMix;
import dev.sluice.farm.FarmPlan;
import dev.sluice.farm.FarmProxy;
import dev.sluice.geo.Geo;
import dev.sluice.net.farm.FarmPorts;
import dev.sluice.proxy.Location;
import dev.sluice.proxy.NetworkType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoCommandTest {
    /** As many as {@code sluice demo} has unless it is told another number. */
    private static final int COUNT = 2_000;

    @TempDir
    private Path folder = Path.of(".");

    private SluiceConfig demo(String... own) {
        List<String> settings = new ArrayList<>(DemoCommand.demo(folder, "http://127.0.0.1:1"));
        settings.addAll(List.of(own));
        return ConfigLoader.load(Inputs.of(Map.of()).in(folder).withSettings(settings))
                .config();
    }

    @Test
    void everyEntryOfTheFarmIsSomewhereAndEveryFilterFindsSome() {
        Geo geo = Geo.read(demo().geo(), folder);
        Map<String, Integer> countries = new HashMap<>();
        Map<NetworkType, Integer> types = new HashMap<>();
        Set<String> cities = new HashSet<>();
        Set<Long> systems = new HashSet<>();
        for (FarmProxy proxy : FarmPlan.create(FarmMix.demo(), COUNT, 1, new FarmPorts(1, 2, 3, 4, 5))
                .proxies()) {
            Location location = geo.locate(proxy.host());
            assertThat(location.origin()).as(proxy.host()).isEqualTo("table");
            countries.merge(String.valueOf(location.country()), 1, Integer::sum);
            types.merge(location.type(), 1, Integer::sum);
            cities.add(location.city());
            systems.add(location.asn());
            assertThat(location.organisation()).startsWith("Made-up ");
        }

        assertThat(countries).hasSizeGreaterThanOrEqualTo(15).containsKeys("DE", "US", "FR");
        assertThat(countries.values()).allMatch(count -> count >= 20);
        assertThat(types.keySet()).containsExactlyInAnyOrder(NetworkType.values());
        assertThat(cities).hasSize(20);
        assertThat(systems)
                .hasSize(20)
                .as("set aside for documentation")
                .allMatch(asn -> asn >= 64_496 && asn <= 64_511 || asn >= 65_536 && asn <= 65_551);
    }

    @Test
    void noPlaceIsSaidOfAnythingButLoopback() {
        assertThat(demo().geo().networks())
                .hasSize(20)
                .extracting(GeoNetworkConfig::network)
                .allSatisfy(network -> {
                    assertThat(network.network()[0]).isEqualTo((byte) 127);
                    assertThat(network.prefix()).isGreaterThanOrEqualTo(8);
                });
    }

    @Test
    void aTableOfTheUsersOwnWins() {
        Geo geo = Geo.read(
                demo("geo.networks=[{network: 127.0.0.0/8, country: CH}]").geo(), folder);

        assertThat(geo.locate("127.1.2.3").country()).isEqualTo("CH");
        assertThat(geo.locate("127.200.2.3").city()).isNull();
    }
}
