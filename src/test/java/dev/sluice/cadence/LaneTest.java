package dev.sluice.cadence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.message.CheckOutcome;
import dev.sluice.message.DueProxy;
import dev.sluice.proxy.Anonymity;
import dev.sluice.proxy.CheckKind;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.Tampering;
import dev.sluice.proxy.Verified;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LaneTest {
    private static final long NOW = 1_000_000_000_000L;
    private static final CheckPolicy POLICY = CheckPolicy.fixed(
            Duration.ofMinutes(20),
            Duration.ofMinutes(30),
            Duration.ofHours(24),
            Duration.ofSeconds(60),
            Duration.ofDays(7),
            Duration.ofDays(90),
            10,
            Duration.ofDays(14),
            false);

    @Test
    void everyPriorityIsInExactlyOneLane() {
        for (int priority = 1; priority <= DueCalendar.HIGHEST_PRIORITY; priority++) {
            int each = priority;
            assertThat(Arrays.stream(Lane.values()).filter(lane -> lane.lowest() <= each && each <= lane.highest()))
                    .containsExactly(Lane.of(priority));
        }
        assertThatThrownBy(() -> Lane.of(0)).hasMessage("priority: 0 (expected: 1..10)");
        assertThatThrownBy(() -> Lane.of(11)).hasMessage("priority: 11 (expected: 1..10)");
    }

    @Test
    void theMoreUrgentLaneHasTheHigherPriorities() {
        for (int i = 1; i < Lane.values().length; i++) {
            assertThat(Lane.values()[i].highest()).isLessThan(Lane.values()[i - 1].lowest());
        }
    }

    @Test
    void theRulesOfHealthPutEntriesWhereTheyBelong() {
        Health works = after(Health.fresh(NOW), FailureReason.NONE);
        assertThat(Lane.of(works.priority())).isEqualTo(Lane.DUE);
        Health doubtful = after(works, FailureReason.REFUSED);
        assertThat(Lane.of(doubtful.priority())).as("a failure to be confirmed").isEqualTo(Lane.INTERACTIVE);
        Health died = after(doubtful, FailureReason.REFUSED);
        assertThat(Lane.of(died.priority())).as("died lately").isEqualTo(Lane.BULK);
        assertThat(Lane.of(after(Health.fresh(NOW), FailureReason.REFUSED).priority()))
                .as("never worked")
                .isEqualTo(Lane.MAINTENANCE);
    }

    private static Health after(Health before, FailureReason reason) {
        boolean alive = reason == FailureReason.NONE;
        CheckOutcome outcome = new CheckOutcome(
                new DueProxy(1, ProxyKey.of(Scheme.HTTP, "127.0.0.1", 3128), before, CheckKind.COMPREHENSIVE),
                alive,
                alive ? Verified.FULL : Verified.NONE,
                reason,
                alive ? 100 : Double.NaN,
                0,
                Anonymity.UNKNOWN,
                Tampering.NONE,
                null,
                0,
                alive ? List.of(100.0) : List.of(),
                null,
                List.of(),
                NOW + 60_000);
        return HealthRules.after(before, outcome, POLICY, new Random(1));
    }

    @Test
    void aNewcomerIsBulk() {
        assertThat(Lane.of(Health.DEFAULT_PRIORITY)).isEqualTo(Lane.BULK);
    }
}
