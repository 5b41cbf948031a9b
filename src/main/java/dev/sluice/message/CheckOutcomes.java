package dev.sluice.message;

import java.util.List;

/**
 * A batch of outcomes, as they came.
 *
 * @param outcomes at least one
 */
public record CheckOutcomes(List<CheckOutcome> outcomes) {
    public CheckOutcomes {
        outcomes = List.copyOf(outcomes);
    }
}
