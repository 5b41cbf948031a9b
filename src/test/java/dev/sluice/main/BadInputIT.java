package dev.sluice.main;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a person reads, and a supervisor sees, when something is wrong. Drives the assembled jar. */
class BadInputIT {
    @TempDir
    private Path folder = Path.of(".");

    @Test
    void aBrokenYamlIsNamedWithItsLine() throws Exception {
        Path file = Files.writeString(folder.resolve("broken.yaml"), "server:\n  port: 8080\n   host: [\n");

        SluiceProcess ended = SluiceProcess.run(folder, "serve", "--config", file.toString());

        assertThat(ended.exitCode()).isEqualTo(ExitCode.USAGE);
        assertThat(ended.output()).contains("broken.yaml:").doesNotContain("at dev.sluice");
    }

    @Test
    void everyProblemOfAConfigurationIsToldAtOnce() throws Exception {
        Path file = Files.writeString(
                folder.resolve("wrong.yaml"),
                "server:\n  port: 70000\n  hots: 127.0.0.1\ncheck:\n  connect-timeout: soon\n");

        SluiceProcess ended = SluiceProcess.run(folder, "config", "check", "--config", file.toString());

        assertThat(ended.exitCode()).isEqualTo(ExitCode.USAGE);
        assertThat(ended.output())
                .contains("wrong.yaml:2", "server.port", "70000")
                .contains("wrong.yaml:3", "server.hots", "host")
                .contains("wrong.yaml:5", "check.connect-timeout", "soon");
    }

    @Test
    void anUnknownCommandOrOptionIsUsage() throws Exception {
        assertThat(SluiceProcess.run(folder, "srve").exitCode()).isEqualTo(ExitCode.USAGE);
        assertThat(SluiceProcess.run(folder, "serve", "--prot", "1").exitCode()).isEqualTo(ExitCode.USAGE);
    }

    @Test
    void anOpenAddressWithoutAKeyIsRefused() throws Exception {
        SluiceProcess ended = SluiceProcess.run(folder, "serve", "--set", "server.host=0.0.0.0");

        assertThat(ended.exitCode()).isEqualTo(ExitCode.USAGE);
        assertThat(ended.output()).contains("0.0.0.0", "SLUICE_ADMIN_KEY");
    }

    @Test
    void aPortInUseIsNamed() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            String port = String.valueOf(taken.getLocalPort());

            SluiceProcess ended = SluiceProcess.run(folder, quiet("serve", "--set", "server.port=" + port));

            assertThat(ended.exitCode()).isEqualTo(ExitCode.ADDRESS_IN_USE);
            assertThat(ended.output()).contains("server.port", port, "127.0.0.1");
        }
    }

    @Test
    void aDatabaseThatIsDownAtStartIsNamedWithoutItsPassword() throws Exception {
        int port = SluiceProcess.freePort();

        SluiceProcess ended = SluiceProcess.run(
                folder,
                quiet(
                        "serve",
                        "--set",
                        "store.url=postgresql://sluice:hush-hush@127.0.0.1:" + port + "/pool",
                        "--set",
                        "store.start-timeout=1s"));

        assertThat(ended.exitCode()).isEqualTo(ExitCode.DATABASE_UNREACHABLE);
        assertThat(ended.output()).contains("127.0.0.1:" + port).doesNotContain("hush-hush");
    }

    @Test
    void aSchemaNewerThanTheProgramIsLeftAlone() throws Exception {
        assertThat(SluiceProcess.run(folder, "migrate", "up").exitCode()).isEqualTo(ExitCode.DONE);
        Path database = folder.resolve("data/sluice.db");
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database);
                Statement statement = connection.createStatement()) {
            statement.execute("insert into schema_version select 9999, name, applied_at, checksum"
                    + " from schema_version order by version desc limit 1");
        }

        SluiceProcess ended = SluiceProcess.run(folder, quiet("serve"));

        assertThat(ended.exitCode()).isEqualTo(ExitCode.SCHEMA_NEWER);
        assertThat(ended.output()).contains("9999");
    }

    @Test
    void aListThatIsADirectoryIsNamed() throws Exception {
        SluiceProcess ended = SluiceProcess.run(folder, "import", folder.toString());

        assertThat(ended.exitCode()).isEqualTo(ExitCode.USAGE);
        assertThat(ended.output()).contains(folder.toString(), "directory");
    }

    @Test
    void aListThatIsMissingIsNamed() throws Exception {
        SluiceProcess ended = SluiceProcess.run(folder, "import", "nowhere.txt");

        assertThat(ended.exitCode()).isEqualTo(ExitCode.USAGE);
        assertThat(ended.output()).contains("nowhere.txt");
    }

    @Test
    void aSecondServerOnTheSameFileIsRefused() throws Exception {
        int port = SluiceProcess.freePort();
        try (SluiceProcess first = SluiceProcess.start(folder, quiet("serve", "--set", "server.port=" + port))) {
            first.until("readiness", () -> !SluiceProcess.get(port, "/ready").isEmpty());

            SluiceProcess second =
                    SluiceProcess.run(folder, quiet("serve", "--set", "server.port=" + SluiceProcess.freePort()));

            assertThat(second.exitCode()).isEqualTo(ExitCode.FAILED);
            assertThat(second.output()).contains("sluice.db").doesNotContain("at dev.sluice");
            assertThat(SluiceProcess.get(port, "/health")).isNotEmpty();
        }
    }

    /** Without fetching and checking: these tests are about the start. */
    private static String[] quiet(String... arguments) throws IOException {
        String[] all = java.util.Arrays.copyOf(arguments, arguments.length + 4);
        all[arguments.length] = "--set";
        all[arguments.length + 1] = "fetch.enabled=false";
        all[arguments.length + 2] = "--set";
        all[arguments.length + 3] = "schedule.enabled=false";
        return all;
    }
}
