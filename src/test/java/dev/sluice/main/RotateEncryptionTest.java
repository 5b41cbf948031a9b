package dev.sluice.main;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.config.ConfigLoader;
import dev.sluice.config.EncryptionConfig;
import dev.sluice.message.Candidate;
import dev.sluice.message.CandidatesFound;
import dev.sluice.port.CredentialRow;
import dev.sluice.port.Merge;
import dev.sluice.proxy.Credentials;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import dev.sluice.secret.CredentialVault;
import dev.sluice.store.ProxyStore;
import dev.sluice.store.Stores;
import dev.sluice.store.TestVaults;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code keys rotate-encryption} in a database that nobody owns, and beside a server that owns it. */
class RotateEncryptionTest {
    private static final String PATH = "/api/v1/encryption";
    private static final ProxyKey ANN = new ProxyKey(Scheme.HTTP, "192.0.2.1", 80, Credentials.of("ann", "password"));

    private final Vertx vertx = Vertx.vertx();
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private PlayedServer server;

    @TempDir
    private Path folder = Path.of(".");

    @BeforeEach
    void start() throws Exception {
        server = new PlayedServer();
        ProxyStore store = open();
        store.keep(new CandidatesFound("list", 1, List.of(new Candidate(ANN, 0, null))), Merge.UPDATE)
                .await();
        store.close().await();
    }

    @AfterEach
    void stop() {
        server.close();
        vertx.close().await();
    }

    private ProxyStore open() {
        CredentialVault vault = CredentialVault.open(vertx, EncryptionConfig.USUAL, folder, new SimpleMeterRegistry())
                .await();
        return Stores.open(
                        vertx,
                        ConfigLoader.defaults("store.url=sqlite:" + folder.resolve("sluice.db"))
                                .store(),
                        vault)
                .await();
    }

    private CredentialRow row() {
        ProxyStore store = Stores.open(
                        vertx,
                        ConfigLoader.defaults("store.url=sqlite:" + folder.resolve("sluice.db"))
                                .store(),
                        TestVaults.older())
                .await();
        try {
            return store.credentials().page(0, 1).await().get(0);
        } finally {
            store.close().await();
        }
    }

    private int rotate(List<String> words, String... settings) {
        List<String> all = new ArrayList<>(List.of("keys", "rotate-encryption"));
        all.addAll(words);
        Settings.add(all, "store.url=sqlite:" + folder.resolve("sluice.db"));
        Settings.add(all, "server.port=" + server.port());
        for (String setting : settings) {
            Settings.add(all, setting);
        }
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        return new picocli.CommandLine(new Sluice())
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .setExecutionExceptionHandler((failure, command, parsed) -> {
                    command.getErr().println(Failures.describe(failure));
                    return ExitCode.of(failure);
                })
                .execute(all.toArray(String[]::new));
    }

    /** While the database has another owner, as when a server runs. */
    private int beside(List<String> words, String... settings) {
        List<String> all = new ArrayList<>(words);
        all.add("--key");
        all.add(PlayedServer.KEY);
        ProxyStore owned = open();
        try {
            return rotate(all, settings);
        } finally {
            owned.close().await();
        }
    }

    @Test
    void withoutAStepItTakesTheNextOne() {
        String first = row().stored();
        for (String step : List.of("add", "promote", "re-encrypt", "retire", "add")) {
            assertThat(rotate(List.of())).as(err.toString()).isEqualTo(ExitCode.DONE);
            assertThat(err.toString()).startsWith("rotate-encryption: " + step);
        }

        assertThat(rotate(List.of("status"))).isEqualTo(ExitCode.DONE);
        assertThat(out.toString().lines())
                .hasSize(3)
                .anySatisfy(line -> assertThat(line).contains("primary", "1", "yes"))
                .anySatisfy(line -> assertThat(line).contains("next", "0", "no"));
        assertThat(err.toString())
                .contains("keys from: file; passwords in the clear: 0, whose key is not here: 0; next: promote");
        assertThat(row().stored()).startsWith("v1:").isNotEqualTo(first);
        ProxyStore store = open();
        assertThat(store.find(ANN).await().orElseThrow().key()).isEqualTo(ANN);
        store.close().await();
    }

    @Test
    void aStepOutOfTurnIsRefused() {
        assertThat(rotate(List.of("promote"))).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString()).contains("promote: no key was added (expected: add first)");
        assertThat(rotate(List.of("turn"))).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("turn (expected: status, add, promote, re-encrypt, retire or unseal)");
    }

    @Test
    void everythingIsWrittenInTheClearForAnOlderVersion() {
        assertThat(rotate(List.of("unseal"))).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("security.encryption.seal: true (expected: false");
        assertThat(row().stored()).startsWith("v1:");

        assertThat(rotate(List.of("unseal"), "security.encryption.seal=false"))
                .as(err.toString())
                .isEqualTo(ExitCode.DONE);

        assertThat(row().stored()).isEqualTo("password");
        assertThat(err.toString()).contains("passwords in the clear: 1");
        assertThat(rotate(List.of("unseal"), "security.encryption.seal=false"))
                .as("once more changes nothing")
                .isEqualTo(ExitCode.DONE);
        open().close().await();
        assertThat(row().stored()).startsWith("v1:");
    }

    @Test
    void beforeARunningServerEverythingStays() {
        assertThat(beside(List.of("unseal"), "security.encryption.seal=false")).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("a server runs on this database (expected: none)");
        assertThat(server.asked).isEmpty();
    }

    private static String status(String next) {
        return "{\"source\":\"file\",\"managed\":true,\"encrypts\":true,\"keys\":[{\"id\":\"5f2c81aa\","
                + "\"state\":\"primary\",\"passwords\":7,\"digest_key\":true}],\"plain\":2,\"unavailable\":3,"
                + "\"next\":\"" + next + "\"}";
    }

    @Test
    void aRunningServerTakesTheStep() {
        server.answers("GET " + PATH, 200, status("re-encrypt"));
        server.answers("POST " + PATH + "/re-encrypt", 202, "{\"job\":\"j1\",\"known\":false}");
        server.answers("GET /api/v1/jobs/j1", 200, "{\"state\":\"processing\"}");
        server.answers("GET /api/v1/jobs/j1", 200, "{\"state\":\"completed\"}");

        assertThat(beside(List.of())).as(err.toString()).isEqualTo(ExitCode.DONE);

        assertThat(server.asked)
                .containsExactly(
                        "GET " + PATH + " root ",
                        "POST " + PATH + "/re-encrypt root ",
                        "GET /api/v1/jobs/j1 root ",
                        "GET /api/v1/jobs/j1 root ",
                        "GET " + PATH + " root ");
        assertThat(out.toString()).contains("5f2c81aa", "primary", "7", "yes");
        assertThat(err.toString()).contains("passwords in the clear: 2, whose key is not here: 3");
    }

    @Test
    void whatARunningServerRefusesIsTold() {
        server.answers("POST " + PATH + "/retire", 409, "{\"detail\":\"retire: no old key\"}");

        assertThat(beside(List.of("retire"))).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString()).contains("retire: no old key");

        server.answers("POST " + PATH + "/re-encrypt", 202, "{\"job\":\"j1\",\"known\":false}");
        server.answers("GET /api/v1/jobs/j1", 200, "{\"state\":\"failed\",\"error\":\"the disk is full\"}");
        assertThat(beside(List.of("re-encrypt"))).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString()).contains("job j1 ended as failed: the disk is full");
    }
}
