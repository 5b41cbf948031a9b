package dev.sluice.pace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import dev.sluice.parse.IpAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NetworkQuotaTest {
    @Test
    void anAddressMayHaveSoManyAndNoMore() {
        NetworkQuota quota = new NetworkQuota(2, 0);

        assertThat(quota.take("192.0.2.1")).isTrue();
        assertThat(quota.take("192.0.2.1")).isTrue();
        assertThat(quota.take("192.0.2.1")).isFalse();
        assertThat(quota.take("192.0.2.2")).isTrue();

        quota.release("192.0.2.1");
        assertThat(quota.take("192.0.2.1")).isTrue();
    }

    @Test
    void aNetworkMayHaveSoManyAndNoMore() {
        NetworkQuota quota = new NetworkQuota(0, 2);

        assertThat(quota.take("192.0.2.1")).isTrue();
        assertThat(quota.take("192.0.2.255")).isTrue();
        assertThat(quota.take("192.0.2.3")).isFalse();
        assertThat(quota.take("192.0.3.3")).isTrue();
        assertThat(quota.take("2001:db8:1::1")).isTrue();
        assertThat(quota.take("2001:db8:1:ffff::2")).isTrue();
        assertThat(quota.take("2001:db8:1:1::3")).isFalse();
        assertThat(quota.take("2001:db8:2::3")).isTrue();
    }

    @Test
    void whatIsRefusedIsNotCounted() {
        NetworkQuota quota = new NetworkQuota(1, 5);
        quota.take("192.0.2.1");
        for (int i = 0; i < 100; i++) {
            assertThat(quota.take("192.0.2.1")).isFalse();
        }
        quota.release("192.0.2.1");

        assertThat(quota.size()).isZero();
    }

    @Test
    void oneAddressIsTheSameInAnyForm() {
        NetworkQuota quota = new NetworkQuota(1, 0);

        assertThat(quota.take("192.0.2.1")).isTrue();
        assertThat(quota.take("::ffff:192.0.2.1")).isFalse();
        assertThat(quota.take("2001:db8::1")).isTrue();
        assertThat(quota.take("2001:DB8:0:0::1")).isFalse();
        assertThat(quota.take("proxy.example")).isTrue();
        assertThat(quota.take("Proxy.Example.")).isFalse();

        quota.release("::ffff:192.0.2.1");
        quota.release("2001:db8:0::1");
        quota.release("proxy.example.");
        assertThat(quota.size()).isZero();
    }

    @Test
    void aNameIsAnAddressAndANetworkOfItsOwn() {
        NetworkQuota quota = new NetworkQuota(8, 2);

        assertThat(quota.take("a.example")).isTrue();
        assertThat(quota.take("a.example")).isTrue();
        assertThat(quota.take("a.example")).isFalse();
        assertThat(quota.take("b.example")).isTrue();
        assertThat(quota.take("1.2.3")).isTrue();
        assertThat(quota.take("01.2.3.4")).isTrue();
    }

    @Test
    void whatWasTakenWithoutLimitsCountsOnceThereAreSome() {
        NetworkQuota quota = new NetworkQuota(0, 0);
        for (String host : List.of("192.0.2.1", "2001:db8::1", "a.example")) {
            for (int i = 0; i < 1_000; i++) {
                assertThat(quota.take(host)).isTrue();
            }
            for (int i = 0; i < 998; i++) {
                quota.release(host);
            }
        }

        quota.limit(3, 3);
        for (String host : List.of("192.0.2.1", "2001:db8::1", "a.example")) {
            assertThat(quota.take(host)).isTrue();
            assertThat(quota.take(host)).as("a fourth of %s", host).isFalse();
            for (int i = 0; i < 3; i++) {
                quota.release(host);
            }
        }
        assertThat(quota.size()).isZero();
    }

    @Test
    void theLowestAndTheHighestAddressAreAddressesToo() {
        NetworkQuota quota = new NetworkQuota(1, 1);
        for (String host : List.of("0.0.0.0", "255.255.255.255", "127.255.255.255", "128.0.0.0")) {
            assertThat(quota.take(host)).as(host).isTrue();
            assertThat(quota.take(host)).as(host).isFalse();
        }
        assertThat(quota.size()).isEqualTo(8);
    }

    @Test
    void releasingWhatWasNotTakenIsABug() {
        for (String host : List.of("192.0.2.1", "2001:db8::1", "a.example")) {
            assertThatThrownBy(() -> new NetworkQuota(1, 1).release(host))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("host: " + host + " (expected: one that was taken and not released)");
        }
    }

    @Test
    void aNegativeLimitIsRefused() {
        assertThatThrownBy(() -> new NetworkQuota(-1, 0)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void itCountsLikeAMap(long seed) {
        Random random = new Random(seed);
        int perAddress = random.nextInt(4);
        int perNetwork = random.nextInt(6);
        NetworkQuota quota = new NetworkQuota(perAddress, perNetwork);
        Naive naive = new Naive(perAddress, perNetwork);
        List<String> taken = new ArrayList<>();
        for (int i = 0; i < 24_000; i++) {
            boolean filling = (i / 4_000) % 2 == 0;
            if (taken.isEmpty() || random.nextInt(10) < (filling ? 7 : 3)) {
                String host = host(random);
                boolean took = quota.take(host);
                if (took != naive.take(host)) {
                    fail("seed %d, step %d: %s was %s", seed, i, host, took ? "taken" : "refused");
                }
                if (took) {
                    taken.add(host);
                }
            } else {
                int index = random.nextInt(taken.size());
                String host = taken.set(index, taken.get(taken.size() - 1));
                taken.remove(taken.size() - 1);
                quota.release(host);
                naive.release(host);
            }
        }
        taken.forEach(quota::release);

        assertThat(quota.size()).as("seed %d", seed).isZero();
    }

    private static String host(Random random) {
        return switch (random.nextInt(12)) {
            case 0 -> "2001:db8:" + random.nextInt(3) + "::" + Integer.toHexString(1 + random.nextInt(20));
            case 1 -> "host" + random.nextInt(20) + ".example";
            default ->
                random.nextInt(2) + "." + random.nextInt(256) + "." + random.nextInt(20) + "." + random.nextInt(256);
        };
    }

    /** The same with maps of strings. */
    private static final class Naive {
        private final Map<String, Integer> counts = new HashMap<>();
        private final int perAddress;
        private final int perNetwork;

        Naive(int perAddress, int perNetwork) {
            this.perAddress = perAddress;
            this.perNetwork = perNetwork;
        }

        boolean take(String host) {
            String address = "address " + host.toLowerCase(Locale.ROOT);
            String network = "network " + network(host);
            boolean room = (perAddress == 0 || counts.getOrDefault(address, 0) < perAddress)
                    && (perNetwork == 0 || counts.getOrDefault(network, 0) < perNetwork);
            if (room) {
                counts.merge(address, 1, Integer::sum);
                counts.merge(network, 1, Integer::sum);
            }
            return room;
        }

        void release(String host) {
            counts.merge("address " + host.toLowerCase(Locale.ROOT), -1, Integer::sum);
            counts.merge("network " + network(host), -1, Integer::sum);
        }

        private static String network(String host) {
            byte[] bytes = IpAddress.parse(host);
            return bytes == null ? host : Arrays.toString(Arrays.copyOf(bytes, bytes.length == 4 ? 3 : 6));
        }
    }
}
