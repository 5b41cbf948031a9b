package dev.sluice.main;

import dev.sluice.port.Timetable;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** How an instance learns what was chosen by API on another one that shares its database. */
final class ChoicesSchedule {
    static final String NAME = "choices";
    private static final Duration EVERY = Duration.ofSeconds(10);

    private ChoicesSchedule() {}

    /**
     * Has choices read again, from {@value #NAME} on the timetable. While the database fails what is known stays in force.
     *
     * @param readers each reads its choices and puts them into force; their failures show on the schedule
     */
    static void enter(Timetable timetable, List<Supplier<Future<Void>>> readers) {
        timetable.enter(
                Timetable.Plan.every(EVERY, NAME, "reads what was chosen by API on other instances")
                        .after(EVERY)
                        .skipping(),
                start -> {
                    List<Future<Void>> reads = new ArrayList<>();
                    readers.forEach(reader -> reads.add(reader.get()));
                    return Future.join(reads).map(Duration.ZERO);
                });
    }
}
