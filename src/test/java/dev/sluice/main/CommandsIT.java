package dev.sluice.main;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands of the README, as a person would type them. */
class CommandsIT {
    private static final Pattern ADDRESS = Pattern.compile("http://([0-9.]+):([0-9]+)");
    private static final Pattern TARGET = Pattern.compile("target\\s+(http://[0-9.:]+/)");

    @TempDir
    private Path folder = Path.of(".");

    @Test
    void theDemoServesAProxyThatFetchesAPage() throws Exception {
        int port = SluiceProcess.freePort();
        int farmPort = SluiceProcess.freePort();
        try (SluiceProcess demo = SluiceProcess.start(
                folder, "demo", "--count=300", "--farm-port=" + farmPort, "--set", "server.port=" + port)) {
            demo.until("a proxy", () -> open(port).find());
            demo.until(
                    "a proxy in Germany",
                    () -> ADDRESS.matcher(SluiceProcess.get(port, "/get-proxy?country=DE"))
                            .find());

            String page = through(open(port), "http://127.0.0.1:" + farmPort + "/");

            assertThat(page).contains("farm");
            assertThat(demo.output()).contains("localhost:" + port + "/get-proxy");
            assertThat(demo.terminate()).isIn(0, 143);
            assertThat(folder.resolve("data"))
                    .as("a demo leaves nothing behind")
                    .doesNotExist();
        }
    }

    @Test
    void theFarmTellsWhatEachEntryIs() throws Exception {
        Path truth = folder.resolve("truth.ndjson");
        try (SluiceProcess farm =
                SluiceProcess.start(folder, "farm", "--count=50", "--farm-port=0", "--mix=even", "--truth=" + truth)) {
            farm.until("its addresses", () -> TARGET.matcher(farm.output()).find());

            assertThat(Files.readAllLines(truth))
                    .hasSizeGreaterThanOrEqualTo(50)
                    .allMatch(line -> line.contains("\"servable\""));
            assertThat(farm.terminate()).isIn(0, 143);
        }
    }

    @Test
    void anImportSaysWhatBecameOfTheList() throws Exception {
        Path list = Files.writeString(
                folder.resolve("list.txt"), "163.172.44.10:3128\n10.0.0.1:80\nsocks5://163.172.44.12:1080\nnonsense\n");
        Path report = folder.resolve("report.ndjson");

        SluiceProcess first = SluiceProcess.run(folder, "import", list.toString(), "--report", report.toString());
        SluiceProcess second = SluiceProcess.run(folder, "import", list.toString(), "--merge", "skip");
        SluiceProcess dry = SluiceProcess.run(folder, "import", list.toString(), "--dry-run");

        assertThat(first.exitCode()).isEqualTo(ExitCode.DONE);
        assertThat(first.output())
                .contains("4 lines")
                .contains("new 2, known 0")
                .contains("non-public");
        assertThat(Files.readAllLines(report)).hasSize(4);
        assertThat(second.output()).contains("new 0, known 2");
        assertThat(dry.output()).contains("nothing stored");
    }

    @Test
    void anImportedListIsThereWhenTheServerStarts() throws Exception {
        Path list = Files.writeString(folder.resolve("list.txt"), "127.9.9.1:3128\n127.9.9.2:3128\n");
        int port = SluiceProcess.freePort();
        try (SluiceProcess server = SluiceProcess.start(
                folder,
                "serve",
                "--import",
                list.toString(),
                "--set",
                "server.port=" + port,
                "--set",
                "fetch.enabled=false",
                "--set",
                "schedule.enabled=false")) {
            server.until(
                    "the list", () -> SluiceProcess.get(port, "/stat").contains("\"import:list.txt\":{\"listed\":2"));
        }
    }

    @Test
    void aReloadAppliesWhatItCanAndABrokenFileChangesNothing() throws Exception {
        int port = SluiceProcess.freePort();
        String quiet = "server:\n  port: " + port + "\nfetch:\n  enabled: false\nschedule:\n  enabled: false\n";
        Path file = Files.writeString(folder.resolve("sluice.yaml"), quiet);
        try (SluiceProcess server = SluiceProcess.start(folder, "serve", "--config", file.toString())) {
            server.until("readiness", () -> !SluiceProcess.get(port, "/ready").isEmpty());

            Files.writeString(file, quiet + "pool:\n  strategy: random\nstore:\n  connections: 9\n");
            HttpResponse<String> applied = post(port, "/reload");
            assertThat(applied.statusCode()).isEqualTo(200);
            assertThat(applied.body()).contains("pool.strategy", "store.connections");
            assertThat(SluiceProcess.get(port, "/stat")).contains("\"strategy\":\"random\"");

            Files.writeString(file, quiet + "pool:\n  strategy: guess\n");
            HttpResponse<String> refused = post(port, "/reload");
            assertThat(refused.statusCode()).isBetween(400, 499);
            assertThat(refused.body()).contains("pool.strategy", "guess");
            assertThat(SluiceProcess.get(port, "/stat")).contains("\"strategy\":\"random\"");
        }
    }

    @Test
    void aSignalAndAChangedFileAreReloadsAndARollbackBringsTheFirstFileBack() throws Exception {
        int port = SluiceProcess.freePort();
        String quiet =
                "server: {port: " + port + ", watch-config: 0s}\nfetch: {enabled: false}\nschedule: {enabled: false}\n";
        Path file = Files.writeString(folder.resolve("sluice.yaml"), quiet);
        try (SluiceProcess server = SluiceProcess.start(folder, "serve", "--config", file.toString())) {
            server.until("readiness", () -> SluiceProcess.get(port, "/ready").contains("ready"));

            String watched = quiet.replace("watch-config: 0s", "watch-config: 200ms");
            Files.writeString(file, watched + "pool: {strategy: random}\n");
            server.hangUp();
            server.until("the signal", () -> strategyIs(port, "random"));

            Files.writeString(file, watched + "pool: {strategy: round-robin}\n");
            server.until("the changed file", () -> strategyIs(port, "round-robin"));

            String[] rollback = {"config", "rollback", "--config", file.toString()};
            assertThat(SluiceProcess.run(folder, rollback).output()).contains("changes: pool.strategy", "has read it");
            assertThat(strategyIs(port, "random")).isTrue();
            assertThat(SluiceProcess.run(folder, "config", "history", "--config", file.toString())
                            .output())
                    .contains("the present file");
            assertThat(SluiceProcess.run(folder, "doctor", "--config", file.toString())
                            .output())
                    .contains("server: runs, ready");
        }
    }

    private static boolean strategyIs(int port, String strategy) {
        return SluiceProcess.get(port, "/stat").contains("\"strategy\":\"" + strategy + '"');
    }

    @Test
    void theSchemaGoesDownAndUpAgain() throws Exception {
        assertThat(SluiceProcess.run(folder, "migrate", "up").output()).contains("applied");
        assertThat(SluiceProcess.run(folder, "migrate", "down").output()).contains("copy");
        assertThat(SluiceProcess.run(folder, "migrate", "status").output()).contains("not applied");
        assertThat(SluiceProcess.run(folder, "migrate", "up").output()).doesNotContain("not applied");
    }

    @Test
    void theVersionAndASoundConfigurationAreTold() throws Exception {
        assertThat(SluiceProcess.run(folder, "--version").output()).startsWith("sluice 0.");
        assertThat(SluiceProcess.run(folder, "config", "check").output()).contains("sound");
    }

    /** An HTTP proxy of the pool that asks for no password. */
    private static Matcher open(int port) {
        return ADDRESS.matcher(SluiceProcess.get(port, "/get-proxy?protocol=http&limit=50"));
    }

    private static String through(Matcher proxy, String url) throws IOException, InterruptedException {
        assertThat(proxy.find()).isTrue();
        HttpClient client = HttpClient.newBuilder()
                .proxy(ProxySelector.of(new InetSocketAddress(proxy.group(1), Integer.parseInt(proxy.group(2)))))
                .build();
        return client.send(request(url).GET().build(), HttpResponse.BodyHandlers.ofString())
                .body();
    }

    private static HttpResponse<String> post(int port, String path) throws IOException, InterruptedException {
        return HttpClient.newHttpClient()
                .send(
                        request("http://127.0.0.1:" + port + path)
                                .POST(HttpRequest.BodyPublishers.noBody())
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
    }

    private static HttpRequest.Builder request(String url) {
        return HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(10));
    }
}
