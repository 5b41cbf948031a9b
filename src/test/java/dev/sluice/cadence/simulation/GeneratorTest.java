package dev.sluice.cadence.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class GeneratorTest {
    private static final int COUNT = 20_000;
    private static final World WORLD = Generator.draw(COUNT, 400, 7);

    private static long firstRunHours(Lifeline proxy, long atLeast) {
        return proxy.flips()[1] - proxy.flips()[0] >= TimeUnit.HOURS.toMillis(atLeast) ? 1 : 0;
    }

    @Test
    void proxiesDieAtThePublishedHazards() {
        double anHour = WORLD.proxies().stream()
                        .mapToLong(proxy -> firstRunHours(proxy, 1))
                        .sum()
                / (double) COUNT;
        double eightHours = WORLD.proxies().stream()
                        .mapToLong(proxy -> firstRunHours(proxy, 8))
                        .sum()
                / (double) COUNT;
        assertThat(anHour).isBetween(Math.exp(-.61) - .01, Math.exp(-.61) + .01);
        double survival = Math.exp(-.61 - .27 - 2 * .30 - 4 * .25);
        assertThat(eightHours).isBetween(survival - .01, survival + .01);
    }

    @Test
    void aThirdComesAndGoesAndNoneIsBackWithinTwoHours() {
        long early = WORLD.proxies().stream()
                .filter(proxy -> proxy.foundAtMillis() < World.day(100))
                .count();
        long again = WORLD.proxies().stream()
                .filter(proxy -> proxy.foundAtMillis() < World.day(100) && proxy.flips().length > 2)
                .count();
        // Of the 35 % that may, some are still dead, or still in their first run, after 300 days.
        assertThat(again / (double) early).isBetween(.25, .35);
        assertThat(WORLD.proxies()).allSatisfy(proxy -> {
            for (int i = 2; i < proxy.flips().length; i += 2) {
                assertThat(proxy.flips()[i] - proxy.flips()[i - 1]).isGreaterThanOrEqualTo(TimeUnit.HOURS.toMillis(2));
            }
        });
    }

    @Test
    void theSameSeedDrawsTheSame() {
        assertThat(Generator.draw(50, 60, 3).proxies().get(49).flips())
                .isEqualTo(Generator.draw(50, 60, 3).proxies().get(49).flips())
                .isNotEqualTo(Generator.draw(50, 60, 4).proxies().get(49).flips());
    }
}
