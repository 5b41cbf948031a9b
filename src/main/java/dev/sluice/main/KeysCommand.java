package dev.sluice.main;

import dev.sluice.config.DurationFormat;
import dev.sluice.config.SluiceConfig;
import dev.sluice.port.KeyRecord.Role;
import dev.sluice.secret.ApiKeys;
import dev.sluice.secret.NewKey;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
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
 * {@code sluice keys create|list|revoke|rotate-encryption}: in the database; or, when a running server owns it, by that server's API.
 */
@Command(
        name = "keys",
        description = "Makes, shows and revokes API keys; changes the key that encrypts stored passwords.",
        subcommands = {
            KeysCommand.Create.class,
            KeysCommand.Show.class,
            KeysCommand.Revoke.class,
            RotateEncryption.class
        })
final class KeysCommand {
    @ParentCommand
    private Sluice sluice = new Sluice();

    @Mixin
    private OwnerOptions owner = new OwnerOptions();

    /** What is to be done at a desk. */
    @FunctionalInterface
    interface Errand<T> {
        T run(KeyDesk desk) throws Exception;
    }

    /** The configuration in force. */
    SluiceConfig config() {
        // The outcome is the point here, not the life of the program.
        return sluice.load(List.of("log.level=warn")).config();
    }

    OwnerOptions owner() {
        return owner;
    }

    /** Does an errand where the keys are. */
    <T> T run(Errand<T> errand) throws Exception {
        SluiceConfig config = config();
        return owner.run(
                config,
                (vertx, store) -> errand.run(new StoreDesk(Foreground.await(
                        ApiKeys.open(vertx, store.keys(), config.security(), DataDirectory.of(config.store()))))),
                server -> errand.run(new ServerDesk(server)));
    }

    /** Makes a key. */
    @Command(
            name = "create",
            description = "Makes a key and prints it, this once: the key alone on standard output, the rest beside it.")
    static final class Create implements Callable<Integer> {
        private static final Duration LONGEST_LIFE = Duration.ofDays(36_500);

        @ParentCommand
        private KeysCommand parent = new KeysCommand();

        @Spec
        private CommandSpec spec = CommandSpec.create();

        @Option(names = "--label", required = true, paramLabel = "LABEL", description = "What to call it.")
        private String label = "";

        @Option(
                names = "--role",
                required = true,
                split = ",",
                paramLabel = "ROLE",
                description = "read, feedback, admin; several by comma.",
                converter = RoleConverter.class)
        private Set<Role> roles = EnumSet.noneOf(Role.class);

        @Option(names = "--credentials", description = "Its answers show passwords of proxies.")
        private boolean credentials;

        @Option(
                names = "--expires",
                paramLabel = "DURATION",
                description = "How long it lives, such as 90d; for ever unless given.",
                converter = LifeConverter.class)
        private @Nullable Duration life;

        @Option(
                names = "--rate",
                paramLabel = "N",
                description = "Requests a second; security.requests-per-key unless given.",
                converter = RateConverter.class)
        private int rate;

        @Override
        public Integer call() throws Exception {
            NewKey wanted = wanted();
            KeyDesk.Made made = parent.run(desk -> desk.create(wanted));
            PrintWriter err = spec.commandLine().getErr();
            err.println("key " + made.id() + " (" + wanted.label() + ") was made. It is shown this once:");
            err.flush();
            PrintWriter out = spec.commandLine().getOut();
            out.println(made.text());
            out.flush();
            return ExitCode.DONE;
        }

        private NewKey wanted() {
            try {
                long expires = life == null ? 0 : System.currentTimeMillis() + life.toMillis();
                return new NewKey(label, roles, credentials, expires, rate);
            } catch (IllegalArgumentException e) {
                throw new UsageException("--" + e.getMessage());
            }
        }

        static final class RoleConverter implements ITypeConverter<Role> {
            @Override
            public Role convert(String text) {
                Role role = Role.of(text);
                if (role == null) {
                    throw new TypeConversionException(text + " (expected: read, feedback, admin)");
                }
                return role;
            }
        }

        static final class LifeConverter implements ITypeConverter<Duration> {
            @Override
            public Duration convert(String text) {
                Duration life;
                try {
                    life = DurationFormat.parse(text);
                } catch (IllegalArgumentException e) {
                    throw new TypeConversionException(String.valueOf(e.getMessage()));
                }
                if (life.isZero() || life.compareTo(LONGEST_LIFE) > 0) {
                    throw new TypeConversionException(text + " (expected: more than 0, up to 36500d)");
                }
                return life;
            }
        }

        static final class RateConverter implements ITypeConverter<Integer> {
            @Override
            public Integer convert(String text) {
                int rate = text.matches("[0-9]{1,7}") ? Integer.parseInt(text) : 0;
                if (rate < 1 || rate > NewKey.MAX_RATE) {
                    throw new TypeConversionException(text + " (expected: 1.." + NewKey.MAX_RATE + ")");
                }
                return rate;
            }
        }
    }

    /** Shows keys. */
    @Command(name = "list", description = "Shows every key, without its secret.")
    static final class Show implements Callable<Integer> {
        private static final String[] HEAD = {
            "ID", "STATE", "ROLES", "CREDENTIALS", "RATE", "CREATED", "EXPIRES", "LAST USED", "LABEL"
        };

        @ParentCommand
        private KeysCommand parent = new KeysCommand();

        @Spec
        private CommandSpec spec = CommandSpec.create();

        @Override
        public Integer call() throws Exception {
            List<KeyDesk.Row> rows = parent.run(KeyDesk::list);
            List<String[]> cells = rows.stream()
                    .map(row -> new String[] {
                        row.id(),
                        row.state(),
                        row.roles(),
                        row.credentials() ? "yes" : "no",
                        row.rate(),
                        row.created(),
                        row.expires(),
                        row.lastUsed(),
                        row.label()
                    })
                    .toList();
            Table.print(spec.commandLine().getOut(), HEAD, cells);
            return ExitCode.DONE;
        }
    }

    /** Revokes keys. */
    @Command(name = "revoke", description = "Revokes a key: it is refused from now on.")
    static final class Revoke implements Callable<Integer> {
        @ParentCommand
        private KeysCommand parent = new KeysCommand();

        @Spec
        private CommandSpec spec = CommandSpec.create();

        @Parameters(paramLabel = "ID", description = "Its id, as keys list shows it.")
        private String id = "";

        @Override
        public Integer call() throws Exception {
            if (!id.matches("[A-Za-z0-9]{1,64}")) {
                // Perhaps somebody gave the whole key: it is not to be printed.
                throw new UsageException("ID: " + id.length()
                        + " characters (expected: 12 letters and digits, as keys list shows them)");
            }
            PrintWriter err = spec.commandLine().getErr();
            if (!parent.run(desk -> desk.revoke(id))) {
                err.println("sluice: key " + id + " (expected: one that keys list shows)");
                return ExitCode.FAILED;
            }
            err.println("key " + id + " is revoked");
            return ExitCode.DONE;
        }
    }
}
