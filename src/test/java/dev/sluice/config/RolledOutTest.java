package dev.sluice.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.port.Feature;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class RolledOutTest {
    private static final int SUBJECTS = 10_000;

    private final RolledOut features = new RolledOut();

    private void percent(Feature feature, int percent) {
        features.follow(ConfigLoader.defaults("features." + feature.text() + ".percent=" + percent)
                .features());
    }

    private Set<String> on(Feature feature) {
        Set<String> on = new HashSet<>();
        for (int i = 0; i < SUBJECTS; i++) {
            if (features.isOn(feature, "app-" + i)) {
                on.add("app-" + i);
            }
            if (features.isOn(feature, (long) i)) {
                on.add("#" + i);
            }
        }
        return on;
    }

    @ParameterizedTest
    @EnumSource(Feature.class)
    void everythingIsOnByDefault(Feature feature) {
        features.follow(ConfigLoader.defaults().features());
        assertThat(on(feature).size()).isEqualTo(2 * SUBJECTS);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 10, 37, 50, 90, 99})
    void asManyAreInAsWereAskedFor(int percent) {
        for (Feature feature : Feature.values()) {
            percent(feature, percent);
            double share = on(feature).size() * 100.0 / (2 * SUBJECTS);
            assertThat(share).as("%s", feature).isBetween(percent - 1.5, percent + 1.5);
        }
    }

    @ParameterizedTest
    @EnumSource(Feature.class)
    void aHigherPercentagePutsNobodyOut(Feature feature) {
        Set<String> before = Set.of();
        for (int percent = 0; percent <= 100; percent += 5) {
            percent(feature, percent);
            Set<String> now = on(feature);
            assertThat(now.containsAll(before)).as("%d percent", percent).isTrue();
            before = now;
        }
        assertThat(before.size()).isEqualTo(2 * SUBJECTS);
    }

    @Test
    void featuresDoNotTakeTheSameSubjectsFirst() {
        percent(Feature.FAST_LANE, 50);
        Set<String> one = on(Feature.FAST_LANE);
        percent(Feature.TESTIMONY, 50);
        Set<String> other = on(Feature.TESTIMONY);
        other.retainAll(one);
        assertThat(other.size()).isBetween((int) (0.45 * SUBJECTS), (int) (0.55 * SUBJECTS));
    }

    @Test
    void aFeatureThatIsNotEnabledIsOnForNobody() {
        features.follow(
                ConfigLoader.defaults("features.testimony.enabled=false").features());
        assertThat(on(Feature.TESTIMONY)).isEmpty();
        assertThat(on(Feature.FAST_LANE).size()).isEqualTo(2 * SUBJECTS);
    }

    @Test
    void everyFeatureHasItsKeyAndAnUnknownOneIsRefusedWithThoseThatAre() {
        for (Feature feature : Feature.values()) {
            assertThat(ConfigLoader.defaults("features." + feature.text() + ".percent=7")
                            .features()
                            .of(feature))
                    .isEqualTo(new FeatureConfig(true, 7));
        }
        assertThatThrownBy(() -> ConfigLoader.defaults("features={teleport: {percent: 3}}"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("features.teleport")
                .hasMessageContaining("fast-lane, testimony");
    }
}
