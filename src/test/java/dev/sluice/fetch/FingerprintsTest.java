package dev.sluice.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.proxy.Credentials;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import org.junit.jupiter.api.Test;

class FingerprintsTest {
    @Test
    void manyKeysAreToldApartAndKnownAgain() {
        Fingerprints set = new Fingerprints();
        int count = 200_000;
        for (int i = 0; i < count; i++) {
            assertThat(set.add(key(i))).as("key %d", i).isTrue();
        }
        assertThat(set.size()).isEqualTo(count);
        for (int i = 0; i < count; i += 997) {
            assertThat(set.add(key(i))).isFalse();
        }
        assertThat(set.size()).isEqualTo(count);
    }

    @Test
    void everyPartOfAKeyCounts() {
        Fingerprints set = new Fingerprints();
        ProxyKey plain = ProxyKey.of(Scheme.HTTP, "192.0.2.1", 80);

        assertThat(set.add(plain)).isTrue();
        assertThat(set.add(plain.withScheme(Scheme.SOCKS5))).isTrue();
        assertThat(set.add(ProxyKey.of(Scheme.HTTP, "192.0.2.1", 81))).isTrue();
        assertThat(set.add(ProxyKey.of(Scheme.HTTP, "192.0.2.11", 80))).isTrue();
        assertThat(set.add(new ProxyKey(Scheme.HTTP, "192.0.2.1", 80, Credentials.of("a", "bc"))))
                .isTrue();
        assertThat(set.add(new ProxyKey(Scheme.HTTP, "192.0.2.1", 80, Credentials.of("ab", "c"))))
                .isTrue();
        assertThat(set.add(new ProxyKey(Scheme.HTTP, "192.0.2.1", 80, Credentials.of("ab", "c"))))
                .isFalse();
    }

    private static ProxyKey key(int i) {
        return ProxyKey.of(Scheme.HTTP, "198.51." + (i >> 8 & 0xff) + '.' + (i & 0xff), 1_000 + (i >> 16));
    }
}
