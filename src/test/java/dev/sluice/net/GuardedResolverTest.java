package dev.sluice.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.parse.AddressPolicy;
import dev.sluice.parse.Cidr;
import dev.sluice.parse.IpAddress;
import io.vertx.core.Future;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class GuardedResolverTest {
    private static final AddressPolicy EVERYTHING =
            new AddressPolicy(List.of(Cidr.parse("0.0.0.0/0"), Cidr.parse("::/0")), true);

    @Test
    void publicAddressesResolveWithIpv4First() {
        Future<List<InetAddress>> answer = resolve(AddressPolicy.PUBLIC, "2606:4700::1", "9.9.9.9");

        assertThat(answer.result())
                .extracting(InetAddress::getHostAddress)
                .containsExactly("9.9.9.9", "2606:4700:0:0:0:0:0:1");
    }

    @Test
    void oneForbiddenAnswerRefusesTheName() {
        Future<List<InetAddress>> answer = resolve(AddressPolicy.PUBLIC, "9.9.9.9", "10.0.0.1");

        assertThat(answer.cause())
                .isInstanceOf(ForbiddenAddressException.class)
                .hasMessage("lists.example: resolves to 10.0.0.1 (expected: a public address)");
    }

    @Test
    void anIpv4AddressInsideAnIpv6OneIsJudgedAsWhatItIs() {
        assertThat(resolve(AddressPolicy.PUBLIC, "64:ff9b::7f00:1").failed()).isTrue();
        assertThat(resolve(AddressPolicy.PUBLIC, "2002:7f00:1::").failed()).isTrue();
    }

    @Test
    void metadataServicesAreRefusedWhateverIsAllowed() {
        for (String address : List.of("169.254.169.254", "fd00:ec2::254", "169.254.170.2", "100.100.100.200")) {
            assertThat(resolve(EVERYTHING, address).cause()).as(address).hasMessageContaining("metadata");
        }
        List<String> asked = new ArrayList<>();
        GuardedResolver resolver = new GuardedResolver(
                host -> {
                    asked.add(host);
                    return Future.failedFuture(new UnknownHostException(host));
                },
                EVERYTHING);
        assertThat(resolver.resolve("Metadata.Google.Internal.").cause()).hasMessageContaining("metadata service");
        assertThat(asked).isEmpty();
    }

    @Test
    void allowedNetworksAreTheOnlyOnesThen() {
        AddressPolicy loopback = new AddressPolicy(List.of(Cidr.parse("127.0.0.0/8")), false);

        assertThat(resolve(loopback, "127.0.0.1").succeeded()).isTrue();
        assertThat(resolve(loopback, "9.9.9.9").cause())
                .hasMessage("lists.example: resolves to 9.9.9.9 (expected: an address in net.allowed-networks)");
    }

    private static Future<List<InetAddress>> resolve(AddressPolicy policy, String... answers) {
        List<InetAddress> addresses = new ArrayList<>();
        for (String answer : answers) {
            addresses.add(address(answer));
        }
        return new GuardedResolver(host -> Future.succeededFuture(addresses), policy).resolve("lists.example");
    }

    static InetAddress address(String text) {
        try {
            return InetAddress.getByAddress(Objects.requireNonNull(IpAddress.parse(text)));
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }
}
