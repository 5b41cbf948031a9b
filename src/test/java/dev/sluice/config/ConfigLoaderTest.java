package dev.sluice.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.sluice.parse.Cidr;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.Secret;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigLoaderTest {
    private static final String SOURCES = """
            built-in.one:
              kind: text
              urls: [https://one.example/list.txt]
              interval: 10m
            two:
              kind: csv
              urls: [https://two.example/list.csv]
            """;

    @TempDir
    Path folder;

    private Inputs inputs(String yaml) throws IOException {
        return inputs("sluice.yaml", yaml);
    }

    private Inputs inputs(String name, String content) throws IOException {
        Files.writeString(folder.resolve(name), content);
        return Inputs.of(Map.of()).in(folder).withFile(Path.of(name));
    }

    private static LoadedConfig load(Inputs inputs) {
        return new ConfigLoader(name -> name.equals("sources.yaml")
                        ? new ByteArrayInputStream(SOURCES.getBytes(StandardCharsets.UTF_8))
                        : ConfigLoader.class.getResourceAsStream(name))
                .read(inputs);
    }

    private static SourceConfig source(Map<String, SourceConfig> sources, String name) {
        return Objects.requireNonNull(sources.get(name), name);
    }

    private static List<String> problems(Inputs inputs) {
        ConfigException refusal = catchThrowableOfType(ConfigException.class, () -> load(inputs));
        assertThat(refusal).as("the configuration is refused").isNotNull();
        return refusal.problems().stream().map(Problem::toString).toList();
    }

    private Inputs environment(String... pairs) {
        Map<String, String> variables = new java.util.HashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            variables.put(pairs[i], pairs[i + 1]);
        }
        return Inputs.of(variables).in(folder);
    }

    private Inputs settings(String... settings) {
        return Inputs.of(Map.of()).in(folder).withSettings(List.of(settings));
    }

    @Test
    void withoutAnythingTheDefaultsHold() {
        LoadedConfig loaded =
                new ConfigLoader(name -> null).read(Inputs.of(Map.of()).in(folder));

        assertThat(loaded.config()).isEqualTo(ConfigLoader.defaults());
        assertThat(loaded.config().server().port()).isEqualTo(8080);
        assertThat(loaded.config().server().managementPort()).isNull();
        assertThat(loaded.config().check().connectTimeout()).isEqualTo(Duration.ofSeconds(5));
        assertThat(loaded.config().check().mode()).isEqualTo(CheckMode.AUTO);
        assertThat(loaded.config().store().archiveAfter()).isEqualTo(Duration.ofDays(7));
        assertThat(loaded.origins()).containsEntry("server.port", "default");
        assertThat(loaded.warnings()).isEmpty();
    }

    @Test
    void eachLayerWinsOverTheOneBelow() throws IOException {
        Inputs file = inputs("check: {retries: 4, rate: 111, concurrency: 111}\n");
        Map<String, String> environment = Map.of("SLUICE_CHECK_RATE", "222", "SLUICE_CHECK_CONCURRENCY", "222");

        LoadedConfig loaded =
                load(new Inputs(folder, file.file(), "production", environment, List.of("check.concurrency=333")));

        assertThat(loaded.config().log().format()).isEqualTo(LogConfig.Format.JSON);
        assertThat(loaded.config().check().retries()).isEqualTo(4);
        assertThat(loaded.config().check().rate()).isEqualTo(222);
        assertThat(loaded.config().check().concurrency()).isEqualTo(333);
        assertThat(loaded.origins())
                .containsEntry("check.max-answer", "default")
                .containsEntry("fetch.sources.two.kind", "built-in sources:6")
                .containsEntry("log.format", "preset production:2")
                .containsEntry("check.retries", "sluice.yaml:1")
                .containsEntry("check.rate", "SLUICE_CHECK_RATE")
                .containsEntry("check.concurrency", "--set");
    }

    @ParameterizedTest
    @ValueSource(strings = {"development", "staging", "production"})
    void everyPresetIsLegalAndChangesSomething(String preset) {
        SluiceConfig config =
                load(Inputs.of(Map.of()).in(folder).withPreset(preset)).config();

        assertThat(ConfigDiff.between(load(settings()).config(), config).isEmpty())
                .isFalse();
    }

    @Test
    void builtInSourcesAreChangedKeyByKey() throws IOException {
        Inputs inputs = inputs("""
                fetch:
                  sources:
                    built-in.one: {interval: 2h}
                    two: {enabled: false}
                    mine:
                      kind: file
                      urls: [lists/mine.txt]
                      protocol: socks5
                """);

        Map<String, SourceConfig> sources = load(inputs).config().fetch().sources();

        assertThat(sources).containsOnlyKeys("built-in.one", "two", "mine");
        assertThat(source(sources, "built-in.one").urls()).containsExactly("https://one.example/list.txt");
        assertThat(source(sources, "built-in.one").interval()).isEqualTo(Duration.ofHours(2));
        assertThat(source(sources, "two").enabled()).isFalse();
        assertThat(source(sources, "mine").protocol()).isEqualTo(Scheme.SOCKS5);
    }

    @Test
    void everyTypeIsRead() throws IOException {
        SluiceConfig config = load(inputs("""
                        server: {port: 1_234, management-port: 9, max-body: 2MiB, idle-timeout: PT90S}
                        judge: {secret: "s3cret", listen: "[::1]:8081"}
                        check: {mode: connect, allow-private: yes, judges: [http://a.example/judge]}
                        net: {allowed-networks: [127.0.0.0/8, "::1"]}
                        extensions:
                          - name: x
                            verticle: com.example.X
                            config: {text: a, number: 7, big: 7000000000, rate: 0.5, on: true, list: [1, {a: b}], quoted: "1", none: null}
                        """)).config();

        assertThat(config.server().port()).isEqualTo(1234);
        assertThat(config.server().managementPort()).isEqualTo(9);
        assertThat(config.server().maxBody()).isEqualTo(new ByteSize(2 << 20));
        assertThat(config.server().idleTimeout()).isEqualTo(Duration.ofSeconds(90));
        assertThat(config.judge().secret()).isEqualTo(Secret.of("s3cret"));
        assertThat(config.check().mode()).isEqualTo(CheckMode.CONNECT);
        assertThat(config.check().allowPrivate()).isTrue();
        assertThat(config.net().allowedNetworks()).containsExactly(Cidr.parse("127.0.0.0/8"), Cidr.parse("::1"));
        assertThat(config.extensions().get(0).config())
                .isEqualTo(Map.of(
                        "text",
                        "a",
                        "number",
                        7,
                        "big",
                        7_000_000_000L,
                        "rate",
                        0.5,
                        "on",
                        true,
                        "list",
                        List.of(1, Map.of("a", "b")),
                        "quoted",
                        "1"));
    }

    @Test
    void jsonIsReadWithTabsAndEscapes() throws IOException {
        SluiceConfig config = load(inputs(
                        "sluice.json",
                        "{\n\t\"server\": {\n\t\t\"port\": 99\n\t},\n\t\"judge\": {\"secret\": \"a\\/b\\u00e9\\n\"}\n}\n"))
                .config();

        assertThat(config.server().port()).isEqualTo(99);
        assertThat(config.judge().secret()).isEqualTo(Secret.of("a/bé\n"));
    }

    @Test
    void emptySectionsAndNothingKeepWhatIsBelow() throws IOException {
        Inputs inputs =
                inputs("server:\ncheck:\n  rate: ~\nfetch:\n  sources:\n").withPreset("production");

        SluiceConfig config = load(inputs).config();

        assertThat(config.server().drainTimeout()).isEqualTo(Duration.ofSeconds(30));
        assertThat(config.fetch().sources()).hasSize(2);
        assertThat(config.check().rate()).as("taken away, so the default").isEqualTo(20_000);
    }

    @Test
    void allProblemsAreToldAtOnceWithLineKeyValueAndWhatWasExpected() throws IOException {
        Inputs inputs =
                inputs("""
                        # a comment
                        server:
                          prot: 80
                          port: 70000
                        check:
                          connect-timeout: fife
                          connect_timeout: 5s
                          mode: ful
                          max-answer: huge
                          total-timeout: 1ms
                          judges: http://judge.example/
                          tls-judges: [http://judge.example/]
                        fetch:
                          allow-private: perhaps
                          sources:
                            Bad Name: {kind: text, urls: [https://a.example/]}
                            kindless: {urls: [https://a.example/]}
                            empty: {kind: csv, urls: []}
                            path: {kind: text, urls: [/etc/passwd]}
                        pool: {strategy: fastest}
                        store: {url: mysql://root:hunter2@db/sluice}
                        net: {allowed-networks: [10.0.0.1/8]}
                        judge: {listen: localhost}
                        retries: 3
                        extensions: [{name: a}]
                        log: text
                        """).withSettings(List.of("pool.max-feedback=many", "poool.strategy=random", "nonsense"));

        assertThat(problems(inputs))
                .containsExactlyInAnyOrder(
                        "sluice.yaml:3  server.prot: unknown key (expected: server.port)",
                        "sluice.yaml:4  server.port: \"70000\" (expected: a whole number, 0..65535)",
                        "sluice.yaml:6  check.connect-timeout: \"fife\" (expected: a duration such as 5s, 10ms..2m)",
                        "sluice.yaml:7  check.connect_timeout: unknown key (expected: check.connect-timeout)",
                        "sluice.yaml:8  check.mode: \"ful\" (expected: full, connect, auto)",
                        "sluice.yaml:9  check.max-answer: \"huge\" (expected: a size such as 64KiB, 4KiB..16MiB)",
                        "sluice.yaml:10  check.total-timeout: \"1ms\" (expected: a duration such as 5s, 10ms..10m)",
                        "sluice.yaml:11  check.judges: a single value (expected: a list)",
                        "sluice.yaml:12  check.tls-judges[0]: \"http://judge.example/\" (expected: an https address)",
                        "sluice.yaml:14  fetch.allow-private: \"perhaps\" (expected: true or false)",
                        "sluice.yaml:16  fetch.sources.Bad Name: bad name (expected: a name of a-z, 0-9, dot, dash and"
                                + " underscore that begins with a letter or digit, up to 64 characters)",
                        "sluice.yaml:17  fetch.sources.kindless.kind: missing (expected: proxifly, proxyscrape, geonode,"
                                + " proxy-list-download, free-proxy-list, text, json, csv, html-table, file)",
                        "sluice.yaml:18  fetch.sources.empty.urls: a list (expected: at least one address)",
                        "sluice.yaml:19  fetch.sources.path.urls: a list (expected: http or https addresses, as kind is"
                                + " not file)",
                        "sluice.yaml:20  pool.strategy: \"fastest\" (expected: round-robin, least-recently-used,"
                                + " weighted-random, best-reputation, fastest-response, random, fastest-half)",
                        "sluice.yaml:21  store.url: \"mysql://***@db/sluice\" (expected: sqlite:PATH,"
                                + " postgresql://user:password@host:port/database,"
                                + " redis://:password@host:port/database or file:PATH)",
                        "sluice.yaml:22  net.allowed-networks[0]: \"10.0.0.1/8\" (expected: a network such as"
                                + " 127.0.0.0/8 or ::1/128)",
                        "sluice.yaml:23  judge.listen: \"localhost\" (expected: HOST:PORT such as 0.0.0.0:8081 or"
                                + " [::1]:8081)",
                        "sluice.yaml:24  retries: unknown key (expected: check.retries)",
                        "sluice.yaml:25  extensions[0].verticle: missing (expected: a text)",
                        "sluice.yaml:26  log: a single value (expected: a section with level, format, file, file-size,"
                                + " file-days, files-size)",
                        "--set  pool.max-feedback: \"many\" (expected: a whole number, 1000..100000000)",
                        "--set  poool.strategy: unknown key (expected: pool)",
                        "--set  a setting without a key (expected: key=value, such as server.port=8081)");
    }

    @Test
    void theMessageHasALineForEachProblem() throws IOException {
        ConfigException refusal =
                catchThrowableOfType(ConfigException.class, () -> load(inputs("check: {rate: 0, retries: -1}")));

        assertThat(refusal).hasMessage("""
                        the configuration is refused for 2 problems:
                          sluice.yaml:1  check.rate: "0" (expected: a whole number, 1..10000000)
                          sluice.yaml:1  check.retries: "-1" (expected: a whole number, 0..10)""");
    }

    @Test
    void noProblemShowsASecret() throws IOException {
        Inputs inputs = inputs("""
                        security: {admin-key: [hunter2], admin-kee: hunter2}
                        judge: hunter2
                        store: {url: "postgresql://sluice:hunt/er2?hunter2@db"}
                        check: {judges: ["ftp://judge.example/?token=hunter2"]}
                        fetch: {sources: {two: {headers: {Authorization: "Bearer \\nhunter2", "Bad Header": hunter2}}}}
                        """).withSettings(List.of("hunter2"));

        assertThat(problems(inputs))
                .hasSize(8)
                .allSatisfy(line -> assertThat(line).doesNotContain("hunt").doesNotContain("er2"));
        assertThat(problems(inputs("security: {admin-key: hunter2\njudge: }}: [hunter2")))
                .hasSize(1)
                .allSatisfy(line -> assertThat(line).doesNotContain("hunter2"));
    }

    @Test
    void brokenYamlIsOneProblemWithLineAndColumn() throws IOException {
        assertThat(problems(inputs("server:\n  port: [80\nlog: {}\n")))
                .singleElement()
                .asString()
                .startsWith("sluice.yaml:3  broken YAML at line 3, column ");
    }

    @Test
    void aKeyGivenTwiceIsRefused() throws IOException {
        assertThat(problems(inputs("server:\n  port: 80\n  port: 81\n")))
                .containsExactly("sluice.yaml:3  server.port: given twice (expected: once)");
    }

    @Test
    void aliasesWorkButCannotBlowUp() throws IOException {
        assertThat(load(inputs("check: {judges: &j [https://j.example/], tls-judges: *j}"))
                        .config()
                        .check()
                        .tlsJudges())
                .containsExactly("https://j.example/");

        StringBuilder bomb = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (int i = 1; i < 9; i++) {
            bomb.append("a").append(i).append(": &a").append(i).append(" [");
            bomb.append(("*a" + (i - 1) + ", ").repeat(10)).append("]\n");
        }
        assertThat(problems(inputs(bomb.toString()))).singleElement().asString().contains("broken YAML");
        assertThat(problems(inputs("fetch: &f {sources: *f}")))
                .singleElement()
                .asString()
                .contains("broken YAML");
        assertThat(problems(inputs("a: " + "[".repeat(50_000))))
                .singleElement()
                .asString()
                .contains("broken YAML");
    }

    @Test
    void aFileThatIsNamedMustBeThereAndBeText() throws IOException {
        assertThat(problems(Inputs.of(Map.of()).in(folder).withFile(Path.of("missing.yaml"))))
                .containsExactly("missing.yaml  no such file (expected: a YAML or JSON file)");
        assertThat(problems(environment("SLUICE_CONFIG", "missing.yaml")))
                .containsExactly("missing.yaml  no such file (expected: a YAML or JSON file)");

        Files.write(folder.resolve("latin1.yaml"), new byte[] {'a', ':', ' ', (byte) 0xe9});
        assertThat(problems(Inputs.of(Map.of()).in(folder).withFile(Path.of("latin1.yaml"))))
                .containsExactly("latin1.yaml  bytes that are not UTF-8 (expected: text in UTF-8)");

        assertThat(problems(inputs("# " + "x".repeat(1 << 20))))
                .containsExactly("sluice.yaml  a file of more than 1MiB (expected: at most 1MiB)");
    }

    @Test
    void theDefaultFileIsReadWhereThereIsOne() throws IOException {
        Files.createDirectories(folder.resolve("conf"));
        Files.writeString(folder.resolve("conf/sluice.yaml"), "server: {port: 81}");

        LoadedConfig loaded = load(Inputs.of(Map.of()).in(folder));

        assertThat(loaded.config().server().port()).isEqualTo(81);
        assertThat(loaded.origins()).containsEntry("server.port", "conf/sluice.yaml:1");
    }

    @Test
    void anEmptyFileChangesNothing() throws IOException {
        assertThat(load(inputs("# nothing\n")).config())
                .isEqualTo(load(settings()).config());
    }

    @Test
    void theEnvironmentReachesEveryKindOfKey() {
        SluiceConfig config = load(environment(
                        "SLUICE_SERVER_MANAGEMENT_PORT", "82",
                        "SLUICE_CHECK_TLS_JUDGES", "https://a.example/, https://b.example/",
                        "SLUICE_NET_ALLOWED_NETWORKS", "127.0.0.0/8",
                        "SLUICE_FETCH_SOURCES_BUILT_IN_ONE_MAX_BYTES", "1MiB",
                        "SLUICE_FETCH_SOURCES_TWO_ENABLED", "false",
                        "SLUICE_FETCH_SOURCES_MY_LIST_KIND", "text",
                        "SLUICE_FETCH_SOURCES_MY_LIST_URLS", "https://my.example/",
                        "SLUICE_FETCH_SOURCES_MY_LIST_HEADERS", "{X-Token: abc}",
                        "SLUICE_EXTENSIONS", "[{name: x, verticle: com.example.X}]",
                        "SLUICE_SECURITY_ADMIN_KEY", "a key that is overruled",
                        "SLUICE_ADMIN_KEY", "a key of many characters"))
                .config();

        assertThat(config.server().managementPort()).isEqualTo(82);
        assertThat(config.check().tlsJudges()).containsExactly("https://a.example/", "https://b.example/");
        assertThat(config.net().allowedNetworks()).containsExactly(Cidr.parse("127.0.0.0/8"));
        assertThat(config.fetch().sources()).containsOnlyKeys("built-in.one", "two", "my-list");
        assertThat(source(config.fetch().sources(), "built-in.one").maxBytes()).isEqualTo(new ByteSize(1 << 20));
        assertThat(source(config.fetch().sources(), "two").enabled()).isFalse();
        assertThat(source(config.fetch().sources(), "my-list").headers()).isEqualTo(Map.of("X-Token", "abc"));
        assertThat(config.extensions()).extracting(ExtensionConfig::name).containsExactly("x");
        assertThat(config.security().adminKey()).isEqualTo(Secret.of("a key of many characters"));
    }

    @Test
    void anUnknownVariableIsWarnedAboutAndReservedOnesAreNot() {
        LoadedConfig loaded = load(environment(
                "SLUICE_PORT", "tcp://10.0.0.1:8080",
                "SLUICE_SERVER_PORT", "tcp://10.0.0.1:8080",
                "SLUICE_CHECK_RETRYS", "3",
                "SLUICE_LOG", "debug",
                "SLUICE_CHECK_RATE", "",
                "SLUICE_ENCRYPTION_KEY", "x",
                "SLUICE_ENCRYPTION_KEY_FILE", "x",
                "SLUICE_TEST_DATA", "x",
                "SLUICE_PRESET", "staging",
                "PATH", "x"));

        assertThat(loaded.config().server().port()).isEqualTo(8080);
        assertThat(loaded.config().check().rate()).isEqualTo(1000);
        assertThat(loaded.warnings())
                .containsExactlyInAnyOrder(
                        "SLUICE_CHECK_RETRYS: no such setting, ignored (did you mean SLUICE_CHECK_RETRIES?)",
                        "SLUICE_LOG: no such setting, ignored",
                        "SLUICE_PORT: no such setting, ignored",
                        "SLUICE_SERVER_PORT: looks like a service link of Kubernetes, ignored (set enableServiceLinks:"
                                + " false)");
    }

    @Test
    void aWrongVariableIsAProblemUnderItsName() {
        assertThat(problems(environment("SLUICE_CHECK_RATE", "fast", "SLUICE_PRESET", "prod")))
                .containsExactlyInAnyOrder(
                        "SLUICE_CHECK_RATE  check.rate: \"fast\" (expected: a whole number, 1..10000000)",
                        "SLUICE_PRESET  \"prod\" (expected: development, staging, production)");
    }

    @Test
    void aShortAdminKeyIsWarnedAbout() {
        assertThat(load(environment("SLUICE_ADMIN_KEY", "short")).warnings())
                .containsExactly("security.admin-key: shorter than 16 characters, can be guessed");
    }

    @Test
    void settingsReachEveryKindOfKeyAndTheLastOneWins() {
        SluiceConfig config = load(settings(
                        "server.port=1",
                        "server.port=2",
                        "server.management-port=3",
                        "server.management-port=",
                        "pool.strategy=\"random\"",
                        "check.judges=http://a.example/,http://b.example/",
                        "check.tls-judges=[]",
                        "fetch.sources.built-in.one.enabled=false",
                        "fetch.sources.my.list={kind: text, urls: [https://my.example/]}",
                        "fetch.sources.two.headers.X-Token=a=b",
                        "log={level: warn}"))
                .config();

        assertThat(config.server().port()).isEqualTo(2);
        assertThat(config.server().managementPort()).isNull();
        assertThat(config.pool().strategy()).isEqualTo("random");
        assertThat(config.check().judges()).containsExactly("http://a.example/", "http://b.example/");
        assertThat(source(config.fetch().sources(), "built-in.one").enabled()).isFalse();
        assertThat(source(config.fetch().sources(), "two").headers()).isEqualTo(Map.of("X-Token", "a=b"));
        assertThat(config.log().level()).isEqualTo(LogConfig.Level.WARN);
    }

    @Test
    void noTwoKeysShareAVariable() {
        assertThat(Overrides.variables()).doesNotHaveDuplicates().hasSizeGreaterThan(40);
    }

    @Test
    void theViewShowsEveryValueExceptSecrets() {
        Map<String, String> view = ConfigView.of(load(settings(
                        "security.admin-key=hunter2hunter2hunter2",
                        "store.url=postgresql://u:hunter2@h/d",
                        "fetch.sources.two.headers.Authorization=hunter2",
                        "check.judges=http://a.example/"))
                .config());

        assertThat(view)
                .containsEntry("security.admin-key", "***")
                .containsEntry("store.url", "postgresql://***@h/d")
                .containsEntry("fetch.sources.two.headers.Authorization", "***")
                .containsEntry("check.judges", "[http://a.example/]")
                .containsEntry("check.connect-timeout", "5s")
                .containsEntry("fetch.sources.two.kind", "csv")
                .doesNotContainKey("judge.listen");
    }

    @ParameterizedTest
    @CsvSource({
        "250ms, 250, 250ms",
        "5s, 5000, 5s",
        "30m, 1800000, 30m",
        "24h, 86400000, 24h",
        "7d, 604800000, 7d",
        "1h30m, 5400000, 90m",
        "PT1.5S, 1500, 1500ms",
        "0, 0, 0s"
    })
    void durationsAreReadAndWritten(String text, long millis, String written) {
        assertThat(DurationFormat.parse(text)).isEqualTo(Duration.ofMillis(millis));
        assertThat(DurationFormat.format(Duration.ofMillis(millis))).isEqualTo(written);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "5", "s", "-5s", "5 s", "5s5", "1.5s", "99999999999999d", "PT-5S", "P9999999999999D", "٥s"})
    void whatIsNoDurationIsRefused(String text) {
        assertThat(catchThrowableOfType(IllegalArgumentException.class, () -> DurationFormat.parse(text)))
                .hasMessageEndingWith("(expected: a duration such as 5s)");
    }
}
