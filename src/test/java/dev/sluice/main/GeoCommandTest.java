package dev.sluice.main;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.sluice.geo.mmdb.TestDatabases;
import dev.sluice.geo.mmdb.TinyMmdb;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class GeoCommandTest {
    @TempDir
    private Path folder = Path.of(".");

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... arguments) {
        List<String> all = new ArrayList<>(Arrays.asList(arguments));
        all.addAll(List.of("--set", "geo.directory=" + folder, "--set", "net.allowed-networks=127.0.0.0/8"));
        return new CommandLine(new Sluice())
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .setExecutionExceptionHandler((failure, command, parsed) -> {
                    command.getErr().println(Failures.describe(failure));
                    return ExitCode.of(failure);
                })
                .execute(all.toArray(new String[0]));
    }

    @Test
    void addressesAreLookedUp() throws Exception {
        Files.write(folder.resolve("GeoIP2-City.mmdb"), TestDatabases.bytes("GeoIP2-City-Test.mmdb"));

        assertThat(run("geo", "lookup", "81.2.69.142", "10.0.0.1", "2a00:1450:4001:80b::200e"))
                .isZero();

        assertThat(out.toString().lines().skip(1).toList().get(0))
                .contains("81.2.69.142", "GB", "EU", "city", "London");
        assertThat(out.toString().lines().skip(2).toList().get(0)).matches("10\\.0\\.0\\.1 +-.*");
        assertThat(err.toString()).contains("IP Geolocation by DB-IP, https://db-ip.com");
    }

    @Test
    void whatIsNoAddressDoesNotHoldUpTheRest() {
        int code = run(
                "geo",
                "lookup",
                "nonsense",
                "127.0.0.9",
                "300.1.1.1",
                "--set",
                "geo.networks=[{network: 127.0.0.0/8, country: DE, city: Berlin, asn: 64496, type: mobile}]");

        assertThat(code).isEqualTo(ExitCode.USAGE);
        assertThat(out.toString().lines().toList())
                .hasSize(2)
                .satisfies(lines -> assertThat(lines.get(0)).matches("ADDRESS +COUNTRY +REGION +ASN +TYPE +ORIGIN +.*"))
                .satisfies(lines ->
                        assertThat(lines.get(1)).matches("127\\.0\\.0\\.9 +DE +EU +AS64496 +mobile +table +Berlin.*"));
        assertThat(err.toString())
                .contains("ADDRESS: nonsense (expected: an IPv4 or IPv6 address)", "ADDRESS: 300.1.1.1 (expected:");
    }

    @Test
    void databasesAreShownInTheirOrderWithWhatIsWrong() throws Exception {
        Files.write(folder.resolve("GeoIP2-City.mmdb"), TestDatabases.bytes("GeoIP2-City-Test.mmdb"));
        Files.writeString(folder.resolve("broken.mmdb"), "no database");

        assertThat(run("geo", "databases")).isEqualTo(ExitCode.FAILED);

        assertThat(out.toString().lines().toList().get(1)).contains("GeoIP2-City.mmdb", "GeoIP2-City", "IPv4, IPv6");
        assertThat(out.toString().lines().toList().get(2)).contains("built-in", "country ipvAll", "db-ip.com");
        assertThat(err.toString()).contains("warning: broken.mmdb: ");
    }

    @Test
    void aFileIsFetchedFromAnyAddress() throws Exception {
        byte[] file = TinyMmdb.everywhere("DE");
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/lists/own.mmdb", exchange -> {
            exchange.sendResponseHeaders(200, file.length);
            exchange.getResponseBody().write(file);
            exchange.close();
        });
        server.start();
        String url = "http://127.0.0.1:" + server.getAddress().getPort() + "/lists/own.mmdb";
        try {
            assertThat(run("geo", "update", "--url", url)).as(err.toString()).isZero();
            assertThat(folder.resolve("own.mmdb")).hasBinaryContent(file);
            assertThat(out.toString()).contains("own.mmdb: country ipv4 of 2023-11-14");

            assertThat(run("geo", "update", "--url", url, "--sha256", "0".repeat(64)))
                    .isEqualTo(ExitCode.FAILED);
            assertThat(err.toString()).contains("own.mmdb: the download has SHA-256");
            assertThat(folder.resolve("own.mmdb")).hasBinaryContent(file);
        } finally {
            server.stop(0);
        }
    }

    @Test
    void editionsAreFetchedWithTheAccountOfTheConfiguration() throws Exception {
        List<String> asked = new ArrayList<>();
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            asked.add(exchange.getRequestURI().toString());
            exchange.sendResponseHeaders(401, -1);
            exchange.close();
        });
        server.start();
        try {
            int code = run(
                    "geo", "update",
                    "--set", "geo.account-id=123456",
                    "--set", "geo.license-key=s3cret",
                    "--set",
                            "geo.download-url=http://127.0.0.1:"
                                    + server.getAddress().getPort());

            assertThat(code).isEqualTo(ExitCode.FAILED);
            assertThat(asked)
                    .containsExactly(
                            "/geoip/databases/GeoLite2-City/download?suffix=tar.gz",
                            "/geoip/databases/GeoLite2-ASN/download?suffix=tar.gz");
            assertThat(err.toString())
                    .contains("GeoLite2-City: account id or licence key is wrong")
                    .doesNotContain("s3cret");
        } finally {
            server.stop(0);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "geo lookup nonsense | ADDRESS: nonsense",
                "geo update | geo.account-id: missing",
                "geo update --sha256 00 | --sha256: without --url",
                "geo update --url http://127.0.0.1/x.mmdb --sha256 00 | --sha256: 00",
                "geo update --url http://127.0.0.1/x.mmdb --name ../x.mmdb | --name: ../x.mmdb",
                "geo update --url http://127.0.0.1/x.mmdb GeoLite2-City | expected: one of both",
                "geo update --url nonsense | --url: no address",
                "geo update --set geo.download-url=http://example.com | geo.download-url",
                "geo update --set geo.web-service=https://{address}/ | geo.web-service",
                "geo update --set geo.web-service=https://example.com/{address}/^ | geo.web-service",
                "geo update --set geo.web-service=http://192.0.2.1/{address} --set geo.web-key=k | geo.web-service",
                "geo update --set geo.download-url=https://example.com/^ | geo.download-url",
                "geo update --set geo.networks=[{network:_10.0.0.0/8,_country:_ZZ}] | geo.networks[0].country",
                "geo update --set geo.networks=[{network:_10.0.0.0/8,_city:_Berlin}] | geo.networks[0].country",
            })
    void whatIsWrongIsNamed(String line, String message) {
        String[] arguments = line.split(" ", -1);
        for (int i = 0; i < arguments.length; i++) {
            arguments[i] = arguments[i].replace('_', ' ');
        }

        assertThat(run(arguments)).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains(message);
    }
}
