package dev.sluice.main;

import dev.sluice.bulk.export.Exporter;
import dev.sluice.config.CheckMode;
import dev.sluice.config.SluiceConfig;
import dev.sluice.export.ExportFormat;
import dev.sluice.main.ExportDesk.Done;
import dev.sluice.port.Exports.Order;
import dev.sluice.port.Exports.Progress;
import dev.sluice.port.Exports.Scope;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code sluice export}: from the database; or, when a running server owns it, by that server's API. */
@Command(
        name = "export",
        description =
                "Writes proxies in a format that other programs read. Filters are those of the API: values by comma,"
                        + " ! before one for all but it.",
        sortOptions = false)
final class ExportCommand implements Callable<Integer> {
    private static final String STANDARD = "-";

    @ParentCommand
    private Sluice sluice = new Sluice();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            description = "text, json, ndjson, csv, proxychains, clash, haproxy or pac; text unless given.",
            converter = FormatConverter.class)
    private ExportFormat format = ExportFormat.TEXT;

    @Option(
            names = "--output",
            paramLabel = "FILE",
            description =
                    "The file to write, which is replaced once it is whole; - for standard output, as when not given.")
    private String output = STANDARD;

    @Option(
            names = "--scope",
            paramLabel = "SCOPE",
            description = "alive, as when not given; or all: dead and archived ones, too.",
            converter = ScopeConverter.class)
    private Scope scope = Scope.ALIVE;

    @Mixin
    private FilterOptions filters = new FilterOptions();

    @Option(names = "--with-credentials", description = "Shows users and passwords of proxies.")
    private boolean credentials;

    @Mixin
    private OwnerOptions owner = new OwnerOptions();

    @Override
    public Integer call() throws Exception {
        // The outcome is the point here, not the life of the program.
        SluiceConfig config = sluice.load(List.of("log.level=warn")).config();
        Order order = new Order(format, scope, filters.parameters(), credentials, null);
        Interruption interruption = Interruption.listen();
        PrintWriter err = spec.commandLine().getErr();
        boolean standard = output.equals(STANDARD);
        ExportLine line = new ExportLine(err, !standard && System.console() != null);
        try (ExportOutput target =
                standard ? ExportOutput.standard() : ExportOutput.file(Path.of(output), credentials)) {
            Done done;
            try {
                done = write(config, order, target.stream(), interruption, line);
            } finally {
                line.wipe();
            }
            if (!done.complete()) {
                return interruption.exitCode();
            }
            target.keep();
            if (!done.leftOut().isEmpty() && !done.leftOut().equals("0")) {
                err.println("left out: " + done.leftOut());
                err.flush();
            }
            return ExitCode.DONE;
        }
    }

    private Done write(SluiceConfig config, Order order, OutputStream out, Interruption interruption, ExportLine line)
            throws Exception {
        return owner.run(
                config,
                (vertx, store) -> {
                    boolean connectOnly = config.check().mode() == CheckMode.CONNECT;
                    Exporter exporter = new Exporter(vertx, store, connectOnly, InstantSource.system());
                    try {
                        return done(Foreground.await(exporter.run(
                                order,
                                out,
                                progress -> line.show(progress.read(), progress.total(), progress.bytes()),
                                interruption::isAsked)));
                    } catch (CancellationException e) {
                        return Done.EARLY;
                    }
                },
                server -> {
                    ExportDesk desk = new ExportDesk(server, interruption, line);
                    return scope == Scope.ALIVE ? desk.alive(order, out) : desk.stored(order, out);
                });
    }

    private static Done done(Progress progress) throws IOException {
        if (progress.counts().written() == 0 && progress.counts().leftOut().isEmpty()) {
            throw new IOException("no proxy matches (expected: filters that leave some)");
        }
        return new Done(true, progress.counts().leftOutText());
    }

    /** Names of formats, as users type them. */
    static final class FormatConverter implements ITypeConverter<ExportFormat> {
        @Override
        public ExportFormat convert(String text) {
            ExportFormat format = ExportFormat.of(text);
            if (format == null) {
                throw new TypeConversionException(
                        text + " (expected: " + String.join(", ", ExportFormat.names()) + ")");
            }
            return format;
        }
    }

    /** Names of scopes, as users type them. */
    static final class ScopeConverter implements ITypeConverter<Scope> {
        @Override
        public Scope convert(String text) {
            Scope scope = Scope.of(text);
            if (scope == null) {
                throw new TypeConversionException(text + " (expected: alive, all)");
            }
            return scope;
        }
    }
}
