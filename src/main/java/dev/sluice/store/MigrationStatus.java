package dev.sluice.store;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where the schema of a database stands. {@link #toString()} is for people: a line for the whole, one a step.
 *
 * @param database its name, without password
 * @param version version it is at; 0 when nothing was applied
 * @param newest newest version of this program
 * @param steps all steps known to program or database, oldest first
 * @param copy file in which a copy was made before something changed, or null
 */
public record MigrationStatus(
        String database,
        int version,
        int newest,
        List<Step> steps,
        @Nullable String copy) {
    public MigrationStatus {
        steps = List.copyOf(steps);
    }

    /**
     * A step of the schema.
     *
     * @param version 1 and up
     * @param name what it brings
     * @param appliedAtMillis when it was applied, 0 when it is not
     */
    public record Step(int version, String name, long appliedAtMillis) {
        /** Whether the database has it. */
        public boolean applied() {
            return appliedAtMillis > 0;
        }
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(database)
                .append(": schema version ")
                .append(version)
                .append(", newest ")
                .append(newest);
        for (Step step : steps) {
            text.append(System.lineSeparator())
                    .append("  ")
                    .append(step.version())
                    .append("  ")
                    .append(step.name())
                    .append("  ")
                    .append(step.applied() ? "applied " + Instant.ofEpochMilli(step.appliedAtMillis()) : "not applied");
        }
        if (copy != null) {
            text.append(System.lineSeparator()).append("  copy made before: ").append(copy);
        }
        return text.toString();
    }
}
