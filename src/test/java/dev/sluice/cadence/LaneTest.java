package dev.sluice.cadence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.proxy.Health;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class LaneTest {
    @Test
    void everyPriorityIsInExactlyOneLane() {
        for (int priority = 1; priority <= DueCalendar.HIGHEST_PRIORITY; priority++) {
            int each = priority;
            assertThat(Arrays.stream(Lane.values())
                            .filter(lane -> lane.lowest() <= each && each <= lane.highest()))
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
    void aNewcomerIsBulk() {
        assertThat(Lane.of(Health.DEFAULT_PRIORITY)).isEqualTo(Lane.BULK);
    }
}
