package dev.sluice.store.schema;

import dev.sluice.store.MigrationStatus;
import dev.sluice.store.StoreException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What there is to do, given the scripts of this program and what a database says was applied. No I/O. */
public final class MigrationPlan {
    private final String database;
    private final List<MigrationScript> scripts;
    private final List<Applied> applied;

    /**
     * Compares the two.
     *
     * @param database its name for messages
     * @param scripts of this program, oldest first
     * @param applied rows of {@code schema_version}, in any order
     */
    public MigrationPlan(String database, List<MigrationScript> scripts, List<Applied> applied) {
        this.database = database;
        this.scripts = List.copyOf(scripts);
        this.applied = applied.stream()
                .sorted(Comparator.comparingInt(Applied::version))
                .toList();
    }

    /** A row of {@code schema_version}. */
    public record Applied(int version, String name, long appliedAtMillis, String checksum) {}

    /** Version the database is at; 0 when it is empty. */
    public int version() {
        return applied.isEmpty() ? 0 : applied.get(applied.size() - 1).version();
    }

    /** Newest version of this program. */
    public int newest() {
        return scripts.size();
    }

    /**
     * Steps up that are missing, oldest first.
     *
     * @throws StoreException when the schema is newer than this program, or not what its scripts would make
     */
    public List<MigrationScript> up() {
        check();
        return scripts.subList(version(), newest());
    }

    /**
     * Steps to undo, newest first.
     *
     * @param target version to end at
     * @throws StoreException as {@link #up}, or when {@code target} is not below the present version
     */
    public List<MigrationScript> down(int target) {
        check();
        if (target < 0 || target >= version()) {
            throw new StoreException(
                    StoreException.Kind.FAILED,
                    database + ": target version: " + target + " (expected: 0.." + (version() - 1)
                            + ", the schema is at " + version() + ')');
        }
        List<MigrationScript> steps = new ArrayList<>(scripts.subList(target, version()));
        steps.sort(Comparator.comparingInt(MigrationScript::version).reversed());
        return steps;
    }

    /** The refusal of a step back that would lose something. */
    public StoreException refusal(MigrationScript script) {
        String refusal = script.refusal();
        return new StoreException(
                StoreException.Kind.FAILED,
                database + ": going below version " + script.version()
                        + (refusal == null
                                ? " would lose what is in table " + script.needsEmpty() + " (expected: an empty table)"
                                : ": " + refusal));
    }

    /** Printable state. */
    public MigrationStatus status(@Nullable String copy) {
        List<MigrationStatus.Step> steps = new ArrayList<>();
        for (MigrationScript script : scripts) {
            long appliedAt = 0;
            for (Applied row : applied) {
                appliedAt = row.version() == script.version() ? row.appliedAtMillis() : appliedAt;
            }
            steps.add(new MigrationStatus.Step(script.version(), script.name(), appliedAt));
        }
        for (Applied row : applied) {
            if (row.version() > newest()) {
                steps.add(new MigrationStatus.Step(row.version(), row.name(), row.appliedAtMillis()));
            }
        }
        return new MigrationStatus(database, version(), newest(), steps, copy);
    }

    private void check() {
        if (version() > newest()) {
            throw new StoreException(
                    StoreException.Kind.SCHEMA_NEWER,
                    database + ": schema version: " + version() + " (expected: at most " + newest()
                            + "; a newer program has been here)");
        }
        for (int i = 0; i < applied.size(); i++) {
            Applied row = applied.get(i);
            MigrationScript script = scripts.get(i);
            if (row.version() != script.version() || !row.checksum().equals(script.checksum())) {
                throw new StoreException(
                        StoreException.Kind.FAILED,
                        database + ": schema version " + row.version() + " (" + row.name() + ") has checksum "
                                + row.checksum() + " (expected: version " + script.version() + ", "
                                + script.checksum() + ')');
            }
        }
    }
}
