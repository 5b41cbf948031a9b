package dev.sluice.main;

import dev.sluice.bulk.ImportOptions;
import dev.sluice.bulk.ImportProgress;
import dev.sluice.bulk.ImportResult;
import dev.sluice.bulk.Importer;
import dev.sluice.config.SluiceConfig;
import dev.sluice.parse.AddressPolicy;
import dev.sluice.parse.Rejection;
import dev.sluice.port.Merge;
import dev.sluice.store.StoreException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/**
 * {@code sluice import LIST}: a list into the store; when a running server owns the store, by that server. Addresses are
 * fetched by a server alone, which knows the rules for sources.
 */
@Command(name = "import", description = "Imports a list: text, JSON or CSV, gzip or zstd allowed.")
final class ImportCommand implements Callable<Integer> {
    @ParentCommand
    private Sluice sluice = new Sluice();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(
            paramLabel = "LIST",
            description = "A file; with a running server also an address of http or https, or - for standard input.")
    private String list = "";

    @Option(
            names = "--merge",
            paramLabel = "HOW",
            description =
                    "Entries that are stored already: skip, update (listing and claims) or replace (forget their health).",
            converter = MergeConverter.class,
            defaultValue = "update")
    private Merge merge = Merge.UPDATE;

    @Option(names = "--dry-run", description = "Reads and counts, stores nothing.")
    private boolean dryRun;

    @Option(names = "--report", paramLabel = "FILE", description = "What became of each line, as NDJSON.")
    private @Nullable Path report;

    @Option(
            names = "--server",
            description = "Has the running server do it, even if the database could be opened here.")
    private boolean byServer;

    @Option(names = "--detach", description = "With a server: returns once it has the list.")
    private boolean detached;

    @Mixin
    private OwnerOptions owner = new OwnerOptions();

    @Override
    public Integer call() throws Exception {
        SluiceConfig config = sluice.load().config();
        boolean file = !list.equals("-") && !list.startsWith("http://") && !list.startsWith("https://");
        if (file) {
            requireList(Path.of(list));
        }
        if (byServer || detached || !file) {
            return byServer(config);
        }
        try {
            alone(config, Path.of(list));
            return ExitCode.DONE;
        } catch (StoreException e) {
            if (e.kind() != StoreException.Kind.LOCKED) {
                throw e;
            }
            return byServer(config);
        }
    }

    private int byServer(SluiceConfig config) throws IOException, InterruptedException {
        return new ServerImport(
                        owner.server(config),
                        spec.commandLine().getErr(),
                        System.console() != null,
                        Interruption.listen())
                .run(list, merge, dryRun, report, detached);
    }

    private void alone(SluiceConfig config, Path file) throws Exception {
        AddressPolicy policy =
                new AddressPolicy(config.net().allowedNetworks(), config.fetch().allowPrivate());
        ImportOptions options = ImportOptions.defaults()
                .withMerge(merge)
                .withDryRun(dryRun)
                .withReport(report)
                .withProgress(new ProgressLine(spec.commandLine().getErr())::show);
        ImportResult result = Foreground.once((vertx, telemetry) -> dryRun
                ? new Importer(vertx, null, policy).run(file, options)
                : OpenedStore.open(vertx, config, telemetry.registry())
                        .compose(opened -> new Importer(vertx, opened.store(), policy)
                                .run(file, options)
                                .eventually(opened.store()::close)));
        print(result);
    }

    /** Refuses what is no list before anything is started. */
    static void requireList(Path list) {
        if (Files.isDirectory(list)) {
            throw new UsageException(list + ": a directory (expected: a file)");
        }
        if (!Files.isReadable(list)) {
            throw new UsageException(list + (Files.exists(list) ? ": not readable" : ": no such file"));
        }
    }

    private void print(ImportResult result) {
        PrintWriter out = spec.commandLine().getErr();
        ImportProgress counts = result.counts();
        double seconds = result.duration().toNanos() / 1e9;
        out.printf(
                Locale.ROOT,
                "%s: %,d lines in %.2f s (%,.0f a second)%s%n",
                list,
                counts.lines(),
                seconds,
                counts.lines() / Math.max(seconds, 1e-3),
                dryRun ? ", nothing stored" : "");
        out.printf(Locale.ROOT, "  accepted    %,12d", counts.accepted());
        if (!dryRun) {
            out.printf(Locale.ROOT, "   new %,d, known %,d", counts.added(), counts.known());
        }
        out.println();
        for (Rejection reason : Rejection.values()) {
            long count = counts.rejected().getOrDefault(reason, 0L);
            if (count > 0) {
                out.printf(Locale.ROOT, "  %-11s %,12d%n", reason.text(), count);
            }
        }
        long peak = peakMebibytes();
        if (peak > 0) {
            out.printf(Locale.ROOT, "  peak memory %d MiB%n", peak);
        }
        out.flush();
    }

    /** Largest resident set of this process so far, 0 where the system does not tell. */
    private static long peakMebibytes() {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
                if (line.startsWith("VmHWM:")) {
                    return Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024;
                }
            }
        } catch (IOException | NumberFormatException e) {
            return 0;
        }
        return 0;
    }

    /** Names of merges in lower case, as users type them. */
    static final class MergeConverter implements picocli.CommandLine.ITypeConverter<Merge> {
        @Override
        public Merge convert(String text) {
            for (Merge merge : Merge.values()) {
                if (merge.name().toLowerCase(Locale.ROOT).equals(text)) {
                    return merge;
                }
            }
            throw new picocli.CommandLine.TypeConversionException(text + " (expected: skip, update or replace)");
        }
    }
}
