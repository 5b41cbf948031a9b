package dev.sluice.parse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressTableTest {
    @ParameterizedTest
    @CsvSource({
        "0.0.0.0, this-network",
        "0.255.255.255, this-network",
        "1.0.0.0, public",
        "1.1.1.1, public",
        "8.8.8.8, public",
        "9.255.255.255, public",
        "10.0.0.0, private",
        "10.255.255.255, private",
        "11.0.0.0, public",
        "100.63.255.255, public",
        "100.64.0.0, shared",
        "100.127.255.255, shared",
        "100.128.0.0, public",
        "126.255.255.255, public",
        "127.0.0.1, loopback",
        "127.255.255.255, loopback",
        "128.0.0.0, public",
        "169.253.255.255, public",
        "169.254.0.0, link-local",
        "169.254.169.254, link-local",
        "169.255.0.0, public",
        "172.15.255.255, public",
        "172.16.0.0, private",
        "172.31.255.255, private",
        "172.32.0.0, public",
        "191.255.255.255, public",
        "192.0.0.0, reserved",
        "192.0.0.255, reserved",
        "192.0.1.0, public",
        "192.0.2.0, documentation",
        "192.0.2.255, documentation",
        "192.0.3.0, public",
        "192.31.196.1, reserved",
        "192.52.193.1, reserved",
        "192.88.99.1, reserved",
        "192.167.255.255, public",
        "192.168.0.0, private",
        "192.168.255.255, private",
        "192.169.0.0, public",
        "192.175.48.1, reserved",
        "198.17.255.255, public",
        "198.18.0.0, benchmarking",
        "198.19.255.255, benchmarking",
        "198.20.0.0, public",
        "198.51.100.7, documentation",
        "203.0.112.255, public",
        "203.0.113.7, documentation",
        "203.0.114.0, public",
        "223.255.255.255, public",
        "224.0.0.1, multicast",
        "239.255.255.255, multicast",
        "240.0.0.0, reserved",
        "255.255.255.254, reserved",
        "255.255.255.255, broadcast",
        ":: , this-network",
        "::1, loopback",
        "::2, reserved",
        "::7f00:1, loopback",
        "::8.8.8.8, public",
        "::ffff:8.8.8.8, public",
        "::ffff:127.0.0.1, loopback",
        "::ffff:a9fe:a9fe, link-local",
        "::ffff:0:8.8.8.8, reserved",
        "64:ff9b::8.8.8.8, public",
        "64:ff9b::127.0.0.1, loopback",
        "64:ff9b::10.1.2.3, private",
        "64:ff9b::169.254.169.254, link-local",
        "64:ff9b:1::8.8.8.8, reserved",
        "100::1, reserved",
        "1fff:ffff::1, reserved",
        "2000::1, public",
        "2001::1, reserved",
        "2001:0:53aa:64c:0:0:f5ff:fffe, reserved",
        "2001:1::1, reserved",
        "2001:2::1, benchmarking",
        "2001:2:1::1, reserved",
        "2001:10::1, reserved",
        "2001:20::1, reserved",
        "2001:1ff:ffff::1, reserved",
        "2001:200::1, public",
        "2001:db7:ffff::1, public",
        "2001:db8::1, documentation",
        "2001:db8:ffff::1, documentation",
        "2001:db9::1, public",
        "2002:7f00:1::1, loopback",
        "2002:a00:1::1, private",
        "2002:808:808::1, reserved",
        "2606:4700:4700::1111, public",
        "2620:4f:8000::1, reserved",
        "2a01:4f8::2, public",
        "3ffe::1, public",
        "3fff::1, documentation",
        "3fff:fff::1, documentation",
        "3fff:1000::1, public",
        "4000::1, reserved",
        "5f00::1, reserved",
        "fbff::1, reserved",
        "fc00::1, private",
        "fdff::1, private",
        "fe80::1, link-local",
        "febf::1, link-local",
        "fec0::1, private",
        "ff02::1, multicast",
        "ffff::1, multicast",
    })
    void anAddressIsOfTheKindTheRegistriesSay(String text, String kind) {
        byte[] address = bytes(text);
        assertThat(AddressKind.of(address).text()).isEqualTo(kind);
        assertThat(AddressPolicy.PUBLIC.refusal(address)).isEqualTo(kind.equals("public") ? null : kind);
        assertThat(AddressPolicy.PUBLIC.mayDial(address)).isEqualTo(kind.equals("public"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                "1",
                "1.2",
                "1.2.3",
                "1.2.3.",
                ".1.2.3.4",
                "1.2.3.4.",
                "1.2.3.4.5",
                "1..2.3",
                "256.1.1.1",
                "1.2.3.256",
                "010.1.1.1",
                "1.2.3.04",
                "00.0.0.0",
                "0x7f.0.0.1",
                "0x7f000001",
                "2130706433",
                "127.1",
                "1.2.3.4 ",
                " 1.2.3.4",
                "1.2.3.-4",
                "+1.2.3.4",
                "1.2.3.4/32",
                "1.2.3.1000",
                "１.2.3.4",
                "1.2.3.٤",
                ":",
                ":::",
                "1::2::3",
                "1:2:3:4:5:6:7",
                "1:2:3:4:5:6:7:8:9",
                "1:2:3:4:5:6:7:8::",
                "::1:2:3:4:5:6:7:8",
                "12345::",
                "g::",
                "fe80::1%eth0",
                "[::1]",
                "::1.2.3",
                "::1.2.3.4.5",
                "::256.1.1.1",
                "::01.2.3.4",
                "1.2.3.4::",
                "1:2:3:4:5:6:7:1.2.3.4",
                ":1:2:3:4:5:6:7",
                "1:2:3:4:5:6:7:",
                "::1:",
                "2a01:4f8::2 ",
            })
    void whatIsNotExactlyAnAddressIsNone(String text) {
        assertThat(IpAddress.parse(text)).isNull();
    }

    @Test
    void addressesSurviveWritingAndReading() throws UnknownHostException {
        long seed = 20_240_611;
        Random random = new Random(seed);
        for (int i = 0; i < 20_000; i++) {
            byte[] address = new byte[random.nextInt(4) == 0 ? 4 : 16];
            random.nextBytes(address);
            if (address.length == 16) {
                // Runs of zeros are what writing IPv6 is about.
                for (int group = 0; group < 8; group++) {
                    if (random.nextInt(3) != 0) {
                        address[2 * group] = 0;
                        address[2 * group + 1] = (byte) (random.nextInt(4) == 0 ? random.nextInt(16) : 0);
                    }
                }
            }
            String text = IpAddress.format(address);
            assertThat(IpAddress.parse(text)).as("seed %d: %s", seed, text).isEqualTo(address);
            byte[] theirs = InetAddress.getByName(text).getAddress();
            assertThat(theirs).as("seed %d: %s", seed, text).isEqualTo(mappedAsJava(address));
            assertThat(IpAddress.parse(InetAddress.getByAddress(address).getHostAddress()))
                    .as("seed %d: %s", seed, text)
                    .isEqualTo(mappedAsJava(address));
            if (address.length == 16) {
                assertThat(text).doesNotContain(":::").isEqualTo(text.toLowerCase(java.util.Locale.ROOT));
                assertThat(text.indexOf("::")).isEqualTo(text.lastIndexOf("::"));
            }
        }
    }

    /** java.net turns IPv4-mapped addresses, and only those, into IPv4 ones. */
    private static byte[] mappedAsJava(byte[] address) {
        boolean mapped = address.length == 16 && address[10] == -1 && address[11] == -1;
        for (int i = 0; mapped && i < 10; i++) {
            mapped = address[i] == 0;
        }
        return mapped ? Arrays.copyOfRange(address, 12, 16) : address;
    }

    @ParameterizedTest
    @CsvSource({
        "2001:db8:0:0:0:0:2:1, 2001:db8::2:1",
        "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
        "2001:0:0:1:0:0:0:1, 2001:0:0:1::1",
        "2001:db8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
        "0:0:0:0:0:0:0:0, ::",
        "0:0:0:0:0:0:0:1, ::1",
        "1:0:0:0:0:0:0:0, 1::",
        "2A01:4F8:00:0::02, 2a01:4f8::2",
    })
    void addressesAreWrittenAsRfc5952Recommends(String text, String canonical) {
        assertThat(IpAddress.format(bytes(text))).isEqualTo(canonical);
    }

    @Test
    void aNetworkHoldsItsAddressesAndNoOthers() {
        Cidr network = Cidr.parse("172.16.0.0/12");
        assertThat(network.contains(bytes("172.16.0.0"))).isTrue();
        assertThat(network.contains(bytes("172.31.255.255"))).isTrue();
        assertThat(network.contains(bytes("172.32.0.0"))).isFalse();
        assertThat(network.contains(bytes("::1"))).isFalse();
        assertThat(Cidr.parse("0.0.0.0/0").contains(bytes("255.1.2.3"))).isTrue();
        assertThat(Cidr.parse("::/0").contains(bytes("ff::"))).isTrue();
        assertThat(Cidr.parse("127.0.0.1")).hasToString("127.0.0.1/32").isEqualTo(Cidr.parse("127.0.0.1/32"));
        assertThat(Cidr.parse("2001:db8::/33").contains(bytes("2001:db8:8000::")))
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/8",
                "10.0.0.0/",
                "10.0.0.0/33",
                "10.0.0.1/8",
                "::1/129",
                "10.0.0.0/-1",
                "10/8",
                "a/8",
                "10.0.0.0/8/8",
                "10.0.0.0/٨"
            })
    void aNetworkThatIsNoneIsNamed(String text) {
        assertThatThrownBy(() -> Cidr.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(text)
                .hasMessageContaining("expected");
    }

    @Test
    void allowedNetworksAdmitTheirAddressesAndAllowNothingElseToBeDialled() {
        AddressPolicy closed = new AddressPolicy(List.of(Cidr.parse("127.0.0.0/8"), Cidr.parse("::1/128")), false);
        assertThat(closed.refusal(bytes("127.9.9.9"))).isNull();
        assertThat(closed.refusal(bytes("::ffff:127.0.0.1"))).isNull();
        assertThat(closed.refusal(bytes("10.0.0.1"))).isEqualTo("private");
        assertThat(closed.refusal(bytes("8.8.8.8"))).isNull();
        assertThat(closed.mayDial(bytes("::1"))).isTrue();
        assertThat(closed.mayDial(bytes("8.8.8.8"))).isFalse();
        assertThat(closed.mayDial(bytes("10.0.0.1"))).isFalse();

        AddressPolicy open = new AddressPolicy(List.of(), true);
        assertThat(open.refusal(bytes("10.0.0.1"))).isNull();
        assertThat(open.mayDial(bytes("10.0.0.1"))).isTrue();

        AddressPolicy both = new AddressPolicy(List.of(Cidr.parse("127.0.0.0/8")), true);
        assertThat(both.mayDial(bytes("10.0.0.1"))).isFalse();
    }

    private static byte[] bytes(String text) {
        return Objects.requireNonNull(IpAddress.parse(text), text);
    }
}
