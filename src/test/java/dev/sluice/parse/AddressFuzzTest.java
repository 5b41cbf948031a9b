package dev.sluice.parse;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Addresses read and classified twice: by the code, and by one that is slow and obvious. */
class AddressFuzzTest {
    @FuzzTest(maxDuration = "90s")
    void parsing(byte[] data) {
        String text = new String(data, StandardCharsets.ISO_8859_1);

        byte[] read = IpAddress.parse(text);

        assertThat(read).as(text).isEqualTo(naive(text));
        if (read != null) {
            String canonical = IpAddress.format(read);
            assertThat(IpAddress.parse(canonical)).as(canonical).isEqualTo(read);
            assertThat(naive(canonical)).as(canonical).isEqualTo(read);
        }
        HostReading host = HostReading.of(text);
        if (host.refusal() == null) {
            assertThat(HostReading.of(host.host()).host()).isEqualTo(host.host());
        }
    }

    @FuzzTest(maxDuration = "90s")
    void classifying(byte[] data) {
        byte[] address = Arrays.copyOf(data, data.length < 16 ? 4 : 16);

        assertThat(AddressKind.of(address).text())
                .as(IpAddress.format(address))
                .isEqualTo(address.length == 4 ? naiveKind4(bits(address)) : naiveKind6(bits(address)));
        assertThat(AddressPolicy.PUBLIC.mayDial(address)).isEqualTo(AddressKind.of(address) == AddressKind.PUBLIC);
    }

    // --- reading, by splitting at the separators

    private static byte @Nullable [] naive(String text) {
        if (!text.contains(":")) {
            return naive4(text);
        }
        if (text.length() > 45 || text.contains(":::")) {
            return null;
        }
        int gap = text.indexOf("::");
        if (gap < 0) {
            List<Integer> all = groups(text);
            return all != null && all.size() == 8 ? bytes(all) : null;
        }
        if (text.indexOf("::", gap + 1) >= 0) {
            return null;
        }
        List<Integer> before = gap == 0 ? List.of() : groups(text.substring(0, gap));
        List<Integer> behind = gap + 2 == text.length() ? List.of() : groups(text.substring(gap + 2));
        if (before == null || behind == null || before.size() + behind.size() > 7 || text.lastIndexOf('.', gap) >= 0) {
            return null;
        }
        List<Integer> all = new ArrayList<>(before);
        while (all.size() + behind.size() < 8) {
            all.add(0);
        }
        all.addAll(behind);
        return bytes(all);
    }

    private static byte @Nullable [] naive4(String text) {
        String[] parts = text.split("\\.", -1);
        byte[] bytes = new byte[4];
        for (int i = 0; i < parts.length; i++) {
            if (parts.length != 4 || !parts[i].matches("0|[1-9][0-9]{0,2}") || Integer.parseInt(parts[i]) > 255) {
                return null;
            }
            bytes[i] = (byte) Integer.parseInt(parts[i]);
        }
        return bytes;
    }

    /** Groups of 16 bits; the last two may be written as IPv4. */
    private static @Nullable List<Integer> groups(String text) {
        List<Integer> groups = new ArrayList<>();
        String[] parts = text.split(":", -1);
        for (int i = 0; i < parts.length; i++) {
            if (parts[i].matches("[0-9a-fA-F]{1,4}")) {
                groups.add(Integer.parseInt(parts[i], 16));
                continue;
            }
            byte[] tail = i == parts.length - 1 ? naive4(parts[i]) : null;
            if (tail == null) {
                return null;
            }
            groups.add((tail[0] & 0xff) << 8 | (tail[1] & 0xff));
            groups.add((tail[2] & 0xff) << 8 | (tail[3] & 0xff));
        }
        return groups;
    }

    private static byte[] bytes(List<Integer> groups) {
        byte[] bytes = new byte[16];
        for (int i = 0; i < 8; i++) {
            bytes[2 * i] = (byte) (groups.get(i) >> 8);
            bytes[2 * i + 1] = (byte) (int) groups.get(i);
        }
        return bytes;
    }

    // --- classifying, by comparing texts of bits

    private static final Map<String, String> KINDS_4 = kinds(
            "255.255.255.255/32 broadcast",
            "0.0.0.0/8 this-network",
            "10.0.0.0/8 private",
            "100.64.0.0/10 shared",
            "127.0.0.0/8 loopback",
            "169.254.0.0/16 link-local",
            "172.16.0.0/12 private",
            "192.0.0.0/24 reserved",
            "192.0.2.0/24 documentation",
            "192.31.196.0/24 reserved",
            "192.52.193.0/24 reserved",
            "192.88.99.0/24 reserved",
            "192.168.0.0/16 private",
            "192.175.48.0/24 reserved",
            "198.18.0.0/15 benchmarking",
            "198.51.100.0/24 documentation",
            "203.0.113.0/24 documentation",
            "224.0.0.0/4 multicast",
            "240.0.0.0/4 reserved",
            "0.0.0.0/0 public");

    /** Those that are shorter come later. Of IPv6 only 2000::/3 is public. */
    private static final Map<String, String> KINDS_6 = kinds(
            "0:0:0:0:0:0:0:0/128 this-network",
            "0:0:0:0:0:0:0:1/128 loopback",
            "2001:2:0:0:0:0:0:0/48 benchmarking",
            "2620:4f:8000:0:0:0:0:0/48 reserved",
            "2001:db8:0:0:0:0:0:0/32 documentation",
            "2001:0:0:0:0:0:0:0/23 reserved",
            "3fff:0:0:0:0:0:0:0/20 documentation",
            "fe80:0:0:0:0:0:0:0/10 link-local",
            "fec0:0:0:0:0:0:0:0/10 private",
            "ff00:0:0:0:0:0:0:0/8 multicast",
            "fc00:0:0:0:0:0:0:0/7 private",
            "2000:0:0:0:0:0:0:0/3 public",
            "0:0:0:0:0:0:0:0/0 reserved");

    private static Map<String, String> kinds(String... lines) {
        Map<String, String> kinds = new LinkedHashMap<>();
        for (String line : lines) {
            String[] parts = line.split("[/ ]", -1);
            kinds.put(bits(networkOf(parts[0])).substring(0, Integer.parseInt(parts[1])), parts[2]);
        }
        return kinds;
    }

    private static String bits(byte[] address) {
        StringBuilder bits = new StringBuilder();
        for (byte octet : address) {
            bits.append(Integer.toBinaryString((octet & 0xff) | 0x100).substring(1));
        }
        return bits.toString();
    }

    private static String first(Map<String, String> kinds, String bits) {
        return kinds.entrySet().stream()
                .filter(kind -> bits.startsWith(kind.getKey()))
                .findFirst()
                .orElseThrow()
                .getValue();
    }

    private static String naiveKind4(String bits) {
        return first(KINDS_4, bits);
    }

    private static String naiveKind6(String bits) {
        String zeros = "0".repeat(96);
        String last = bits.substring(96);
        boolean mapped = bits.startsWith("0".repeat(80) + "1".repeat(16));
        boolean compatible = bits.startsWith(zeros) && last.substring(0, 16).contains("1");
        if (mapped
                || compatible
                || bits.startsWith(bits(networkOf("64:ff9b:0:0:0:0:0:0")).substring(0, 96))) {
            return naiveKind4(last);
        }
        if (bits.startsWith(bits(networkOf("2002:0:0:0:0:0:0:0")).substring(0, 16))) {
            String inside = naiveKind4(bits.substring(16, 48));
            return inside.equals("public") ? "reserved" : inside;
        }
        return first(KINDS_6, bits);
    }

    private static byte[] networkOf(String text) {
        return Objects.requireNonNull(naive(text), text);
    }
}
