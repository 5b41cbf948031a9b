package dev.sluice.pool;

import java.util.List;

/**
 * How many entries each condition left, in the order in which they were applied.
 *
 * @param steps first {@code pool}, everything that is alive; then {@code verified} where entries known only by a TCP
 *     connect are held back; then the conditions that were set
 */
public record Explanation(List<Step> steps) {
    public Explanation {
        steps = List.copyOf(steps);
    }

    /**
     * One condition.
     *
     * @param condition name of the parameter
     * @param left entries that met it and all before it
     */
    public record Step(String condition, int left) {}
}
