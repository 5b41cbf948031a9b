package dev.sluice.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class LocalNetworkTest {
    @Test
    void resolversAreThoseOfTheSystemTwoAtMost() {
        assertThat(LocalNetwork.resolvers(List.of(
                        "# made by hand",
                        "search example.org",
                        "nameserver 192.0.2.53",
                        "options edns0",
                        " nameserver\tfe80::1%eth0 ",
                        "nameserver 192.0.2.54")))
                .containsExactly("192.0.2.53:53", "[fe80::1]:53");
    }

    @Test
    void theGatewayIsThatOfTheDefaultRoute() {
        assertThat(LocalNetwork.gateways(List.of(
                        "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask",
                        "eth0\t0000A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF",
                        "eth0\t00000000\t0100A8C0\t0003\t0\t0\t0\t00000000")))
                .containsExactly("192.168.0.1:80", "192.168.0.1:53");
    }

    @Test
    void withoutADefaultRouteThereIsNone() {
        assertThat(LocalNetwork.gateways(List.of("Iface\tDestination\tGateway", "eth0\t00000000\t00000000\t0001")))
                .isEmpty();
        assertThat(LocalNetwork.gateways(List.of("", "x"))).isEmpty();
    }
}
