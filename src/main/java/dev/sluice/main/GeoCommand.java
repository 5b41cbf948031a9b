package dev.sluice.main;

import dev.sluice.config.GeoConfig;
import dev.sluice.config.SluiceConfig;
import dev.sluice.geo.DatabaseUpdate;
import dev.sluice.geo.Geo;
import dev.sluice.net.GuardedHttp;
import dev.sluice.net.Names;
import dev.sluice.parse.AddressPolicy;
import dev.sluice.parse.IpAddress;
import dev.sluice.port.Locator;
import dev.sluice.proxy.Location;
import dev.sluice.proxy.NetworkType;
import dev.sluice.proxy.Secret;
import io.vertx.core.Future;
import java.io.PrintWriter;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code sluice geo update|lookup|databases}. */
@Command(
        name = "geo",
        description = "Fetches geo databases, and tells where addresses are.",
        subcommands = {GeoCommand.Update.class, GeoCommand.LookUp.class, GeoCommand.Databases.class})
final class GeoCommand {
    @ParentCommand
    private Sluice sluice = new Sluice();

    /** The outcome is the point here, not the life of the program. */
    private SluiceConfig config() {
        return sluice.load(List.of("log.level=warn")).config();
    }

    private static String day(long millis) {
        return Instant.ofEpochMilli(millis)
                .atOffset(ZoneOffset.UTC)
                .toLocalDate()
                .toString();
    }

    /** Fetches databases. */
    @Command(
            name = "update",
            description =
                    "Fetches databases: MaxMind's editions, or one from any address. A running server reads them by"
                            + " itself. What is there stays when anything goes wrong.",
            sortOptions = false)
    static final class Update implements Callable<Integer> {
        private static final String NAME = "[A-Za-z0-9][A-Za-z0-9._-]{0,100}\\.mmdb";

        @ParentCommand
        private GeoCommand parent = new GeoCommand();

        @Spec
        private CommandSpec spec = CommandSpec.create();

        @Parameters(
                arity = "0..*",
                paramLabel = "EDITION",
                description = "Editions of MaxMind's, such as GeoLite2-City; geo.editions unless given.")
        private List<String> editions = new ArrayList<>();

        @Option(
                names = "--url",
                paramLabel = "URL",
                description = "Fetches this file instead: .mmdb, alone, as .gz or in a .tar.gz.")
        private @Nullable String url;

        @Option(names = "--sha256", paramLabel = "HEX", description = "Checksum that the file of --url must have.")
        private @Nullable String sha256;

        @Option(
                names = "--name",
                paramLabel = "FILE",
                description = "What to call the file of --url; as the address has it unless given.")
        private @Nullable String name;

        @Option(
                names = "--directory",
                paramLabel = "DIR",
                description = "Where to put databases; geo.directory unless given.")
        private @Nullable Path directory;

        @Override
        public Integer call() throws Exception {
            String address = url;
            if (address == null && (sha256 != null || name != null)) {
                throw new UsageException(
                        (sha256 == null ? "--name" : "--sha256") + ": without --url (expected: together)");
            }
            if (address != null && !editions.isEmpty()) {
                throw new UsageException("--url: " + editions.get(0) + " is asked for too (expected: one of both)");
            }
            SluiceConfig config = parent.config();
            return address == null ? fetchEditions(config) : fetch(config, address);
        }

        private int fetch(SluiceConfig config, String address) throws Exception {
            String checksum = sha256;
            if (checksum != null && !checksum.matches("[0-9a-fA-F]{64}")) {
                throw new UsageException("--sha256: " + checksum + " (expected: 64 hexadecimal digits)");
            }
            URI from = uri(address);
            String file = name == null ? nameIn(from) : name;
            if (!file.matches(NAME)) {
                throw new UsageException("--name: " + file + " (expected: a file name that ends in .mmdb)");
            }
            return run(config, List.of(file), (update, wanted) -> update.fetch(from, checksum, wanted));
        }

        private static URI uri(String address) {
            try {
                URI parsed = new URI(address);
                if (parsed.getHost() != null) {
                    return parsed;
                }
            } catch (URISyntaxException e) {
                // As without a host; the address may hold a key, so that it is not shown.
            }
            throw new UsageException("--url: no address (expected: https://host/path/file.mmdb)");
        }

        /** Last part of the path, as an unpacked database is called. */
        private static String nameIn(URI from) {
            String path = from.getPath() == null ? "" : from.getPath();
            return path.substring(path.lastIndexOf('/') + 1).replaceFirst("(\\.mmdb)?(\\.tar)?(\\.gz|\\.tgz)?$", "")
                    + ".mmdb";
        }

        private int fetchEditions(SluiceConfig config) throws Exception {
            GeoConfig geo = config.geo();
            List<String> wanted = editions.isEmpty() ? geo.editions() : editions;
            for (String edition : wanted) {
                if (!edition.matches("[A-Za-z0-9][A-Za-z0-9-]{0,63}")) {
                    throw new UsageException("EDITION: " + edition + " (expected: such as GeoLite2-City)");
                }
            }
            String account = geo.accountId();
            Secret key = geo.licenseKey();
            if (account == null || key == null) {
                throw new UsageException((account == null ? "geo.account-id" : "geo.license-key")
                        + ": missing (expected: those of a MaxMind account, or --url)");
            }
            return run(config, wanted, (update, edition) -> update.edition(geo.downloadUrl(), account, key, edition));
        }

        /** Fetches one database. */
        @FunctionalInterface
        private interface Step {
            Future<DatabaseUpdate.Outcome> of(DatabaseUpdate update, String wanted);
        }

        /** One after the other; what fails does not hold up the rest. */
        private int run(SluiceConfig config, List<String> wanted, Step step) throws Exception {
            Path into = directory == null ? GeoRoom.directory(config) : directory.toAbsolutePath();
            return Foreground.beside((vertx, telemetry) -> {
                AddressPolicy policy = new AddressPolicy(config.net().allowedNetworks(), false);
                Names names = new Names(vertx, policy);
                GuardedHttp http = new GuardedHttp(vertx, names, policy);
                DatabaseUpdate update = new DatabaseUpdate(
                        vertx, http, into, config.geo().maxDatabase().bytes());
                int code = ExitCode.DONE;
                for (String one : wanted) {
                    try {
                        tell(config.geo(), Foreground.await(step.of(update, one)));
                    } catch (java.io.IOException e) {
                        err().println(Failures.describe(e));
                        code = ExitCode.FAILED;
                    }
                }
                Foreground.await(update.close().eventually(http::close).eventually(names::close));
                return code;
            });
        }

        private PrintWriter err() {
            return spec.commandLine().getErr();
        }

        private void tell(GeoConfig config, DatabaseUpdate.Outcome outcome) {
            PrintWriter out = spec.commandLine().getOut();
            out.println(outcome.file() + ": " + outcome.type() + " of " + day(outcome.builtAtMillis())
                    + (outcome.changed() ? "" : ", nothing newer is there"));
            out.flush();
            List<Path> asked = config.databases().stream()
                    .map(database -> Path.of(database).toAbsolutePath().normalize())
                    .toList();
            if (!asked.isEmpty() && !asked.contains(outcome.file().normalize())) {
                err().println("note: geo.databases does not name " + outcome.file() + ", so that no server asks it");
            }
        }
    }

    /** Looks addresses up. */
    @Command(
            name = "lookup",
            description =
                    "Tells where addresses are, as a server with this configuration would; no web service is asked."
                            + " What is no address is named, and does not hold up the rest.")
    static final class LookUp implements Callable<Integer> {
        private static final String[] HEAD = {
            "ADDRESS", "COUNTRY", "REGION", "ASN", "TYPE", "ORIGIN", "CITY", "ORGANISATION"
        };

        @ParentCommand
        private GeoCommand parent = new GeoCommand();

        @Spec
        private CommandSpec spec = CommandSpec.create();

        @Parameters(arity = "1..*", paramLabel = "ADDRESS", description = "IPv4 or IPv6 addresses.")
        private List<String> addresses = new ArrayList<>();

        @Override
        public Integer call() {
            PrintWriter err = spec.commandLine().getErr();
            SluiceConfig config = parent.config();
            Geo geo = Geo.read(config.geo(), GeoRoom.directory(config));
            List<String[]> rows = new ArrayList<>();
            for (String address : addresses) {
                if (IpAddress.parse(address) == null) {
                    err.println("ADDRESS: " + address + " (expected: an IPv4 or IPv6 address)");
                    continue;
                }
                Location location = geo.locate(address);
                rows.add(new String[] {
                    address,
                    shown(location.country(), Function.identity()),
                    shown(location.region(), Function.identity()),
                    location.asn() == 0 ? "-" : "AS" + location.asn(),
                    shown(location.type(), NetworkType::text),
                    shown(location.origin(), Function.identity()),
                    shown(location.city(), Function.identity()),
                    shown(location.organisation(), Function.identity())
                });
            }
            if (!rows.isEmpty()) {
                Table.print(spec.commandLine().getOut(), HEAD, rows);
                geo.databases().stream()
                        .map(Locator.Database::attribution)
                        .filter(attribution -> attribution != null)
                        .distinct()
                        .forEach(err::println);
            }
            err.flush();
            return rows.size() == addresses.size() ? ExitCode.DONE : ExitCode.USAGE;
        }

        private static <T> String shown(@Nullable T value, Function<T, String> text) {
            return value == null ? "-" : text.apply(value);
        }
    }

    /** Shows databases. */
    @Command(
            name = "databases",
            description = "Shows the databases that a server with this configuration asks, in order.")
    static final class Databases implements Callable<Integer> {
        private static final String[] HEAD = {"NAME", "TYPE", "BUILT", "ADDRESSES", "ATTRIBUTION"};

        @ParentCommand
        private GeoCommand parent = new GeoCommand();

        @Spec
        private CommandSpec spec = CommandSpec.create();

        @Override
        public Integer call() {
            SluiceConfig config = parent.config();
            Geo geo = Geo.read(config.geo(), GeoRoom.directory(config));
            List<String[]> rows = new ArrayList<>();
            for (Locator.Database database : geo.databases()) {
                String attribution = database.attribution();
                rows.add(new String[] {
                    database.name(),
                    database.type(),
                    day(database.builtAtMillis()),
                    database.ipVersion() == 4 ? "IPv4" : "IPv4, IPv6",
                    attribution == null ? "-" : attribution
                });
            }
            Table.print(spec.commandLine().getOut(), HEAD, rows);
            PrintWriter err = spec.commandLine().getErr();
            geo.problems().forEach(problem -> err.println("warning: " + problem));
            err.flush();
            return geo.problems().isEmpty() ? ExitCode.DONE : ExitCode.FAILED;
        }
    }
}
