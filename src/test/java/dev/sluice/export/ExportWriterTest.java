package dev.sluice.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.sluice.proxy.Anonymity;
import dev.sluice.proxy.Credentials;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.Latencies;
import dev.sluice.proxy.Location;
import dev.sluice.proxy.NetworkType;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.Tier;
import dev.sluice.proxy.Verified;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExportWriterTest {
    private static final long SEED = 20_260_131;
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final YAMLMapper YAML = new YAMLMapper();

    /** Part of every password, and of nothing else. */
    private static final String SECRET = "hush";

    /** What ends strings, lines, flow, comments and formulas somewhere. */
    private static final List<String> HOSTILE = List.of(
            "\n",
            "\r\n",
            "\"",
            "'",
            "\\",
            "\\\"",
            "`",
            "${x}",
            "\"; alert(1); \"",
            "*/",
            "//",
            "<!--",
            "</script>",
            "]",
            "}",
            ", ",
            ": ",
            "#",
            " #",
            "=1+1",
            "+1",
            "-1",
            "@sum",
            "\t",
            "\0",
            "\u001b[2J",
            "\u0085",
            "\u2028",
            "\u2029",
            "\ufeff",
            "\ud800",
            "\ud83d\ude00",
            "%0a",
            "%",
            "&a",
            "*a",
            "!!str",
            "|",
            ">",
            "---",
            "...",
            "~",
            "[ProxyList]",
            "\nserver evil 192.0.2.1:1",
            "; DIRECT",
            "\n  - {name: evil}",
            "\uff1d1",
            "192.0.2.1",
            "x",
            "7",
            ":",
            "/",
            "@",
            " ");

    private static final Pattern NAME_OR_ADDRESS =
            Pattern.compile("[0-9A-Za-z_][0-9A-Za-z._-]*|\\[?[0-9A-Fa-f:.]+\\]?");

    private static ExportEntry entry(long id, ProxyKey key, Location location, List<String> lists) {
        return new ExportEntry(
                id,
                key,
                location,
                lists,
                true,
                false,
                Verified.FULL,
                3,
                Anonymity.ELITE,
                Tier.ACTIVE,
                91.46,
                0.9444,
                212.44,
                Latencies.EMPTY.with(200),
                new Health.Deep(1_750_000_000_000L, 0.95, Double.NaN),
                null,
                false,
                1_750_000_000_000L,
                1_749_000_000_000L);
    }

    private static ExportEntry entry(long id, Scheme scheme, String host, @Nullable Credentials credentials) {
        return entry(
                id,
                new ProxyKey(scheme, host, 1080, credentials),
                new Location("EU", "DE", "Berlin", 64_500, "Example", null),
                List.of("a"));
    }

    private static String hostile(Random random) {
        StringBuilder text = new StringBuilder();
        for (int parts = random.nextInt(4); parts >= 0; parts--) {
            text.append(HOSTILE.get(random.nextInt(HOSTILE.size())));
        }
        return text.toString();
    }

    private static List<ExportEntry> hostileEntries(long seed) {
        Random random = new Random(seed);
        List<ExportEntry> entries = new ArrayList<>();
        for (int id = 1; id <= 2_000; id++) {
            Scheme scheme = Scheme.values()[random.nextInt(Scheme.values().length)];
            String host = switch (random.nextInt(4)) {
                case 0 -> hostile(random);
                case 1 -> "2001:db8::" + Integer.toHexString(id);
                case 2 -> "proxy-" + id + ".example";
                default -> "192.0.2." + id % 256;
            };
            Credentials credentials = random.nextInt(3) == 0
                    ? Credentials.of(hostile(random), (random.nextBoolean() ? hostile(random) : "") + SECRET)
                    : null;
            Location location = new Location(
                    hostile(random),
                    random.nextBoolean() ? hostile(random) : "FR",
                    hostile(random),
                    id,
                    hostile(random),
                    null);
            entries.add(entry(
                    id,
                    new ProxyKey(scheme, host, 1 + id, credentials),
                    location,
                    List.of(hostile(random), hostile(random))));
        }
        return entries;
    }

    private static String written(ExportFormat format, ExportOptions options, List<ExportEntry> entries) {
        ExportWriter writer = format.writer(options);
        return written(writer, entries);
    }

    private static String written(ExportWriter writer, List<ExportEntry> entries) {
        StringBuilder out = new StringBuilder();
        writer.begin(out);
        entries.forEach(entry -> writer.add(entry, out));
        writer.end(out);
        // As it is sent.
        return new String(out.toString().getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @EnumSource(ExportFormat.class)
    void withoutTheScopeNoPasswordIsWritten(ExportFormat format) {
        for (Scheme kind : List.of(Scheme.HTTP, Scheme.SOCKS5)) {
            String export = written(format, new ExportOptions(false, kind), hostileEntries(SEED));
            assertThat(export).as("seed %d", SEED).isNotEmpty().doesNotContain(SECRET);
        }
    }

    @ParameterizedTest
    @EnumSource(ExportFormat.class)
    void everyEntryIsWrittenOrCounted(ExportFormat format) {
        List<ExportEntry> entries = hostileEntries(SEED);
        for (boolean credentials : new boolean[] {true, false}) {
            ExportWriter writer = format.writer(ExportOptions.of(credentials));
            String export = written(writer, entries);
            ExportCounts counts = writer.counts();
            assertThat(counts.written() + counts.allLeftOut()).isEqualTo(entries.size());
            assertThat(counts.written()).isPositive();
            if (format.most() > 0) {
                assertThat(counts.written()).isLessThanOrEqualTo(format.most());
            }
            if (export.contains("left out: ")) {
                assertThat(export).contains("left out: " + counts.leftOutText());
            }
        }
    }

    @Test
    void textHoldsNothingButUrls() {
        ExportWriter writer = ExportFormat.TEXT.writer(ExportOptions.of(true));
        String[] lines = written(writer, hostileEntries(SEED)).split("\n", -1);
        assertThat(lines).hasSize((int) writer.counts().written() + 1);
        Pattern url =
                Pattern.compile("((http|https|socks4|socks5)://)?([A-Za-z0-9.*_%-]*:[A-Za-z0-9.*_%-]*@)?(.+):[0-9]+");
        for (int i = 0; i < lines.length - 1; i++) {
            Matcher line = url.matcher(lines[i]);
            assertThat(line.matches()).as(lines[i]).isTrue();
            assertThat(line.group(4)).matches(NAME_OR_ADDRESS);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void jsonSaysExactlyWhatIsKnown(boolean lines) throws Exception {
        List<ExportEntry> entries = hostileEntries(SEED);
        String export = written(lines ? ExportFormat.NDJSON : ExportFormat.JSON, ExportOptions.of(true), entries);
        List<JsonNode> objects = new ArrayList<>();
        if (lines) {
            String[] each = export.split("\n", -1);
            assertThat(each).hasSize(entries.size() + 1);
            for (int i = 0; i < entries.size(); i++) {
                objects.add(JSON.readTree(each[i]));
            }
        } else {
            JsonNode whole = JSON.readTree(export);
            whole.get("proxies").forEach(objects::add);
            assertThat(whole.get("left_out").asInt()).isZero();
        }
        assertThat(objects).hasSameSizeAs(entries);
        for (int i = 0; i < objects.size(); i++) {
            JsonNode object = objects.get(i);
            ExportEntry entry = entries.get(i);
            Credentials credentials = entry.key().credentials();
            assertThat(object.get("host").asText()).isEqualTo(entry.key().host());
            assertThat(object.get("city").asText()).isEqualTo(entry.location().city());
            assertThat(object.get("organisation").asText())
                    .isEqualTo(entry.location().organisation());
            assertThat(object.get("lists").get(1).asText())
                    .isEqualTo(entry.lists().get(1));
            assertThat(object.get("needs_credentials").asBoolean()).isEqualTo(credentials != null);
            assertThat(object.has("password")).isEqualTo(credentials != null);
            if (credentials != null) {
                assertThat(object.get("username").asText()).isEqualTo(credentials.user());
                assertThat(object.get("password").asText())
                        .isEqualTo(credentials.password().reveal());
            }
        }
    }

    @Test
    void aTableHasAsManyCellsInEachRowAndNoFormula() {
        List<ExportEntry> entries = hostileEntries(SEED);
        List<List<String>> rows = rows(written(ExportFormat.CSV, ExportOptions.of(true), entries));
        assertThat(rows).hasSize(entries.size() + 1);
        List<String> heading = rows.get(0);
        for (int i = 0; i < entries.size(); i++) {
            List<String> row = rows.get(i + 1);
            assertThat(row).as("row %d", i).hasSameSizeAs(heading);
            assertThat(row.get(0)).isEqualTo(Long.toString(entries.get(i).id()));
            assertThat(row)
                    .noneMatch(cell ->
                            !cell.isEmpty() && "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20".indexOf(cell.charAt(0)) >= 0);
            String city = String.valueOf(entries.get(i).location().city());
            assertThat(row.get(heading.indexOf("city"))).isIn(utf8(city), utf8("'" + city));
        }
    }

    @Test
    void theLastColumnsTellTheKindOfNetworkAndWhoToldThePlace() {
        List<ExportEntry> entries = List.of(
                entry(
                        1,
                        ProxyKey.of(Scheme.HTTP, "192.0.2.1", 80),
                        new Location("EU", "DE", "Berlin", 64_496, "Example", NetworkType.MOBILE, "table"),
                        List.of("one", "two")),
                entry(2, ProxyKey.of(Scheme.HTTP, "192.0.2.2", 80), Location.UNKNOWN, List.of()));

        List<List<String>> rows = rows(written(ExportFormat.CSV, ExportOptions.of(true), entries));

        List<String> heading = rows.get(0);
        assertThat(heading)
                .startsWith("id", "protocol", "host", "port")
                .endsWith("lists", "network_type", "location_origin");
        assertThat(rows.get(1)).endsWith("one two", "mobile", "table");
        assertThat(rows.get(2)).endsWith("", "", "").hasSameSizeAs(heading);
    }

    private static String utf8(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    }

    /** Reads RFC 4180 and nothing else. */
    private static List<List<String>> rows(String csv) {
        List<List<String>> rows = new ArrayList<>();
        List<String> row = new ArrayList<>();
        int at = 0;
        while (at < csv.length()) {
            StringBuilder cell = new StringBuilder();
            if (csv.charAt(at) == '"') {
                at++;
                while (csv.charAt(at) != '"' || (at + 1 < csv.length() && csv.charAt(at + 1) == '"')) {
                    at += csv.charAt(at) == '"' ? 1 : 0;
                    cell.append(csv.charAt(at++));
                }
                at++;
            } else {
                while (csv.charAt(at) != ',' && csv.charAt(at) != '\r') {
                    assertThat(csv.charAt(at)).isNotIn('"', '\n');
                    cell.append(csv.charAt(at++));
                }
            }
            row.add(cell.toString());
            if (csv.charAt(at) == ',') {
                at++;
            } else {
                assertThat(csv.substring(at, at + 2)).isEqualTo("\r\n");
                at += 2;
                rows.add(row);
                row = new ArrayList<>();
            }
        }
        assertThat(row).isEmpty();
        return rows;
    }

    @Test
    void proxychainsReadsEveryLine() {
        ExportWriter writer = ExportFormat.PROXYCHAINS.writer(ExportOptions.of(true));
        String export = written(writer, hostileEntries(SEED));
        String list = export.substring(export.indexOf("[ProxyList]\n") + 12);
        String[] lines = list.split("\n", -1);
        assertThat(lines).hasSize((int) writer.counts().written() + 2);
        for (int i = 0; i < lines.length - 2; i++) {
            assertThat(lines[i].getBytes(StandardCharsets.UTF_8).length).isLessThan(1_024);
            String[] words = lines[i].split("[\\s\\p{Z}]", -1);
            assertThat(words.length).as(lines[i]).isIn(3, 5);
            assertThat(words[0]).isIn("http", "socks4", "socks5");
            assertThat(words[1]).matches("[0-9.]+|[0-9a-f:]+");
            assertThat(words[2]).matches("[0-9]+");
            assertThat(words).noneMatch(String::isEmpty);
        }
        assertThat(lines[lines.length - 2]).startsWith("# left out: ");
    }

    @Test
    void clashHasAProxyAndAGroupMemberForEach() throws Exception {
        List<ExportEntry> entries = hostileEntries(SEED);
        ExportWriter writer = ExportFormat.CLASH.writer(ExportOptions.of(true));
        JsonNode profile = YAML.readTree(written(writer, entries));
        assertThat(profile.size()).isEqualTo(3);
        Map<Integer, ExportEntry> byPort =
                entries.stream().collect(Collectors.toMap(entry -> entry.key().port(), entry -> entry));
        List<String> names = new ArrayList<>();
        for (JsonNode proxy : profile.get("proxies")) {
            ExportEntry entry =
                    Objects.requireNonNull(byPort.get(proxy.get("port").asInt()), "an entry of this port");
            names.add(proxy.get("name").asText());
            assertThat(proxy.get("name").asText()).matches("([A-Z]{2}|proxy)-" + entry.id());
            assertThat(proxy.get("server").isTextual()).isTrue();
            assertThat(proxy.get("server").asText()).isEqualTo(entry.key().host());
            assertThat(proxy.get("type").asText()).isEqualTo(entry.key().scheme() == Scheme.SOCKS5 ? "socks5" : "http");
            assertThat(proxy.path("tls").asBoolean()).isEqualTo(entry.key().scheme() == Scheme.HTTPS);
            Credentials credentials = entry.key().credentials();
            assertThat(proxy.has("password")).isEqualTo(credentials != null);
            if (credentials != null) {
                assertThat(proxy.get("username").asText()).isEqualTo(whole(credentials.user()));
                assertThat(proxy.get("password").asText())
                        .isEqualTo(whole(credentials.password().reveal()));
            }
        }
        assertThat(names).hasSize((int) writer.counts().written()).doesNotHaveDuplicates();
        JsonNode group = profile.get("proxy-groups").get(0);
        List<String> members = new ArrayList<>();
        group.get("proxies").forEach(member -> members.add(member.asText()));
        assertThat(members).isEqualTo(names);
        assertThat(profile.get("rules").get(0).asText())
                .isEqualTo("MATCH," + group.get("name").asText());
    }

    /** With U+FFFD for halves of pairs. */
    private static String whole(String text) {
        return text.codePoints()
                .map(c -> c >= 0xd800 && c <= 0xdfff ? 0xfffd : c)
                .mapToObj(Character::toString)
                .collect(Collectors.joining());
    }

    @Test
    void aClashProfileWithoutProxiesRejects() throws Exception {
        JsonNode profile = YAML.readTree(written(
                ExportFormat.CLASH, ExportOptions.of(true), List.of(entry(1, Scheme.SOCKS4, "192.0.2.1", null))));
        assertThat(profile.get("proxies").isArray()).isTrue();
        assertThat(profile.get("proxies")).isEmpty();
        assertThat(profile.at("/proxy-groups/0/proxies/0").asText()).isEqualTo("REJECT");
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP", "SOCKS4", "SOCKS5"})
    void haproxyHasAServerForEachProxyOfOneKind(Scheme kind) {
        List<ExportEntry> entries = hostileEntries(SEED);
        ExportWriter writer = ExportFormat.HAPROXY.writer(new ExportOptions(true, kind));
        String export = written(writer, entries);
        Set<String> names = new HashSet<>();
        for (String line : export.split("\n", -1)) {
            if (line.startsWith("    server ")) {
                Matcher server = Pattern.compile("    server (p([0-9]+)) (\\[[0-9a-f:]+\\]|[0-9.]+):([0-9]+)")
                        .matcher(line);
                assertThat(server.matches()).as(line).isTrue();
                ExportEntry entry = entries.get(Integer.parseInt(server.group(2)) - 1);
                assertThat(entry.key().scheme()).isEqualTo(kind);
                assertThat(entry.key().credentials()).isNull();
                assertThat(entry.key().address()).isEqualTo(server.group(3) + ':' + server.group(4));
                assertThat(names.add(server.group(1))).isTrue();
            } else {
                assertThat(line).matches("|# [ -~]+|backend sluice_" + kind.text() + "|    [a-z][a-z0-9 -]+");
            }
        }
        assertThat(names).hasSize((int) writer.counts().written()).isNotEmpty();
    }

    @Test
    void pacIsAListOfPlainStringsAndOneFunctionThatNeverAnswersDirect() {
        ExportWriter writer = ExportFormat.PAC.writer(ExportOptions.of(true));
        String export = written(writer, hostileEntries(SEED));
        assertThat(writer.counts().written()).isEqualTo(32);
        String item = "\"(PROXY|HTTPS|SOCKS4|SOCKS5) ([0-9A-Za-z._-]+|\\[[0-9a-f:]+\\]):[0-9]+\"";
        Matcher list = Pattern.compile(
                        "var proxies = \\[\n  " + item + "(,\n  " + item + "){31}\n\\];\n// left out: [ -~]+\n\n")
                .matcher(export);
        assertThat(list.lookingAt()).as(export).isTrue();
        String function = export.substring(list.end());
        assertThat(function)
                .startsWith("function FindProxyForURL(url, host) {\n")
                .doesNotContain("DIRECT");
        assertThat(function.chars().filter(c -> c == '{').count())
                .isEqualTo(function.chars().filter(c -> c == '}').count());
        assertThat(written(ExportFormat.PAC, ExportOptions.of(true), List.of()))
                .startsWith("var proxies = [\n];\n// left out: 0\n\nfunction");
    }

    @Test
    void whatAFormatCannotExpressIsLeftOut() {
        Credentials credentials = Credentials.of("u", "p");
        Map<Scheme, ExportEntry> plain = new EnumMap<>(Scheme.class);
        for (Scheme scheme : Scheme.values()) {
            plain.put(scheme, entry(1 + scheme.ordinal(), scheme, "192.0.2.1", null));
        }
        for (ExportFormat format : ExportFormat.values()) {
            ExportWriter writer = format.writer(ExportOptions.of(true));
            Set<Scheme> unknown = plain.entrySet().stream()
                    .filter(each -> writer.refusal(each.getValue()) == LeftOut.KIND)
                    .map(Map.Entry::getKey)
                    .collect(Collectors.toSet());
            assertThat(unknown)
                    .as(format.text())
                    .isEqualTo(
                            switch (format) {
                                case TEXT, JSON, NDJSON, CSV -> Set.of();
                                case PROXYCHAINS -> Set.of(Scheme.HTTPS, Scheme.UNKNOWN);
                                case CLASH -> Set.of(Scheme.SOCKS4, Scheme.UNKNOWN);
                                case HAPROXY -> Set.of(Scheme.HTTPS, Scheme.SOCKS4, Scheme.SOCKS5, Scheme.UNKNOWN);
                                case PAC -> Set.of(Scheme.UNKNOWN);
                            });
            LeftOut named = writer.refusal(entry(9, Scheme.HTTP, "proxy.example", null));
            boolean addresses = format == ExportFormat.PROXYCHAINS || format == ExportFormat.HAPROXY;
            assertThat(named).as(format.text()).isEqualTo(addresses ? LeftOut.HOST_NAME : null);
            ExportEntry locked = entry(9, Scheme.HTTP, "192.0.2.1", credentials);
            boolean noPlace = format == ExportFormat.HAPROXY || format == ExportFormat.PAC;
            assertThat(writer.refusal(locked)).as(format.text()).isEqualTo(noPlace ? LeftOut.CREDENTIALS : null);
            boolean marks = format == ExportFormat.JSON || format == ExportFormat.NDJSON || format == ExportFormat.CSV;
            assertThat(format.writer(ExportOptions.of(false)).refusal(locked))
                    .as(format.text())
                    .isEqualTo(marks ? null : LeftOut.CREDENTIALS);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1.2.3",
                "1.2.3.256",
                "1.2.3.4.5",
                ":::",
                "1::2::3",
                "1:2:3:4:5:6:7",
                "12345::",
                "::1%eth0",
                "[::1]",
                ""
            })
    void whatIsNoAddressIsNone(String text) {
        assertThat(Hosts.isAddress(text)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.2.3.4", "::", "::1", "2001:db8::1", "1:2:3:4:5:6:7:8", "::ffff:192.0.2.1", "fe80::"})
    void addressesAreAddresses(String text) {
        assertThat(Hosts.isAddress(text)).isTrue();
    }

    @Test
    void aTextWithoutASchemeIsWrittenWhereNoneIsKnown() {
        assertThat(written(
                        ExportFormat.TEXT,
                        ExportOptions.of(true),
                        List.of(
                                entry(1, Scheme.UNKNOWN, "192.0.2.1", null),
                                entry(2, Scheme.UNKNOWN, "::1", Credentials.of("a b", "c:d")),
                                entry(3, Scheme.SOCKS4, "host.example", null))))
                .isEqualTo("192.0.2.1:1080\na%20b:c%3Ad@[::1]:1080\nsocks4://host.example:1080\n");
    }

    @ParameterizedTest
    @EnumSource(ExportFormat.class)
    void aWriterGoesOnWhereAnotherOneEnded(ExportFormat format) {
        List<ExportEntry> entries = hostileEntries(SEED);
        ExportWriter first = format.writer(ExportOptions.of(true));
        StringBuilder out = new StringBuilder();
        first.begin(out);
        entries.subList(0, 700).forEach(entry -> first.add(entry, out));
        ExportWriter second = format.writer(ExportOptions.of(true));
        if (format.most() > 0) {
            assertThatThrownBy(() -> second.resume(first.counts())).isInstanceOf(IllegalStateException.class);
            return;
        }
        second.resume(first.counts());
        entries.subList(700, entries.size()).forEach(entry -> second.add(entry, out));
        second.end(out);
        assertThat(out.toString()).isEqualTo(inOneGo(format, entries));
    }

    private static String inOneGo(ExportFormat format, List<ExportEntry> entries) {
        ExportWriter writer = format.writer(ExportOptions.of(true));
        StringBuilder out = new StringBuilder();
        writer.begin(out);
        entries.forEach(entry -> writer.add(entry, out));
        writer.end(out);
        return out.toString();
    }
}
