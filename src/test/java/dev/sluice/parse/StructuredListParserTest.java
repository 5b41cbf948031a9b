package dev.sluice.parse;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StructuredListParserTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            quoteCharacter = '`',
            value = {
                "{'ip':'1.2.3.4','port':80}~- 1.2.3.4 80 - -",
                "[{'host':'1.2.3.4','port':'80','protocols':['socks4']}]~socks4 1.2.3.4 80 - -",
                "[{'address':'1.2.3.4','port':'80','protocol':'http,socks4'}]~http 1.2.3.4 80 - -,socks4 1.2.3.4 80 - -",
                "{'data':[{'addr':'1.2.3.4','port':80,'type':'Anonymous'}]}~- 1.2.3.4 80 - -",
                "{'x':{'y':[{'ip_address':'1.2.3.4','port':80,'type':'SOCKS5'}]}}~socks5 1.2.3.4 80 - -",
                "[{'proxy_address':'1.2.3.4','port':80,'username':'u','password':'p','country_code':'DE'}]~- 1.2.3.4 80 u:p DE",
                "[{'ipPort':'1.2.3.4:80','country':'ID'}]~- 1.2.3.4 80 - ID",
                "[{'proxy':'socks5://1.2.3.4:80','geolocation':{'country':'ZZ'}}]~socks5 1.2.3.4 80 - -",
                "[{'url':'http://u:p@1.2.3.4:80'}]~http 1.2.3.4 80 u:p -",
                "[{'ip':'1.2.3.4','port':80,'geolocation':{'country':{'iso_code':'RU','names':{'en':'Russia'}}}}]~- 1.2.3.4 80 - RU",
                "[{'ip':'1.2.3.4','port':80,'ip_data':{'country':'United States','countryCode':'US','proxy':true}}]~- 1.2.3.4 80 - US",
                "[{'ip':'1.2.3.4','port':80,'ip_data':null,'country':null}]~- 1.2.3.4 80 - -",
                "[{'ip':'1.2.3.4','port':80,'http':'1','ssl':'1','socks5':'0'}]~http 1.2.3.4 80 - -,https 1.2.3.4 80 - -",
                "[{'ip':'1.2.3.4','port':80,'protocol':'socks5','ssl':true}]~socks5 1.2.3.4 80 - -",
                "[{'ip':'1.2.3.4','port':80,'exit':{'ip':'5.6.7.8','port':90}}]~- 1.2.3.4 80 - -",
                "[{'exit':{'ip':'5.6.7.8','port':90},'ip':'1.2.3.4','port':80}]~- 1.2.3.4 80 - -",
                "[{'exits':['5.6.7.8:90',{'ip':'5.6.7.8','port':91}],'ip':'1.2.3.4','port':80}]~- 1.2.3.4 80 - -",
                "['1.2.3.4:80','socks5://1.2.3.4:81']~- 1.2.3.4 80 - -,socks5 1.2.3.4 81 - -",
                "{'proxies':['1.2.3.4:80']}~- 1.2.3.4 80 - -",
                "{'socks5':['1.2.3.4:80'],'http':['1.2.3.4:81']}~socks5 1.2.3.4 80 - -,http 1.2.3.4 81 - -",
                "[{'LISTA':[{'IP':'1.2.3.4','PORT':'80'}]}]~- 1.2.3.4 80 - -",
                "{'url':'https://api.example.com/page','data':[{'ip':'1.2.3.4','port':80}]}~- 1.2.3.4 80 - -",
                "[{'ip':'1.2.3.4','port':80,'url':'https://site.example/p'}]~- 1.2.3.4 80 - -",
            })
    void entriesAreKnownByTheirFields(String json, String expected) {
        byte[] bytes = json.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
        for (int piece = 1; piece <= bytes.length; piece += 6) {
            Collected collected = Collected.of(ListFormat.JSON, bytes, piece);
            assertThat(String.join(",", collected.lines()))
                    .as("%s", collected.refused)
                    .isEqualTo(expected);
            assertThat(collected.refused).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            quoteCharacter = '`',
            value = {
                "[null]~NOT_A_PROXY:null",
                "[{'ip':null,'port':80}]~NOT_A_PROXY:no address",
                "[{}]~NOT_A_PROXY:no address",
                "[{'ip':'1.2.3.4'}]~NO_PORT",
                "[{'ip':'1.2.3.4','port':null}]~NO_PORT",
                "[{'ip':'1.2.3.4','port':80.5}]~BAD_PORT",
                "[{'ip':'1.2.3.4','port':-1}]~BAD_PORT",
                "[{'ip':'1.2.3.4','port':100021}]~PORT_RANGE",
                "[{'ip':'10.0.0.1','port':80}]~NON_PUBLIC:private",
                "[{'ip':'1.2.3.4','port':80,'protocol':'vless'}]~UNSUPPORTED_SCHEME",
                "{'error':'You reached the limit'}~ERROR_PAGE",
                "{'ip':'1.2.3.4','port':80~NOT_A_PROXY:malformed JSON",
                "[{'ip':'1.2.3.4' + '5','port':80}]~NOT_A_PROXY:malformed JSON",
                "No proxy~ERROR_PAGE",
                "<html><body>403 Forbidden</body></html>~ERROR_PAGE",
            })
    void whatIsNoEntryIsRefusedWithItsReason(String json, String reason) {
        Collected collected = Collected.of(ListFormat.JSON, json.replace('\'', '"'));
        assertThat(collected.lines()).isEmpty();
        assertThat(collected.reasons()).containsExactly(reason);
    }

    @Test
    void anExpressionInPlaceOfAnAddressIsRefusedNotEvaluated() {
        Collected collected = Collected.of(
                ListFormat.JSON, "{\"data\":[{\"ip\":\"\\\"103.178\\\" + \\\".2.16\\\"\",\"port\":8199}]}");
        assertThat(collected.accepted).isEmpty();
        assertThat(collected.refused).hasSize(1);
    }

    @Test
    void anEmptyListIsNoError() {
        assertThat(Collected.of(ListFormat.JSON, "{\"data\":[],\"total\":7,\"message\":\"ok\"}").accepted)
                .isEmpty();
        assertThat(Collected.of(ListFormat.JSON, "[]").refused).isEmpty();
        assertThat(Collected.of(ListFormat.JSON, "").refused).isEmpty();
    }

    @Test
    void aLongListIsHandedOnWhileItIsRead() {
        Collected collected = new Collected();
        ListParser parser = ListParsers.create(ListFormat.JSON, ParseOptions.of(AddressPolicy.PUBLIC), collected);
        feed(parser, "{\"proxies\":[");
        for (int i = 0; i < 1_000; i++) {
            feed(parser, (i == 0 ? "" : ",") + "{\"ip\":\"1.2.3.4\",\"port\":" + (1 + i) + "}");
        }
        assertThat(collected.accepted).hasSizeGreaterThan(900);
        feed(parser, "],\"count\":1000}");
        parser.end();
        assertThat(collected.accepted).hasSize(1_000);
        assertThat(collected.accepted.get(999).line()).isEqualTo(1_000);
    }

    @Test
    void whatWasReadBeforeADocumentBrokeIsKept() {
        Collected collected = Collected.of(
                ListFormat.JSON, "{\"data\":[{\"ip\":\"1.2.3.4\",\"port\":80},{\"ip\":\"1.2.3.4\",\"port\":81},{\"ip");
        assertThat(collected.accepted).hasSize(2);
        assertThat(collected.reasons()).containsExactly("NOT_A_PROXY:malformed JSON");
    }

    @Test
    void nestingAndHugeTextsAreBounded() {
        assertThat(Collected.of(ListFormat.JSON, "[".repeat(100_000)).reasons())
                .containsExactly("NOT_A_PROXY:malformed JSON");
        assertThat(Collected.of(ListFormat.JSON, "[\"" + "a".repeat(5_000_000) + "\"]")
                        .reasons())
                .containsExactly("NOT_A_PROXY:malformed JSON");
        assertThat(Collected.of(ListFormat.TEXT, "{\"a\":" + "[".repeat(3_000)).reasons())
                .containsExactly("NOT_A_PROXY:malformed JSON");
    }

    @Test
    void documentsMayFollowEachOther() {
        Collected collected =
                Collected.of(ListFormat.JSON, "{\"ip\":\"1.2.3.4\",\"port\":80}\n{\"ip\":\"1.2.3.4\",\"port\":81}\n");
        assertThat(collected.accepted).extracting(Collected.Accepted::line).containsExactly(1L, 2L);
    }

    @Test
    void columnsOfACsvAreFoundByTheirHeader() {
        Collected collected = Collected.of(
                ListFormat.CSV,
                "\ufeffcountry_code;\"Protocol\";port;IP;isp\r\nDE;socks4;1080;1.2.3.4;\"a;\"\"b\"\"\"\r\n"
                        + "\r\n;http;x;1.2.3.5;\r\nFR;HTTP\r\n");
        assertThat(collected.lines()).containsExactly("socks4 1.2.3.4 1080 - DE");
        assertThat(collected.reasons()).containsExactly("HEADER", "BAD_PORT", "NOT_A_PROXY");
        assertThat(collected.accepted.get(0).line()).isEqualTo(2);
    }

    @Test
    void aCsvWithoutHeaderIsReadRowByRow() {
        Collected collected = Collected.of(
                ListFormat.CSV,
                "socks5://1.2.3.4:80,ZZ,Unknown\n1.2.3.5\t81\tFR\nstar.example.com;1.2.3.6;82;NL\n\"1.2.3.7\",\"83\"\n");
        assertThat(collected.lines())
                .containsExactly("socks5 1.2.3.4 80 - -", "- 1.2.3.5 81 - FR", "- 1.2.3.6 82 - NL", "- 1.2.3.7 83 - -");
    }

    @Test
    void columnsOfATableAreFoundByTheirHeadings() {
        Collected collected = Collected.of(ListFormat.HTML_TABLE, """
                <html><body><table><tr><th>Name</th><th>Age</th></tr><tr><td>1.2.3.9</td><td>80</td></tr></table>
                <table><thead><tr><th>Port</th><th>Code</th><th>IP Address</th><th>Https</th></tr></thead><tbody>
                <tr><td>80</td><td>ID</td><td>1.2.3.4</td><td>yes</td></tr>
                <tr><td>81</td><td></td><td>1.2.3.5</td><td>no</td></tr>
                <tr><td>0</td><td></td><td>1.2.3.6</td><td>no</td></tr></tbody></table>
                <textarea>Free proxies from example.net
                Updated at 2026-03-30 05:22:02 UTC.

                1.2.3.4:80
                1.2.3.7:83
                </textarea></body></html>""");
        assertThat(collected.lines())
                .containsExactly("https 1.2.3.4 80 - ID", "http 1.2.3.5 81 - -", "- 1.2.3.7 83 - -");
        assertThat(collected.reasons()).containsExactly("PORT_RANGE", "DUPLICATE");
    }

    @Test
    void aPageWithoutAListIsAnErrorPage() {
        Collected collected = Collected.of(
                ListFormat.HTML_TABLE, "<html><head><title>Just a moment...</title></head><body>Wait.</body></html>");
        assertThat(collected.reasons()).containsExactly("ERROR_PAGE:no list in the page");
        assertThat(collected.refused.get(0).sample()).isEqualTo("Just a moment...");
    }

    @Test
    void listsInScriptsAreReadNotRun() {
        Collected collected = Collected.of(
                ListFormat.HTML_TABLE,
                "<html><script>window.x=(function(a){return {items:[\"1.2.3.4:80\",\"1.2.3.5:99999\"]}})()</script>");
        assertThat(collected.lines()).containsExactly("- 1.2.3.4 80 - -");
        assertThat(collected.reasons()).containsExactly("PORT_RANGE");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            quoteCharacter = '`',
            value = {
                "1.2.3.4:80~TEXT",
                "1.2.3.4,80~TEXT",
                "[2a01:4f8::2]:80~TEXT",
                "{'ip':1}~JSON",
                "{'ip':1}\\n{'ip':2}~TEXT",
                "{~JSON",
                "[~JSON",
                " [ {'ip'~JSON",
                "['1.2.3.4:80']~JSON",
                "[]~JSON",
                "<!doctype html>~HTML_TABLE",
                "ip,port~CSV",
                "protocol;ip;port\\nx~CSV",
                "# ip,port~TEXT",
                "\ufeff~TEXT",
            })
    void theFormatIsToldFromTheBeginning(String text, ListFormat format) {
        assertThat(AutoListParser.format(text.replace('\'', '"').replace("\\n", "\n"), true))
                .isEqualTo(format);
    }

    private static void feed(ListParser parser, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        parser.feed(bytes, 0, bytes.length);
    }
}
