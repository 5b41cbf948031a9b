package dev.sluice.queue;

import dev.sluice.port.JobKind;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** A handler that remembers its runs, and ends them as a test says. */
public final class ScriptedHandler implements JobHandler {
    /** Every run so far. */
    public final List<JobRun> runs = new ArrayList<>();

    private final List<Promise<String>> ends = new ArrayList<>();
    private final String type;
    private Function<JobRun, Future<String>> script;

    /** Leaves runs open until {@link #end(int)}. */
    public ScriptedHandler(String type) {
        this.type = type;
        this.script = run -> ends.get(ends.size() - 1).future();
    }

    /** Has runs do this from now on. */
    public ScriptedHandler doing(Function<JobRun, Future<String>> script) {
        this.script = script;
        return this;
    }

    /** The end of the run with this number, for the test to give. */
    public Promise<String> end(int run) {
        return ends.get(run);
    }

    @Override
    public JobKind kind() {
        return JobKind.IMPORT;
    }

    @Override
    public String type() {
        return type;
    }

    @Override
    public Future<String> run(JobRun run) {
        runs.add(run);
        ends.add(Promise.promise());
        return script.apply(run);
    }
}
