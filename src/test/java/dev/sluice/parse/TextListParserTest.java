package dev.sluice.parse;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class TextListParserTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "1.2.3.4:80~- 1.2.3.4 80 - -",
                "1.2.3.4 80~- 1.2.3.4 80 - -",
                "1.2.3.4,80~- 1.2.3.4 80 - -",
                "1.2.3.4;80~- 1.2.3.4 80 - -",
                "1.2.3.4 : 80~- 1.2.3.4 80 - -",
                "1.2.3.4: 80~- 1.2.3.4 80 - -",
                "Proxy.Example.COM 8080~- proxy.example.com 8080 - -",
                "http://1.2.3.4:80/~http 1.2.3.4 80 - -",
                "HTTPS://1.2.3.4:80~https 1.2.3.4 80 - -",
                "socks5h://1.2.3.4:80~socks5 1.2.3.4 80 - -",
                "socks://1.2.3.4:80~- 1.2.3.4 80 - -",
                "socks5://u:p@1.2.3.4:80~socks5 1.2.3.4 80 u:p -",
                "socks5://u%20x:p%2Fq@1.2.3.4:80/~socks5 1.2.3.4 80 u x:p/q -",
                "http://user@1.2.3.4:80~http 1.2.3.4 80 user: -",
                "http://1.2.3.4:80:u:p~http 1.2.3.4 80 u:p -",
                "u:p@1.2.3.4:80~- 1.2.3.4 80 u:p -",
                "1.2.3.4:80@u:p~- 1.2.3.4 80 u:p -",
                "1.2.3.4:80:u:p~- 1.2.3.4 80 u:p -",
                "u:p:1.2.3.4:80~- 1.2.3.4 80 u:p -",
                "gw.vendor.example:7000:user-session-1a:pa+s%s~- gw.vendor.example 7000 user-session-1a:pa+s%s -",
                "[2a01:4f8::2]:1080~- 2a01:4f8::2 1080 - -",
                "[2A01:4F8::2] 1080~- 2a01:4f8::2 1080 - -",
                "2a01:4f8::2 1080~- 2a01:4f8::2 1080 - -",
                "http://u:p@[2a01:4f8::2]:1080~http 2a01:4f8::2 1080 u:p -",
                "socks5 1.2.3.4 1080~socks5 1.2.3.4 1080 - -",
                "socks4 1.2.3.4 1080 u p~socks4 1.2.3.4 1080 u:p -",
                "http\t1.2.3.4\t1080\tu\tp~http 1.2.3.4 1080 u:p -",
                "http 1.2.3.4:1080~http 1.2.3.4 1080 - -",
                "- 1.2.3.4:80~- 1.2.3.4 80 - -",
                "  * 1.2.3.4:80~- 1.2.3.4 80 - -",
                "\"1.2.3.4:80\",~- 1.2.3.4 80 - -",
                "1.2.3.4:80:United States~- 1.2.3.4 80 - United States",
                "1.2.3.4:80:US~- 1.2.3.4 80 - US",
                "1.2.3.4:80:ZZ~- 1.2.3.4 80 - -",
                "1.2.3.4:80:Germany:Berlin~- 1.2.3.4 80 - Germany",
                "1.2.3.4:80:socks5~socks5 1.2.3.4 80 - -",
                "1.2.3.4:80|France|Paris~- 1.2.3.4 80 - France",
                "1.2.3.4:80 => failure~- 1.2.3.4 80 - -",
                "1.2.3.4:80 CO-N-S! +~- 1.2.3.4 80 - CO",
                "1.2.3.4:80 876ms MY [Tmnet, Telekom]~- 1.2.3.4 80 - MY",
                "1.2.3.4:80 # good one~- 1.2.3.4 80 - -",
                "1.2.3.4:80 socks5 DE~socks5 1.2.3.4 80 - DE",
                "1.2.3.4,80,no,US~- 1.2.3.4 80 - US",
                "socks5://1.2.3.4:80,ZZ,Unknown~socks5 1.2.3.4 80 - -",
                "1.2.3.4,80,CN,China,,HTTP,Elite~http 1.2.3.4 80 - CN",
                "\"1.2.3.4\",\"80\",\"CN\"~- 1.2.3.4 80 - CN",
                "socks4,1.2.3.4,80,Germany,DE~socks4 1.2.3.4 80 - Germany",
                "star.example.com;1.2.3.4;80;31188;NL;Netherlands~- 1.2.3.4 80 - NL",
                "Proxy: 1.2.3.4:80 is fast~- 1.2.3.4 80 - -",
                "[HTTP] 1.2.3.4:80 works~- 1.2.3.4 80 - -",
                "1.2.3.4:80/path?x=1~- 1.2.3.4 80 - -",
                "(1.2.3.4:80)~- 1.2.3.4 80 - -",
                "{\"ip\": \"1.2.3.4\", \"port\": \"80\", \"type\": \"socks5\"},~socks5 1.2.3.4 80 - -",
            })
    void everyPublishedShapeIsRead(String line, String expected) {
        Collected collected = Collected.of(ListFormat.TEXT, line);
        assertThat(collected.lines()).as(collected.refused.toString()).containsExactly(expected);
        assertThat(collected.refused).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "78.28.152.111:80117.54.114.97:80~BAD_PORT",
                "1.2.3.4:100021~PORT_RANGE",
                "1.2.3.4:0~PORT_RANGE",
                "1.2.3.4:65536~PORT_RANGE",
                "1.2.3.4:080~BAD_PORT",
                "1.2.3.4:8O~BAD_PORT",
                "1.2.3.4~NO_PORT",
                "proxy.example.com~NO_PORT",
                "1.2.3:80~BAD_ADDRESS",
                "1.2.3.4.5:80~BAD_ADDRESS",
                "01.2.3.4:80~LEADING_ZERO",
                "0x7f.0.0.1:80~BAD_ADDRESS",
                "127.1:80~BAD_ADDRESS",
                "2130706433:80~BAD_ADDRESS",
                "localhost:80~BAD_HOSTNAME",
                "a-.example.com:80~BAD_HOSTNAME",
                "a..example.com:80~BAD_HOSTNAME",
                "10.0.0.0/8~CIDR",
                "2001:db8::/32~CIDR",
                "10.0.0.1:80~NON_PUBLIC:private",
                "[::1]:80~NON_PUBLIC:loopback",
                "[::ffff:127.0.0.1]:80~NON_PUBLIC:loopback",
                "[64:ff9b::127.0.0.1]:80~NON_PUBLIC:loopback",
                "socks5://169.254.169.254:80~NON_PUBLIC:link-local",
                "2a01:4f8::2:1080~AMBIGUOUS_IPV6",
                "[2a01:4f8::2]~NO_PORT",
                "[2a01:4f8::2:80~BAD_ADDRESS",
                "vmess://eyJhZGQiOiIxLjIuMy40In0=~UNSUPPORTED_SCHEME:vmess",
                "http://example.com/list.txt~NO_PORT",
                "http://u:%zz@1.2.3.4:80~BAD_CREDENTIALS",
                "http://u:%0d%0a@1.2.3.4:80~BAD_CREDENTIALS",
                "http://u:%ff@1.2.3.4:80~BAD_CREDENTIALS",
                "1.2.3.4:80:a:b:c~BAD_CREDENTIALS",
                "u:p@1.2.3.4~NO_PORT",
                "07:58:01~BAD_ADDRESS",
                "Updated at 2026-03-30 07:58:01~HEADER",
                "See https://example.com:8443 for more proxies~HEADER",
                "12:30 lunch~BAD_ADDRESS",
                "# 1.2.3.4:80~COMMENT",
                "; 1.2.3.4:80~COMMENT",
                "// 1.2.3.4:80~COMMENT",
                "=======~HEADER",
                "ip,port,country~HEADER",
                "host:port~HEADER",
                "<td>1.2.3.4:80</td>~MARKUP",
                "<!DOCTYPE html>~ERROR_PAGE",
                "Too Many Requests: 429~ERROR_PAGE",
                "502 Bad Gateway~ERROR_PAGE",
                "{\"error\": \"rate limited\"}~ERROR_PAGE",
                "{\"ip\": \"1.2.3.4\", ~NOT_A_PROXY:malformed JSON",
                "try 1.2.3.4:80 or 5.6.7.8:90~NOT_A_PROXY",
                "http:// 1.2.3.4~BAD_ADDRESS",
            })
    void whatIsNoEntryIsRefusedWithItsReason(String line, String reason) {
        Collected collected = Collected.of(ListFormat.TEXT, line);
        assertThat(collected.lines()).isEmpty();
        assertThat(collected.reasons()).containsExactly(reason);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", "\r\n", "\r"})
    void everyLineEndEndsALineHoweverThePiecesAreCut(String end) {
        String text = "1.2.3.4:80" + end + end + "http://1.2.3.5:81" + end + "x" + end + "1.2.3.6:82";
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        for (int piece = 1; piece <= bytes.length; piece++) {
            Collected collected = Collected.of(ListFormat.TEXT, bytes, piece);
            assertThat(collected.accepted).extracting(Collected.Accepted::line).containsExactly(1L, 3L, 5L);
            assertThat(collected.refused).extracting(Collected.Refused::line).containsExactly(2L, 4L);
        }
    }

    @Test
    void aListWithoutAFinalLineEndLosesNothing() {
        assertThat(Collected.of(ListFormat.TEXT, "1.2.3.4:80").accepted).hasSize(1);
        assertThat(Collected.of(ListFormat.TEXT, "1.2.3.4:80\n").accepted).hasSize(1);
        assertThat(Collected.of(ListFormat.TEXT, "1.2.3.4:80\n").refused).isEmpty();
        assertThat(Collected.of(ListFormat.TEXT, "").refused).isEmpty();
    }

    @Test
    void marksAndControlCharactersAroundALineAreSurvived() {
        String text = lines(
                "\ufeff1.2.3.4:80",
                "\ufeff\ufeff1.2.3.5:80",
                "\u00001.2.3.6:80\u0000\u0000",
                "\u200b1.2.3.7:80\u00a0\u001b",
                "🇲🇾 1.2.3.8:80",
                "1.2.\u00003.9:80");
        Collected collected = Collected.of(ListFormat.TEXT, text);
        assertThat(collected.accepted)
                .extracting(a -> a.entry().host())
                .containsExactly("1.2.3.4", "1.2.3.5", "1.2.3.6", "1.2.3.7", "1.2.3.8");
        assertThat(collected.refused).hasSize(1);
    }

    @Test
    void aLineThatIsNotUtf8IsReadAsLatin1() {
        byte[] latin = "1.2.3.4:80:T\u00fcrkiye\n".getBytes(StandardCharsets.ISO_8859_1);
        byte[] utf8 = "1.2.3.5:80:T\u00fcrkiye\n".getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream both = new ByteArrayOutputStream();
        both.writeBytes(latin);
        both.writeBytes(utf8);
        assertThat(Collected.of(ListFormat.TEXT, both.toByteArray(), 3).accepted)
                .extracting(a -> a.entry().country())
                .containsExactly("T\u00fcrkiye", "T\u00fcrkiye");
    }

    @Test
    void anEndlessLineCostsNoMoreThanTheLimit() {
        Collected collected = new Collected();
        ListParser parser =
                ListParsers.create(ListFormat.TEXT, new ParseOptions(AddressPolicy.PUBLIC, 64, 10), collected);
        byte[] piece = "a".repeat(1_000).getBytes(StandardCharsets.US_ASCII);
        for (int i = 0; i < 1_000; i++) {
            parser.feed(piece, 0, piece.length);
        }
        byte[] rest = "\n1.2.3.4:80\n".getBytes(StandardCharsets.US_ASCII);
        parser.feed(rest, 0, rest.length);
        parser.end();
        assertThat(collected.reasons()).containsExactly("TOO_LONG");
        assertThat(collected.accepted).extracting(Collected.Accepted::line).containsExactly(2L);
    }

    @Test
    void theSameEntryCountsOnceWhateverItsShape() {
        Collected collected = Collected.of(ListFormat.TEXT, """
                1.2.3.4:80
                1.2.3.4 80
                [::ffff:1.2.3.4]:80
                http://1.2.3.4:80
                HTTP://1.2.3.4:80/
                http://u:p@1.2.3.4:80
                http://u:q@1.2.3.4:80
                http://1.2.3.4:80:u:p
                A.example.com:80
                a.example.com.:80
                [2a01:4f8::2]:80
                [2A01:4F8:0::2]:80
                """);
        assertThat(collected.accepted).extracting(Collected.Accepted::line).containsExactly(1L, 4L, 6L, 7L, 9L, 11L);
        assertThat(collected.count(Rejection.DUPLICATE)).isEqualTo(6);
    }

    @Test
    void moreEntriesThanAllowedAreRefusedButDuplicatesStayDuplicates() {
        Collected collected = new Collected();
        ListParser parser =
                ListParsers.create(ListFormat.TEXT, new ParseOptions(AddressPolicy.PUBLIC, 64, 2), collected);
        byte[] bytes =
                "1.2.3.4:80\n1.2.3.4:81\n1.2.3.4:82\n1.2.3.4:80\nu:p@1.2.3.4:80\n".getBytes(StandardCharsets.US_ASCII);
        parser.feed(bytes, 0, bytes.length);
        parser.end();
        assertThat(collected.accepted).hasSize(2);
        assertThat(collected.reasons())
                .containsExactly("TOO_LONG:more than 2 entries", "DUPLICATE", "TOO_LONG:more than 2 entries");
    }

    @Test
    void samplesAreShortPrintableAndWithoutPasswords() {
        Collected collected = Collected.of(ListFormat.TEXT, """
                user:hunter2@10.0.0.1:80
                http://user:hunter2@1.2.3.4
                1.2.3.4:99999:user:hunter2
                10.0.0.1:80@user:hunter2
                socks5://1.2.3.4:99999:user:hunter2
                1.2.3.4:80:user:hunter2:more
                10.0.0.1:80:user:hunter2
                socks5 10.0.0.1 80 user hunter2
                socks5 1.2.3.4 99999 user hunter2
                socks5 localhost 1080 user hunter2
                {"ip": "1.2.3.4", "password": "hunter2"
                {"user": "a", "password": "hunter2"}
                http://user:hunter2%zz@1.2.3.4:80
                """ + "x\u001b[31m" + "y".repeat(500) + "\n");
        assertThat(collected.accepted).isEmpty();
        assertThat(collected.refused).hasSize(14).allSatisfy(refused -> {
            assertThat(refused.sample()).doesNotContain("hunter2");
            assertThat(refused.sample().length()).isLessThanOrEqualTo(120);
            assertThat(refused.sample().chars()).noneMatch(Character::isISOControl);
        });
    }

    @Test
    void theQuickAndTheCarefulReaderAgree() {
        long seed = 77;
        Random random = new Random(seed);
        String[] schemes = {"", "http://", "https://", "socks4://", "socks5://", "HTTP://", "http:/"};
        for (int i = 0; i < 20_000; i++) {
            StringBuilder line = new StringBuilder(schemes[random.nextInt(schemes.length)]);
            for (int part = 0; part < 4; part++) {
                line.append(part == 0 ? "" : ".").append(random.nextInt(300));
            }
            line.append(':').append(random.nextInt(70_000));
            if (random.nextInt(4) == 0) {
                line.setCharAt(random.nextInt(line.length()), "0123456789.:/ a".charAt(random.nextInt(15)));
            }
            String text = line.toString();
            Collected quick = Collected.of(ListFormat.TEXT, text);
            Collected careful = new Collected();
            Intake intake = new Intake(ParseOptions.of(AddressPolicy.PUBLIC), careful);
            new LineReader().read(1, text, intake);
            assertThat(quick.lines()).as("seed %d: %s", seed, text).isEqualTo(careful.lines());
            assertThat(quick.refused).as("seed %d: %s", seed, text).isEqualTo(careful.refused);
        }
    }

    @ParameterizedTest
    @EnumSource(ListFormat.class)
    void noBytesMakeAParserThrow(ListFormat format) {
        String[] seeds = {
            "1.2.3.4:80\n",
            "socks5://u:p@1.2.3.4:80\r\n",
            "{\"ip\":\"1.2.3.4\",\"port\":80}",
            "[{\"proxies\":[",
            "ip,port\n",
            "<table><tr><th>IP</th><th>Port</th></tr><tr><td>1.2.3.4</td><td>80</td></tr>",
            "\"a\"\"b\";",
            "[2a01:4f8::2%1]:80",
            "\ufeff",
            "::None::",
            "@:@:",
            "%zz%",
            "=> |x|",
            "\ud83c\uddf2 "
        };
        String signs = ",;:|@{}[]\"\n\r<>./%";
        for (long seed = 0; seed < 400; seed++) {
            Random random = new Random(seed);
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            int pieces = random.nextInt(30);
            for (int i = 0; i < pieces; i++) {
                if (random.nextBoolean()) {
                    bytes.writeBytes(seeds[random.nextInt(seeds.length)].getBytes(StandardCharsets.UTF_8));
                } else {
                    byte[] noise = new byte[random.nextInt(40)];
                    random.nextBytes(noise);
                    bytes.writeBytes(noise);
                }
            }
            byte[] list = bytes.toByteArray();
            for (int i = 0; i < list.length / 20; i++) {
                list[random.nextInt(list.length)] = (byte) signs.charAt(random.nextInt(signs.length()));
            }
            Collected whole = Collected.of(format, list);
            Collected cut = Collected.of(format, list, 1 + random.nextInt(9));
            assertThat(cut.lines()).as("seed %d", seed).isEqualTo(whole.lines());
            assertThat(whole.accepted).allSatisfy(accepted -> {
                assertThat(accepted.line()).isPositive();
                assertThat(accepted.entry().port()).isBetween(1, 65535);
                assertThat(accepted.entry().host()).matches("[a-z0-9.:-]{4,253}");
                EntryMapping.toCandidate(accepted.entry(), null, false);
            });
        }
    }

    @Test
    void halfAMillionEntriesFitInFewMegabytes() {
        SeenSet seen = new SeenSet();
        Random random = new Random(5);
        for (int i = 0; i < 500_000; i++) {
            seen.add(((long) random.nextInt() << 16 & 0xffffffffffffL) | (1 + random.nextInt(65535)));
        }
        assertThat(seen.size()).isBetween(499_000, 500_000);
        assertThat(seen.bytes()).isLessThanOrEqualTo(8L << 20);
    }

    @Test
    void aSetRemembersExactlyWhatWasAdded() {
        SeenSet seen = new SeenSet();
        for (long i = 1; i <= 100_000; i++) {
            assertThat(seen.add(i * 65_536)).isTrue();
        }
        for (long i = 1; i <= 100_000; i++) {
            assertThat(seen.add(i * 65_536)).isFalse();
            assertThat(seen.contains(i * 65_536 + 1)).isFalse();
        }
        assertThat(List.of(seen.size())).containsExactly(100_000);
    }

    private static String lines(String... lines) {
        return String.join("\n", lines);
    }
}
