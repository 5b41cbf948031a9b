package dev.sluice.main;

import dev.sluice.config.CheckMode;
import dev.sluice.config.LoadedConfig;
import dev.sluice.config.SluiceConfig;
import dev.sluice.geo.Geo;
import dev.sluice.message.CheckOutcome;
import dev.sluice.parse.AddressPolicy;
import dev.sluice.parse.ParseOptions;
import dev.sluice.port.Checking;
import dev.sluice.proxy.CheckKind;
import dev.sluice.proxy.Health;
import dev.sluice.telemetry.Telemetry;
import io.vertx.core.Vertx;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code sluice check FILE}: a list in, what works of it out. */
@Command(
        name = "check",
        description = "Checks a list and writes what works: text, JSON or CSV, gzip allowed. Stores nothing.",
        sortOptions = false)
final class CheckCommand implements Callable<Integer> {
    private static final Logger LOG = LoggerFactory.getLogger(CheckCommand.class);
    private static final int MAX_ENTRIES = 5_000_000;
    private static final long STOP_SECONDS = 6;
    private static final Path STANDARD_INPUT = Path.of("-");

    @ParentCommand
    private Sluice sluice = new Sluice();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(
            arity = "0..1",
            paramLabel = "FILE|-",
            description = "The list; standard input when it is - or missing.")
    private @Nullable Path file;

    @Mixin
    private CheckOptions options = new CheckOptions();

    @Override
    public Integer call() throws Exception {
        LoadedConfig loaded = sluice.load(options.settings());
        loaded.warnings().forEach(LOG::warn);
        SluiceConfig config = loaded.config();
        CheckKind kind = kind(config.check().mode());
        options.requireConsistent(kind);
        AddressPolicy policy =
                new AddressPolicy(config.net().allowedNetworks(), config.check().allowPrivate());
        Geo geo = Geo.read(config.geo(), GeoRoom.directory(config));
        ListReading reading = new ListReading(
                new ParseOptions(policy, ParseOptions.DEFAULT_MAX_LINE_LENGTH, MAX_ENTRIES),
                options.protocol(),
                options.countries(),
                host -> geo.locate(host).country());
        try (InputStream in = open();
                CheckOutput output = options.openOutput()) {
            CheckReport report = new CheckReport(output, options.format(), options.all());
            Interruption interruption = Interruption.listen();
            try {
                CheckedList list = read(reading, in, interruption);
                if (list != null && list.size() > 0) {
                    Foreground.beside((vertx, telemetry) -> {
                        check(config, list, kind, report, output.isTerminal(), interruption, vertx, telemetry);
                        return ExitCode.DONE;
                    });
                }
                report.finish();
                output.keep();
            } catch (CheckOutput.DesertedException e) {
                LOG.atDebug().setCause(e).log("the results are not wanted any more");
            }
            return interruption.isAsked() ? interruption.exitCode() : ExitCode.DONE;
        }
    }

    /** What was asked for, unless the configuration forbids it. */
    private CheckKind kind(CheckMode mode) {
        CheckKind asked = options.kind();
        if (mode == CheckMode.CONNECT && asked != null && asked != CheckKind.CONNECT) {
            throw new UsageException("check.mode: connect (expected: auto or full, as --type asks for judged checks)");
        }
        if (mode == CheckMode.CONNECT) {
            return CheckKind.CONNECT;
        }
        return asked == null ? CheckKind.COMPREHENSIVE : asked;
    }

    private InputStream open() throws IOException {
        Path list = file;
        if (list != null && !list.equals(STANDARD_INPUT)) {
            ImportCommand.requireList(list);
            return Files.newInputStream(list);
        }
        if (list == null && Descriptor.INPUT.isTerminal()) {
            throw new UsageException("no list (expected: FILE, or a list on standard input)");
        }
        return new FileInputStream(FileDescriptor.in);
    }

    private String name() {
        return file == null || file.equals(STANDARD_INPUT) ? "standard input" : file.toString();
    }

    /** Reads on a thread of its own, as a read from a terminal or pipe can't be cut short; null when told to end. */
    private @Nullable CheckedList read(ListReading reading, InputStream in, Interruption interruption)
            throws Exception {
        CompletableFuture<CheckedList> read = new CompletableFuture<>();
        Thread thread = new Thread(
                () -> {
                    try {
                        read.complete(reading.read(in, name()));
                    } catch (IOException | RuntimeException e) {
                        read.completeExceptionally(e);
                    }
                },
                "sluice-read");
        thread.setDaemon(true);
        thread.start();
        PrintWriter err = spec.commandLine().getErr();
        if (!interruption.await(read)) {
            err.println("interrupted: " + name() + " was not read to its end, nothing was checked");
            return null;
        }
        CheckedList list = read.join();
        CheckSummary.read(err, name(), reading, list.size());
        if (list.size() == 0 && reading.nowhere() > 0 && reading.elsewhere() == 0) {
            err.println("--country: neither the list nor a geo database says where its entries are, so none is left"
                    + " (expected: public addresses, or a list with countries)");
        }
        return list;
    }

    private void check(
            SluiceConfig config,
            CheckedList list,
            CheckKind kind,
            CheckReport report,
            boolean toTerminal,
            Interruption interruption,
            Vertx vertx,
            Telemetry telemetry)
            throws Exception {
        PrintWriter err = spec.commandLine().getErr();
        // Holds no more than the checker takes: nothing is offered while results wait here.
        BlockingQueue<List<CheckOutcome>> ended = new LinkedBlockingQueue<>();
        Consumer<List<CheckOutcome>> arrive = ended::add;
        Checker checker = Foreground.await(EngineChecker.open(vertx, telemetry, config, arrive));
        long beganNanos = System.nanoTime();
        boolean bar = Descriptor.ERROR.isTerminal();
        CheckRun run = new CheckRun(
                list,
                new Backlog(list, kind, Health.fresh(System.currentTimeMillis()), new SplittableRandom()),
                checker,
                ended,
                report,
                options.all(),
                options.anonymity(),
                new CheckProgress(err, bar, list.size(), System::nanoTime),
                bar && toTerminal,
                interruption);
        try {
            boolean started =
                    interruption.await(checker.start().toCompletionStage().toCompletableFuture());
            if (started && kind != CheckKind.CONNECT) {
                requireJudge(config, checker.state(), err);
            }
            run.run();
        } finally {
            stop(checker);
        }
        run.takeRest();
        CheckSummary.found(
                err, list.size(), run.tally(), (System.nanoTime() - beganNanos) / 1e9, interruption.isAsked());
    }

    /** Says what can't be judged; ends the command where that was not wanted. */
    private void requireJudge(SluiceConfig config, Checking.State state, PrintWriter err) throws IOException {
        boolean judged = state.judges().stream()
                .anyMatch(judge -> judge.up() && !judge.url().startsWith("https:"));
        if (judged) {
            return;
        }
        String reason = state.judges().isEmpty()
                ? "no judge that proxies can reach (expected: --judge URL, or check.judges)"
                : "no judge answers of "
                        + String.join(
                                ", ",
                                state.judges().stream().map(Checking.Judge::url).toList());
        if (options.namesJudges() && config.judge().secret() == null) {
            reason += "; judge.secret is not set, and without the judge's no answer can be verified";
        }
        if (config.check().mode() == CheckMode.FULL) {
            throw new IOException(reason);
        }
        err.println(reason + ": entries are only connected to, and marked " + CheckRow.CONNECT_ONLY);
        err.flush();
    }

    private static void stop(Checker checker) throws InterruptedException {
        try {
            checker.stop().toCompletionStage().toCompletableFuture().get(STOP_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            LOG.atWarn().setCause(e).log("the checker did not stop in order");
        }
    }
}
