package dev.sluice.api;

import dev.sluice.port.Schedules;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Two schedules: {@code due}, which can be started, and {@code archive}, which is running. */
final class PlannedSchedules implements Schedules {
    private static final long AT = 1_767_268_800_000L;
    private static final Run OVER = new Run("due-1", false, AT, AT + 1, 12, Outcome.SUCCEEDED, 0, null);
    private static final Run UNDER_WAY = new Run("archive-7", true, AT, AT, 90, Outcome.RUNNING, 2, null);

    @Override
    public List<State> all() {
        return List.of(state("archive", UNDER_WAY, null), state("due", null, OVER));
    }

    private static State state(String name, @Nullable Run current, @Nullable Run last) {
        return new State(
                name,
                "what " + name + " does",
                Duration.ofSeconds(1),
                Policy.COALESCE,
                true,
                AT + 1_000,
                current,
                last,
                1,
                0,
                0,
                0,
                0,
                0,
                null,
                0,
                1.5,
                null);
    }

    @Override
    public Optional<State> get(String name) {
        return all().stream().filter(state -> state.name().equals(name)).findFirst();
    }

    @Override
    public Trigger run(String name) {
        return switch (name) {
            case "due" -> new Trigger.Started("due-2");
            case "archive" -> new Trigger.AlreadyRunning("archive-7");
            default -> new Trigger.Unknown();
        };
    }
}
