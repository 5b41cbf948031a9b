package dev.sluice.secret;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NetworkTableTest {
    private static final Gcra LIMIT = Gcra.of(5, Duration.ofSeconds(1));

    /** As long as a network is among the last seven that share its places, it is remembered; so few never share eight. */
    @ParameterizedTest
    @ValueSource(longs = {1, 42, 20_260_101})
    void aFewNetworksAreCountedExactly(long seed) {
        Random random = new Random(seed);
        NetworkTable table = new NetworkTable(1_024);
        Map<Long, AtomicLong> model = new HashMap<>();
        long[] networks = random.longs(8).toArray();
        long now = random.nextLong();
        for (int step = 0; step < 20_000; step++) {
            now += random.nextInt(20_000_000);
            long network = networks[random.nextInt(networks.length)];
            long at = now;
            AtomicLong expected = model.computeIfAbsent(network, any -> new AtomicLong(Gcra.fresh(at)));
            assertThat(LIMIT.take(table.state(network, now), now))
                    .as("seed %d, step %d", seed, step)
                    .isEqualTo(LIMIT.take(expected, now));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 42, 20_260_101})
    void aCrowdTakesThePlacesOfThoseWhoAskLeast(long seed) {
        Random random = new Random(seed);
        NetworkTable table = new NetworkTable(64);
        long greedy = random.nextLong();
        while (LIMIT.take(table.state(greedy, 0), 0) >= 0) {
            // uses up its quota
        }
        for (int i = 0; i < 10_000; i++) {
            LIMIT.take(table.state(random.nextLong(), 0), 0);
        }

        assertThat(LIMIT.take(table.state(greedy, 0), 0)).as("seed %d", seed).isNegative();
    }

    @ParameterizedTest
    @CsvSource({
        "192.0.2.1,          192.0.2.1,          true,  true",
        "192.0.2.1,          192.0.2.200,        false, true",
        "192.0.2.1,          192.0.3.1,          false, false",
        "2001:db8::1,        2001:db8::ffff:1,   true,  true",
        "2001:db8:0:1::1,    2001:db8:0:2::1,    false, false",
        "::ffff:192.0.2.1,   192.0.2.1,          true,  true",
        "192.0.2.1,          ::c000:201,         false, false",
    })
    void addressesCountByWhatACustomerGets(String one, String other, boolean sameAddress, boolean sameNetwork)
            throws Exception {
        InetAddress first = InetAddress.getByName(one);
        InetAddress second = InetAddress.getByName(other);

        assertThat(Networks.ofAddress(first) == Networks.ofAddress(second)).isEqualTo(sameAddress);
        assertThat(Networks.ofNetwork(first) == Networks.ofNetwork(second)).isEqualTo(sameNetwork);
    }

    @Test
    void whoGuessesWaitsLongerAndLongerButNotForEver() throws Exception {
        FailedKeys failures = new FailedKeys(10, 0);
        InetAddress guesser = InetAddress.getByName("192.0.2.1");
        long now = 0;
        for (int i = 0; i < 10; i++) {
            assertThat(failures.count(guesser, now)).as("guess %d", i).isZero();
        }
        long before = 0;
        for (int i = 0; i < 20; i++) {
            long wait = failures.count(InetAddress.getByName("192.0.2." + i), now);
            assertThat(wait)
                    .isGreaterThanOrEqualTo(before)
                    .isPositive()
                    .isLessThanOrEqualTo(FailedKeys.LONGEST_WAIT.toNanos());
            before = wait;
        }
        assertThat(before).isEqualTo(FailedKeys.LONGEST_WAIT.toNanos());

        assertThat(failures.count(InetAddress.getByName("192.0.3.1"), now))
                .as("another network")
                .isZero();
        now += before;
        assertThat(failures.count(guesser, now)).as("after the wait").isZero();
        assertThat(failures.count(guesser, now)).as("at once again").isPositive();
    }

    @Test
    void allNetworksTogetherHaveABound() throws Exception {
        FailedKeys failures = new FailedKeys(10, 0);
        int held = 0;
        for (int i = 0; i < 150; i++) {
            if (failures.count(InetAddress.getByName("10.0." + i + ".1"), 0) > 0) {
                held++;
            }
        }
        assertThat(held).isEqualTo(50);
    }
}
