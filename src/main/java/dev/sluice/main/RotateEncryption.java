package dev.sluice.main;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sluice.config.SluiceConfig;
import dev.sluice.port.Encryption;
import dev.sluice.secret.Reencryption;
import io.vertx.core.Future;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/**
 * {@code sluice keys rotate-encryption [STEP]}: in the database; or, when a running server owns it, by that server's API.
 */
@Command(
        name = "rotate-encryption",
        description = {
            "Changes the key that encrypts stored passwords of proxies, in steps, while everything goes on:",
            "add a key, promote it, re-encrypt everything, retire the old one. Without a step, the next one.",
            "unseal is no part of that: it writes everything in the clear, for an older version to read."
        })
final class RotateEncryption implements Callable<Integer> {
    private static final String PATH = "/api/v1/encryption";
    private static final String[] HEAD = {"KEY", "STATE", "PASSWORDS", "DIGEST KEY"};
    private static final long LOOK_MILLIS = 500;

    @ParentCommand
    private KeysCommand parent = new KeysCommand();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(
            arity = "0..1",
            paramLabel = "STEP",
            description = "status, add, promote, re-encrypt, retire or unseal.",
            converter = StepConverter.class)
    private @Nullable Wanted wanted;

    /** What may be asked for. */
    private enum Wanted {
        STATUS,
        ADD,
        PROMOTE,
        RE_ENCRYPT,
        RETIRE,
        UNSEAL;

        String text() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

        static Wanted of(String text) {
            for (Wanted one : values()) {
                if (one.text().equals(text)) {
                    return one;
                }
            }
            throw new TypeConversionException(text + " (expected: status, add, promote, re-encrypt, retire or unseal)");
        }
    }

    static final class StepConverter implements ITypeConverter<Wanted> {
        @Override
        public Wanted convert(String text) {
            return Wanted.of(text);
        }
    }

    @Override
    public Integer call() throws Exception {
        SluiceConfig config = parent.config();
        parent.owner()
                .runOpened(
                        config,
                        (vertx, opened) -> {
                            Desk desk = new InStore(
                                    opened.rotation(job ->
                                            Future.failedFuture(new IllegalStateException("nobody takes jobs here"))),
                                    opened.reencryption());
                            return take(desk);
                        },
                        server -> take(new AtServer(server)));
        return ExitCode.DONE;
    }

    private boolean take(Desk desk) throws Exception {
        PrintWriter err = spec.commandLine().getErr();
        Wanted step = wanted;
        if (step == null) {
            step = Wanted.of(desk.status().next());
            err.println("rotate-encryption: " + step.text());
            err.flush();
        }
        View view = step == Wanted.STATUS ? desk.status() : desk.take(step.text());
        List<String[]> rows = new ArrayList<>();
        for (ViewKey key : view.keys()) {
            rows.add(new String[] {key.id(), key.state(), Long.toString(key.passwords()), key.digestKey() ? "yes" : "no"
            });
        }
        Table.print(spec.commandLine().getOut(), HEAD, rows);
        err.println("keys from: " + view.source() + "; passwords in the clear: " + view.plain()
                + ", whose key is not here: " + view.unavailable() + "; next: " + view.next());
        err.flush();
        return true;
    }

    /** Where the steps are taken. */
    private interface Desk {
        View status() throws Exception;

        View take(String step) throws Exception;
    }

    private record ViewKey(String id, String state, long passwords, boolean digestKey) {}

    private record View(String source, List<ViewKey> keys, long plain, long unavailable, String next) {}

    /** In a database this process has opened. */
    private record InStore(Encryption encryption, Reencryption reencryption) implements Desk {
        @Override
        public View status() throws Exception {
            return view(Foreground.await(encryption.status()));
        }

        @Override
        public View take(String step) throws Exception {
            return switch (Wanted.of(step)) {
                case STATUS -> status();
                case ADD -> view(Foreground.await(encryption.add()));
                case PROMOTE -> view(Foreground.await(encryption.promote()));
                case RETIRE -> view(Foreground.await(encryption.retire()));
                case RE_ENCRYPT -> {
                    Foreground.await(reencryption.all());
                    yield status();
                }
                case UNSEAL -> {
                    Foreground.await(reencryption.unseal());
                    yield status();
                }
            };
        }

        private static View view(Encryption.Status status) {
            return new View(
                    status.source(),
                    status.keys().stream()
                            .map(key -> new ViewKey(key.id(), key.state(), key.rows(), key.digest()))
                            .toList(),
                    status.plain(),
                    status.unavailable(),
                    status.next().name().toLowerCase(Locale.ROOT).replace('_', '-'));
        }
    }

    /** At a server that owns its database. */
    private record AtServer(ServerClient server) implements Desk {
        @Override
        public View status() throws IOException, InterruptedException {
            return view(server.ask("GET", PATH), 200);
        }

        @Override
        public View take(String step) throws IOException, InterruptedException {
            if (step.equals(Wanted.UNSEAL.text())) {
                throw new UsageException("unseal: a server runs on this database (expected: none)");
            }
            ServerClient.Answer answer = server.ask("POST", PATH + '/' + step);
            if (!step.equals(Wanted.RE_ENCRYPT.text())) {
                return view(answer, 200);
            }
            answer.require(202);
            String job = answer.text("job");
            while (true) {
                ServerClient.Answer now = server.ask("GET", "/api/v1/jobs/" + job);
                now.require(200);
                String state = now.json().path("state").asText();
                if (state.equals("completed")) {
                    return status();
                }
                if (state.equals("failed") || state.equals("cancelled")) {
                    throw new IOException("job " + job + " ended as " + state + ": "
                            + now.json().path("error").asText() + " (expected: completed)");
                }
                TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
            }
        }

        private static View view(ServerClient.Answer answer, int expected) throws IOException {
            answer.require(expected);
            List<ViewKey> keys = new ArrayList<>();
            for (JsonNode key : answer.json().path("keys")) {
                keys.add(new ViewKey(
                        key.path("id").asText(),
                        key.path("state").asText(),
                        key.path("passwords").asLong(),
                        key.path("digest_key").asBoolean()));
            }
            return new View(
                    answer.text("source"),
                    keys,
                    answer.json().path("plain").asLong(),
                    answer.json().path("unavailable").asLong(),
                    answer.text("next"));
        }
    }
}
