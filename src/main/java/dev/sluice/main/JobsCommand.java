package dev.sluice.main;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sluice.config.SluiceConfig;
import dev.sluice.port.JobFilter;
import dev.sluice.port.JobKind;
import dev.sluice.port.JobState;
import dev.sluice.store.Stores;
import java.io.PrintWriter;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/**
 * {@code sluice jobs list|show|watch|cancel|retry|drop}: in the database; or, when a running server owns it, by that server's
 * API.
 */
@Command(
        name = "jobs",
        description = "Shows jobs; stops them, tries them again, forgets them.",
        subcommands = {
            JobsCommand.Show.class,
            JobsCommand.One.class,
            JobsCommand.Watch.class,
            JobsCommand.Cancel.class,
            JobsCommand.Retry.class,
            JobsCommand.Drop.class
        })
final class JobsCommand {
    @ParentCommand
    private Sluice sluice = new Sluice();

    @Mixin
    private OwnerOptions owner = new OwnerOptions();

    /** What is to be done at a desk. */
    @FunctionalInterface
    interface Errand<T> {
        T run(JobDesk desk) throws Exception;
    }

    /** Does an errand where the jobs are. */
    <T> T run(Errand<T> errand) throws Exception {
        SluiceConfig config = sluice.load(List.of("log.level=warn")).config();
        return owner.run(
                config,
                (vertx, store) -> errand.run(new StoreJobDesk(
                        store.jobs(),
                        InstantSource.system(),
                        Stores.isShared(config.store().url()))),
                server -> errand.run(new ServerJobDesk(server)));
    }

    /** What is to be asked at a desk about one job, which may not be there. */
    @FunctionalInterface
    interface Question {
        @Nullable
        JsonNode ask(JobDesk desk) throws Exception;
    }

    /** Asks about a job where the jobs are; null where it is not. */
    @Nullable
    JsonNode ask(Question question) throws Exception {
        return run(desk -> Optional.ofNullable(question.ask(desk))).orElse(null);
    }

    private static int unknown(CommandSpec spec, String id) {
        spec.commandLine().getErr().println("sluice: job " + id + " (expected: one that jobs list shows)");
        return ExitCode.FAILED;
    }

    /** Says what became of a wish; the exit code. */
    private static int tell(CommandSpec spec, String id, @Nullable JsonNode job, boolean granted, String done) {
        if (job == null) {
            return unknown(spec, id);
        }
        PrintWriter err = spec.commandLine().getErr();
        String state = job.path("state").asText();
        if (!granted) {
            err.println("sluice: job " + id + " is " + state + " (expected: another state)");
            return ExitCode.FAILED;
        }
        err.println("job " + id + ' ' + done);
        return ExitCode.DONE;
    }

    private static JobState state(JsonNode job) {
        JobState state = JobState.of(job.path("state").asText());
        return state == null ? JobState.PENDING : state;
    }

    /** Shows jobs. */
    @Command(name = "list", description = "Shows jobs, the newest first. Dead letters: --state failed.")
    static final class Show implements Callable<Integer> {
        private static final String[] HEAD = {"ID", "TYPE", "STATE", "TRIES", "CREATED", "WHAT"};

        @ParentCommand
        private JobsCommand parent = new JobsCommand();

        @Spec
        private CommandSpec spec = CommandSpec.create();

        @Option(
                names = "--kind",
                split = ",",
                paramLabel = "KIND",
                description = "validation, geo, analysis, import, export; several by comma.",
                converter = KindConverter.class)
        private Set<JobKind> kinds = EnumSet.noneOf(JobKind.class);

        @Option(
                names = "--state",
                split = ",",
                paramLabel = "STATE",
                description = "pending, processing, completed, failed, cancelled; several by comma.",
                converter = StateConverter.class)
        private Set<JobState> states = EnumSet.noneOf(JobState.class);

        @Option(
                names = "--limit",
                paramLabel = "N",
                description = "Most jobs, 1..1000; 50 unless given.",
                defaultValue = "50")
        private int limit;

        @Option(names = "--json", description = "A JSON object a line.")
        private boolean json;

        @Override
        public Integer call() throws Exception {
            if (limit < 1 || limit > 1_000) {
                throw new UsageException("--limit: " + limit + " (expected: 1..1000)");
            }
            List<JsonNode> jobs = parent.run(desk -> desk.list(new JobFilter(kinds, states, null, null), limit));
            PrintWriter out = spec.commandLine().getOut();
            if (json) {
                jobs.forEach(out::println);
                out.flush();
                return ExitCode.DONE;
            }
            List<String[]> rows = new ArrayList<>();
            for (JsonNode job : jobs) {
                rows.add(new String[] {
                    job.path("id").asText(),
                    job.path("type").asText(),
                    job.path("state").asText(),
                    job.path("attempts").asText()
                            + '/'
                            + job.path("max_attempts").asText(),
                    job.path("created_at").asText().replaceFirst("\\.[0-9]+Z", "Z"),
                    what(job)
                });
            }
            Table.print(out, HEAD, rows);
            return ExitCode.DONE;
        }

        /** Why it failed, else how far it is. */
        private static String what(JsonNode job) {
            JsonNode failures = job.path("failures");
            if (state(job) != JobState.COMPLETED && !failures.isEmpty()) {
                return failures.get(failures.size() - 1).path("error").asText();
            }
            return job.path("progress").isObject() ? JobProgress.line(job) : "";
        }
    }

    /** Shows one job. */
    @Command(name = "show", description = "Shows one job, with the errors of all its attempts.")
    static final class One implements Callable<Integer> {
        @ParentCommand
        private JobsCommand parent = new JobsCommand();

        @Spec
        private CommandSpec spec = CommandSpec.create();

        @Parameters(paramLabel = "ID", description = "Its id, as jobs list shows it.")
        private String id = "";

        @Override
        public Integer call() throws Exception {
            JsonNode job = parent.ask(desk -> desk.show(id));
            if (job == null) {
                return unknown(spec, id);
            }
            PrintWriter out = spec.commandLine().getOut();
            out.println(job.toPrettyString());
            out.flush();
            return ExitCode.DONE;
        }
    }

    /** Follows one job. */
    @Command(
            name = "watch",
            description =
                    "Follows a job to its end; exit code 0 when it is completed, 1 when it failed or was cancelled.")
    static final class Watch implements Callable<Integer> {
        @ParentCommand
        private JobsCommand parent = new JobsCommand();

        @Spec
        private CommandSpec spec = CommandSpec.create();

        @Parameters(paramLabel = "ID", description = "Its id, as jobs list shows it.")
        private String id = "";

        @Override
        public Integer call() throws Exception {
            JsonNode job = parent.ask(this::follow);
            if (job == null) {
                return unknown(spec, id);
            }
            PrintWriter err = spec.commandLine().getErr();
            err.println("job " + id + " is " + job.path("state").asText() + "  " + JobProgress.line(job));
            return state(job) == JobState.COMPLETED ? ExitCode.DONE : ExitCode.FAILED;
        }

        private @Nullable JsonNode follow(JobDesk desk) throws Exception {
            JobProgress progress = new JobProgress(spec.commandLine().getErr(), System.console() != null);
            JsonNode job = desk.show(id);
            if (!desk.attended() && job != null && state(job).live()) {
                throw new UsageException(
                        "job " + id + " waits for a server (expected: one that runs; nobody works on it)");
            }
            while (job != null && state(job).live()) {
                progress.show(job);
                TimeUnit.MILLISECONDS.sleep(500);
                job = desk.show(id);
            }
            progress.end();
            return job;
        }
    }

    /** Stops a job. */
    @Command(name = "cancel", description = "Stops a job. What it wrote stays; retry goes on where it was.")
    static final class Cancel implements Callable<Integer> {
        @ParentCommand
        private JobsCommand parent = new JobsCommand();

        @Spec
        private CommandSpec spec = CommandSpec.create();

        @Parameters(paramLabel = "ID", description = "Its id, as jobs list shows it.")
        private String id = "";

        @Override
        public Integer call() throws Exception {
            JsonNode job = parent.ask(desk -> desk.cancel(id));
            boolean granted = job != null
                    && (state(job) == JobState.CANCELLED
                            || job.path("cancel_requested").asBoolean());
            return tell(spec, id, job, granted, "is stopped");
        }
    }

    /** Tries jobs again. */
    @Command(
            name = "retry",
            description = "Tries a job again that was given up or cancelled; or all that were given up.")
    static final class Retry implements Callable<Integer> {
        @ParentCommand
        private JobsCommand parent = new JobsCommand();

        @Spec
        private CommandSpec spec = CommandSpec.create();

        @Parameters(paramLabel = "ID", arity = "0..1", description = "Its id, as jobs list shows it.")
        private @Nullable String id;

        @Option(names = "--failed", description = "All that were given up, instead of one.")
        private boolean failed;

        @Option(
                names = "--kind",
                paramLabel = "KIND",
                description = "With --failed: of this kind only.",
                converter = KindConverter.class)
        private @Nullable JobKind kind;

        @Override
        public Integer call() throws Exception {
            String one = id;
            if ((one == null) != failed || (kind != null && !failed)) {
                throw new UsageException("jobs retry (expected: ID, or --failed with or without --kind)");
            }
            if (one == null) {
                int retried = parent.run(desk -> desk.retryFailed(kind));
                spec.commandLine().getErr().println(retried + " jobs are tried again");
                return ExitCode.DONE;
            }
            JsonNode job = parent.ask(desk -> desk.retry(one));
            return tell(spec, one, job, job != null && state(job).live(), "is tried again");
        }
    }

    /** Forgets a job. */
    @Command(name = "drop", description = "Forgets a job that is over, and its files.")
    static final class Drop implements Callable<Integer> {
        @ParentCommand
        private JobsCommand parent = new JobsCommand();

        @Spec
        private CommandSpec spec = CommandSpec.create();

        @Parameters(paramLabel = "ID", description = "Its id, as jobs list shows it.")
        private String id = "";

        @Override
        public Integer call() throws Exception {
            JsonNode job = parent.ask(desk -> desk.drop(id));
            return tell(spec, id, job, job != null && !state(job).live(), "is forgotten");
        }
    }

    static final class KindConverter implements ITypeConverter<JobKind> {
        @Override
        public JobKind convert(String text) {
            JobKind kind = JobKind.of(text);
            if (kind == null) {
                throw new TypeConversionException(text + " (expected: validation, geo, analysis, import, export)");
            }
            return kind;
        }
    }

    static final class StateConverter implements ITypeConverter<JobState> {
        @Override
        public JobState convert(String text) {
            JobState state = JobState.of(text);
            if (state == null) {
                throw new TypeConversionException(
                        text + " (expected: pending, processing, completed, failed, cancelled)");
            }
            return state;
        }
    }
}
