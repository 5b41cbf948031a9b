package dev.sluice.parse;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Every published list there is a copy of. */
class RealListsTest {
    private static final Pattern ENDPOINT =
            Pattern.compile("(?m)(?:^|[/\\s])((?:[0-9]{1,3}\\.){3}[0-9]{1,3}:[0-9]{1,5})(?=$|[^0-9.])");

    /** Entries of files that are no plain lines, counted by hand or by their own structure. */
    private static final Map<String, Integer> COUNTED = Map.ofEntries(
            Map.entry("free-proxy-list_net.html", 5),
            Map.entry("free-proxy-list_net.legacy-table.html", 3),
            Map.entry("socks-proxy_net.html", 4),
            Map.entry("sslproxies_org.html", 2),
            Map.entry("us-proxy_org.html", 2),
            Map.entry("openproxy_space_list_http.html", 3),
            Map.entry("proxy-daily_legacy.html", 4),
            Map.entry("proxy-daily_serverside_proxies.json", 4),
            Map.entry("geonode_proxy-list_page1.json", 4),
            Map.entry("geonode_proxy-list_past_last_page.json", 0),
            Map.entry("nodemaven_proxies.json", 1),
            Map.entry("proxiware_proxies.json", 1),
            Map.entry("proxynova_proxylist.json", 0),
            Map.entry("proxyscrape_v4_display_proxies.json", 3),
            Map.entry("proxyscrape_v4_last_page_empty.json", 0),
            Map.entry("pubproxy_api_proxy.json", 2),
            Map.entry("7and1__free-proxy-list/proxies/all/data.csv", 100),
            Map.entry("excerpts/vakhov__fresh-proxy-list.proxylist.csv", 8),
            Map.entry("excerpts/ProxyScrape__free-proxy-list.all.data.RECONSTRUCTED.csv", 8));

    @Test
    void everyListGivesTheEntriesItPlainlyHas() throws IOException {
        Path folder = TestLists.folder();
        List<SourceTable.Row> rows = SourceTable.read(folder);
        assertThat(rows).hasSizeGreaterThan(90);
        for (SourceTable.Row row : rows) {
            byte[] bytes = bytes(folder, row);
            Collected collected = row.collected();
            int admitted = collected.accepted.size() + collected.count(Rejection.NON_PUBLIC);
            if (!SourceTable.isList(row.name())) {
                assertThat(collected.lines()).as(row.name()).isEmpty();
            } else if (COUNTED.containsKey(row.name())) {
                assertThat(admitted).as(row.name()).isEqualTo(COUNTED.get(row.name()));
            } else if (row.format() == ListFormat.JSON) {
                assertThat(collected.accepted.size() + collected.count(Rejection.DUPLICATE))
                        .as(row.name())
                        .isEqualTo(records(new ObjectMapper().readTree(bytes)));
            } else if (row.name().endsWith("proxy.list")) {
                assertThat(admitted).as(row.name()).isEqualTo(lines(bytes));
            } else {
                assertThat(admitted).as(row.name()).isEqualTo(distinctEndpoints(bytes));
            }
        }
    }

    @Test
    void theFormatIsToldAsWellAsItIsKnown() throws IOException {
        Path folder = TestLists.folder();
        for (SourceTable.Row row : SourceTable.read(folder)) {
            Collected told = Collected.of(ListFormat.AUTO, bytes(folder, row), 1_000);
            assertThat(told.lines()).as(row.name()).isEqualTo(row.collected().lines());
        }
    }

    @Test
    void nothingRefusedIsAnEntryAndNoCountryIsUnheardOf() throws IOException {
        for (SourceTable.Row row : SourceTable.read(TestLists.folder())) {
            if (!SourceTable.isList(row.name())) {
                continue;
            }
            for (Collected.Refused refused : row.collected().refused) {
                assertThat(refused.reason())
                        .as("%s %s", row.name(), refused)
                        .isIn(
                                Rejection.BLANK,
                                Rejection.HEADER,
                                Rejection.COMMENT,
                                Rejection.DUPLICATE,
                                Rejection.NON_PUBLIC,
                                Rejection.ERROR_PAGE,
                                Rejection.NOT_A_PROXY,
                                Rejection.BAD_HOSTNAME);
                assertThat(refused.reason() == Rejection.NOT_A_PROXY
                                && ENDPOINT.matcher(refused.sample()).find())
                        .as("%s %s", row.name(), refused)
                        .isFalse();
            }
            Set<String> unheard = new HashSet<>();
            for (Collected.Accepted accepted : row.collected().accepted) {
                String country = accepted.entry().country();
                if (country != null && EntryMapping.countryCode(country) == null) {
                    unheard.add(country);
                }
            }
            assertThat(unheard).as(row.name()).isEmpty();
        }
    }

    @Test
    void aListThatIsOnlyAWordIsRefusedWhole() throws IOException {
        Path file = TestLists.folder().resolve("lists/excerpts/roosterkid__openproxylist.HTTPS.broken-Array.txt");
        Collected collected = Collected.of(ListFormat.AUTO, Files.readAllBytes(file));
        assertThat(collected.accepted).isEmpty();
        assertThat(collected.count(Rejection.NOT_A_PROXY)).isEqualTo(1_322);
    }

    @Test
    void theTableInTheDocumentationIsTheOneTheseListsGive() throws IOException {
        String table = SourceTable.markdown(SourceTable.read(TestLists.folder()));
        assertThat(Files.readString(Path.of("docs", "sources.md"))).contains(table);
    }

    private static byte[] bytes(Path folder, SourceTable.Row row) throws IOException {
        Path list = folder.resolve("lists").resolve(row.name());
        return Files.readAllBytes(
                Files.exists(list) ? list : folder.resolve("source-api-samples").resolve(row.name()));
    }

    private static int distinctEndpoints(byte[] bytes) {
        Set<String> endpoints = new HashSet<>();
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        for (String line : text.lines().toList()) {
            Matcher matcher = ENDPOINT.matcher(line);
            if (matcher.find()) {
                int scheme = line.indexOf("://");
                endpoints.add((scheme < 0 ? "" : line.substring(0, scheme)) + matcher.group(1));
            }
        }
        return endpoints.size();
    }

    private static int lines(byte[] bytes) {
        return (int) new String(bytes, StandardCharsets.ISO_8859_1)
                .lines()
                .filter(line -> !line.isBlank())
                .count();
    }

    private static int records(JsonNode root) {
        JsonNode list = root.isArray() ? root : root.path("data");
        return list.isArray() ? list.size() : 0;
    }
}
