package dev.sluice.main;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.message.Candidate;
import dev.sluice.proxy.Capability;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CheckedListTest {
    @Test
    void everyEntryComesBackAsItWas() {
        long seed = 20_261_121;
        Random random = new Random(seed);
        CheckedList.Gathering gathering = new CheckedList.Gathering();
        Set<ProxyKey> expected = new HashSet<>();
        for (int i = 0; i < 5_000; i++) {
            String host = random.nextInt(256) + "." + random.nextInt(256) + "." + random.nextInt(256) + "."
                    + random.nextInt(256);
            Scheme scheme = Scheme.values()[random.nextInt(Scheme.values().length)];
            ProxyKey key = ProxyKey.of(scheme, host, 1 + random.nextInt(65_535));
            expected.add(key);
            gathering.add(new Candidate(key, Capability.NONE, null));
        }
        CheckedList list = gathering.list();

        Set<ProxyKey> found = new HashSet<>();
        for (int place = 0; place < list.size(); place++) {
            found.add(list.key(place));
        }
        assertThat(found).as("seed %d", seed).isEqualTo(expected);
        assertThat(list.size()).as("seed %d", seed).isEqualTo(expected.size());
        assertThat(expected).as("seed %d", seed).allMatch(list::contains);
    }

    @Test
    void extremesOfAddressesAndPortsAreKept() {
        CheckedList list = Checked.list("http://255.255.255.255:65535", "unknown://1.0.0.0:1", "socks5://128.0.0.1:80");

        assertThat(keys(list))
                .containsExactlyInAnyOrder(
                        Checked.key("http://255.255.255.255:65535"),
                        Checked.key("unknown://1.0.0.0:1"),
                        Checked.key("socks5://128.0.0.1:80"));
    }

    @Test
    void namesAndIpv6AndCredentialsAreKept() {
        CheckedList list = Checked.list("http://user:pass@1.2.3.4:80", "http://1.2.3.4:80", "socks4://proxy.test:1080");
        CheckedList.Gathering gathering = new CheckedList.Gathering();
        ProxyKey six = ProxyKey.of(Scheme.HTTP, "2a01:4f8::1", 3128);
        gathering.add(new Candidate(six, Capability.NONE, "DE"));
        gathering.add(new Candidate(six, Capability.NONE, "DE"));

        assertThat(keys(list))
                .contains(Checked.key("http://user:pass@1.2.3.4:80"), Checked.key("socks4://proxy.test:1080"));
        assertThat(list.size()).isEqualTo(3);
        assertThat(list.contains(Checked.key("http://user:other@1.2.3.4:80"))).isFalse();
        CheckedList ofSix = gathering.list();
        assertThat(keys(ofSix)).containsExactly(six);
        assertThat(ofSix.country(0)).isEqualTo("DE");
        assertThat(gathering.repeated()).isEqualTo(1);
    }

    @Test
    void anEntryNamedTwiceIsOneAndKeepsItsCountry() {
        CheckedList.Gathering gathering = new CheckedList.Gathering();
        ProxyKey key = Checked.key("http://1.2.3.4:80");
        gathering.add(new Candidate(key, Capability.HTTP.bit(), null));
        gathering.add(new Candidate(key, Capability.HTTPS.bit(), "FR"));
        gathering.add(new Candidate(Checked.key("http://1.2.3.5:80"), Capability.HTTPS.bit(), null));
        CheckedList list = gathering.list();

        assertThat(keys(list)).containsExactly(key, Checked.key("http://1.2.3.5:80"));
        assertThat(list.country(0)).isEqualTo("FR");
        assertThat(list.country(1)).isNull();
        assertThat(gathering.repeated()).isEqualTo(1);
    }

    @Test
    void whatIsNotThereIsNotContained() {
        CheckedList list = Checked.list("http://1.2.3.4:80");

        assertThat(list.contains(Checked.key("http://1.2.3.4:80"))).isTrue();
        assertThat(list.contains(Checked.key("socks5://1.2.3.4:80"))).isFalse();
        assertThat(list.contains(Checked.key("http://1.2.3.4:81"))).isFalse();
        assertThat(Checked.list().contains(Checked.key("http://1.2.3.4:81"))).isFalse();
    }

    private static List<ProxyKey> keys(CheckedList list) {
        List<ProxyKey> keys = new ArrayList<>();
        for (int place = 0; place < list.size(); place++) {
            keys.add(list.key(place));
        }
        return keys;
    }
}
