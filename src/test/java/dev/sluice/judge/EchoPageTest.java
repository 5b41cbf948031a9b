package dev.sluice.judge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.judge.JudgeAnswer.Foreign;
import dev.sluice.judge.JudgeAnswer.Genuine;
import dev.sluice.judge.JudgeAnswer.Reading;
import dev.sluice.judge.JudgeAnswer.Surrounded;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EchoPageTest {
    private static final String NONCE = "Tq3-x_9";

    static final String HTTPBIN = """
            {
              "args": {
                "nonce": "Tq3-x_9",
                "show_env": "1"
              },
              "headers": {
                "Accept": "*/*",
                "Host": "httpbin.example",
                "X-Amzn-Trace-Id": "Root=1-65c0-1f",
                "X-Canary-Id": "Tq3-x_9",
                "X-Forwarded-For": "198.51.100.77",
                "X-Forwarded-Proto": "http"
              },
              "origin": "198.51.100.77",
              "url": "http://httpbin.example/get?show_env=1&nonce=Tq3-x_9"
            }
            """;

    static final String POSTMAN = """
            {"args":{"show_env":"1","nonce":"Tq3-x_9"},"headers":{"host":"postman.example",\
            "x-request-start":"t=1706.1","x-forwarded-proto":"https","x-forwarded-port":"443",\
            "x-amzn-trace-id":"Root=1-65","x-canary-id":"Tq3-x_9","accept":"*/*"},\
            "url":"https://postman.example/get?show_env=1&nonce=Tq3-x_9"}""";

    static final String AZENV = """
            <!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1">
            <html><head><title>AZ Environment variables 1.04</title></head>
            <body>
            <pre>
            HTTP_HOST = azenv.example
            HTTP_USER_AGENT = Mozilla/5.0 (compatible; Sluice)
            HTTP_ACCEPT = */*
            HTTP_ACCEPT_ENCODING = identity
            HTTP_X_CANARY_ID = Tq3-x_9
            HTTP_COOKIE = lang=en; theme=light
            HTTP_X_QUOTED = &lt;a &amp;amp; &quot;b&quot;&gt;
            REMOTE_ADDR = 198.51.100.77
            REMOTE_PORT = 51234
            REQUEST_METHOD = GET
            REQUEST_URI = /?show_env=1&nonce=Tq3-x_9
            REQUEST_TIME_FLOAT = 1706000000.25
            REQUEST_TIME = 1706000000
            CONTENT_LENGTH =
            </pre>
            </body></html>
            """;

    // --- JSON

    @Test
    void httpbinTellsHeadersAndPeer() {
        JudgeAnswer answer = genuine(json(HTTPBIN));

        assertThat(answer.peer()).isEqualTo("198.51.100.77");
        assertThat(answer.nonce()).isEqualTo(NONCE);
        assertThat(answer.requestLine()).isEqualTo("GET http://httpbin.example/get?show_env=1&nonce=Tq3-x_9");
        assertThat(answer.headers())
                .contains(new HeaderField("Host", "httpbin.example"), new HeaderField("X-Canary-Id", NONCE))
                .hasSize(6);
    }

    @Test
    void postmanTellsNoPeer() {
        JudgeAnswer answer = genuine(json(POSTMAN));

        assertThat(answer.peer()).isEmpty();
        assertThat(answer.headers()).contains(new HeaderField("accept", "*/*"));
    }

    @Test
    void valuesMayBeLists() {
        JudgeAnswer answer = genuine(json("""
                        {"args":{"nonce":["Tq3-x_9"]},"headers":{"Accept":["*/*"],"Via":["1.1 a","1.1 b"]},
                        "origin":"203.0.113.5:4711"}"""));

        assertThat(answer.peer()).isEqualTo("203.0.113.5");
        assertThat(answer.headers())
                .containsExactly(
                        new HeaderField("Accept", "*/*"),
                        new HeaderField("Via", "1.1 a"),
                        new HeaderField("Via", "1.1 b"));
    }

    @Test
    void theLastOriginIsThePeerAndTheOthersWereForwarded() {
        JudgeAnswer hidden =
                genuine(json(HTTPBIN.replace("\"198.51.100.77\",\n  \"url", "\"10.1.2.3, 203.0.113.5\",\n  \"url")
                        .replace("\"X-Forwarded-For\": \"198.51.100.77\",", "")));

        assertThat(hidden.peer()).isEqualTo("203.0.113.5");
        assertThat(hidden.headers()).contains(new HeaderField("X-Forwarded-For", "10.1.2.3"));

        JudgeAnswer shown = genuine(json(HTTPBIN.replace("198.51.100.77", "198.51.100.77, 203.0.113.5")));
        assertThat(shown.peer()).isEqualTo("203.0.113.5");
        assertThat(shown.headers())
                .filteredOn(header -> header.name().equals("X-Forwarded-For"))
                .containsExactly(new HeaderField("X-Forwarded-For", "198.51.100.77, 203.0.113.5"));
    }

    @Test
    void somethingAddedAroundJsonIsTold() {
        assertThat(json(HTTPBIN + "<script>ads()</script>")).isInstanceOf(Surrounded.class);
        assertThat(json("<script>if (a) {b()}</script>" + HTTPBIN)).isInstanceOf(Surrounded.class);
        assertThat(json("\n " + HTTPBIN + " \r\n")).isInstanceOf(Genuine.class);
        assertThat(json('\u00ef' + "\u00bb\u00bf" + HTTPBIN)).isInstanceOf(Genuine.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "{",
                "null",
                "{\"ip\": \"203.0.113.5\"}",
                "{\"origin\": \"203.0.113.5\"}",
                "{\"headers\":{},\"origin\":\"203.0.113.5\",\"args\":{\"nonce\":\"Tq3-x_9\"}}",
                "{\"headers\":\"x\",\"origin\":\"203.0.113.5\",\"args\":{\"nonce\":\"Tq3-x_9\"}}",
                "{\"headers\":{\"A\":\"b\"},\"origin\":\"203.0.113.5\",\"args\":{\"nonce\":\"other\"}}",
                "{\"headers\":{\"A\":\"b\"},\"origin\":\"203.0.113.5\",\"url\":\"http://h/get?nonce=Tq3-x_9z\"}",
                "{\"headers\":{\"A\":\"b\"},\"origin\":\"203.0.113.5\",\"url\":\"http://h/get#?nonce=Tq3-x_9\"}",
                "{\"headers\":{\"A\":\"Tq3-x_9\"},\"origin\":\"203.0.113.5\"}",
                "{\"headers\":{\"A\":\"b\"},\"origin\":\"unknown\",\"args\":{\"nonce\":\"Tq3-x_9\"}}",
                "{\"headers\":{\"A\":\"b\"},\"headers\":{},\"args\":{\"nonce\":\"Tq3-x_9\"}}"
            })
    void whatIsNoEchoOfTheQuestionIsForeign(String body) {
        assertThat(json(body)).isInstanceOf(Foreign.class);
    }

    // --- environment

    @Test
    void anEnvironmentTellsHeadersByTheirUsualNames() {
        JudgeAnswer answer = genuine(environment(AZENV));

        assertThat(answer.peer()).isEqualTo("198.51.100.77");
        assertThat(answer.timeMillis()).isEqualTo(1_706_000_000_000L);
        assertThat(answer.requestLine()).isEqualTo("GET /?show_env=1&nonce=Tq3-x_9");
        assertThat(answer.headers())
                .containsExactly(
                        new HeaderField("Host", "azenv.example"),
                        new HeaderField("User-Agent", "Mozilla/5.0 (compatible; Sluice)"),
                        new HeaderField("Accept", "*/*"),
                        new HeaderField("Accept-Encoding", "identity"),
                        new HeaderField("X-Canary-Id", NONCE),
                        new HeaderField("Cookie", "lang=en; theme=light"),
                        new HeaderField("X-Quoted", "<a &amp; \"b\">"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP_HOST = h\nREMOTE_ADDR = 203.0.113.5\nREQUEST_URI = /?nonce=Tq3-x_9",
                "HTTP_HOST=h\r\nREMOTE_ADDR=203.0.113.5\r\nREQUEST_URI=/env?a=b&nonce=Tq3-x_9\r\n",
                "<html>HTTP_HOST = h<br>REMOTE_ADDR = 203.0.113.5<br />QUERY_STRING = a=1&nonce=Tq3-x_9<BR/></html>",
                "<pre>HTTP_HOST = h\nREMOTE_ADDR = ::ffff:203.0.113.5\nREQUEST_URI = /?nonce=Tq3-x_9&amp;b=1</pre>",
                "HTTP_HOST = h\nREMOTE_ADDR = 203.0.113.5\nREQUEST_URI = http://h/?nonce=Tq3-x_9\n"
            })
    void textAndHtmlAreRead(String body) {
        JudgeAnswer answer = genuine(environment(body));

        assertThat(answer.peer()).isEqualTo("203.0.113.5");
        assertThat(answer.headers()).contains(new HeaderField("Host", "h"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "REMOTE_ADDR = 203.0.113.5\nREQUEST_URI = /?nonce=Tq3-x_9",
                "HTTP_HOST = h\nREQUEST_URI = /?nonce=Tq3-x_9",
                "HTTP_HOST = h\nREMOTE_ADDR = elsewhere\nREQUEST_URI = /?nonce=Tq3-x_9",
                "HTTP_HOST = h\nREMOTE_ADDR = 203.0.113.5\nREQUEST_URI = /?nonce=another",
                "HTTP_HOST = h\nREMOTE_ADDR = 203.0.113.5\nREQUEST_URI = /",
                "HTTP_X_CANARY_ID = another\nREMOTE_ADDR = 203.0.113.5\nREQUEST_URI = /?nonce=Tq3-x_9",
                "HTTP_A = x<br>REMOTE_ADDR = 192.0.2.1\nREMOTE_ADDR = 203.0.113.5\nREQUEST_URI = /?nonce=Tq3-x_9"
            })
    void anotherEnvironmentIsForeign(String body) {
        assertThat(environment(body)).isInstanceOf(Foreign.class);
    }

    // --- both

    @Test
    void aCanaryOfAnotherQuestionIsForeignAndAMissingOneIsNot() {
        String other = HTTPBIN.replace("\"X-Canary-Id\": \"Tq3-x_9\"", "\"X-Canary-Id\": \"old\"");
        String none = HTTPBIN.replace("\"X-Canary-Id\": \"Tq3-x_9\",", "");

        assertThat(json(other)).isEqualTo(new Foreign("canary of another question"));
        assertThat(json(none)).isInstanceOf(Genuine.class);
    }

    @Test
    void pagesAreBounded() {
        byte[] tooLong = new byte[JudgeAnswer.MAX_BYTES + 1];
        Arrays.fill(tooLong, (byte) '{');
        StringBuilder many = new StringBuilder("REMOTE_ADDR = 203.0.113.5\nREQUEST_URI = /?nonce=Tq3-x_9\n");
        for (int i = 0; i < 300; i++) {
            many.append("HTTP_X").append(i).append(" = y\n");
        }

        assertThat(EchoPage.json(tooLong, NONCE)).isInstanceOf(Foreign.class);
        assertThat(EchoPage.json(Arrays.copyOf(tooLong, JudgeAnswer.MAX_BYTES), NONCE))
                .isInstanceOf(Foreign.class);
        assertThat(EchoPage.environment(tooLong, NONCE)).isInstanceOf(Foreign.class);
        assertThat(environment(many.toString())).isEqualTo(new Foreign("more than 256 variables"));
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13, 14})
    void anyBytesAreRead(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 2_000; round++) {
            byte[] body = new byte[random.nextInt(400)];
            random.nextBytes(body);
            assertThat(EchoPage.json(body, NONCE)).as("seed %s", seed).isInstanceOf(Foreign.class);
            assertThat(EchoPage.environment(body, NONCE)).as("seed %s", seed).isInstanceOf(Foreign.class);
        }
    }

    /** What remains readable after damage still carries the nonce. */
    @ParameterizedTest
    @ValueSource(longs = {21, 22, 23, 24})
    void damagedPagesAreReadOrRefused(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 1_000; round++) {
            for (String page : new String[] {HTTPBIN, POSTMAN, AZENV}) {
                byte[] body = page.getBytes(StandardCharsets.ISO_8859_1);
                for (int i = random.nextInt(6); i >= 0; i--) {
                    body[random.nextInt(body.length)] = (byte) random.nextInt(256);
                }
                byte[] cut = Arrays.copyOf(body, random.nextInt(4) == 0 ? random.nextInt(body.length) : body.length);
                for (Reading reading : new Reading[] {EchoPage.json(cut, NONCE), EchoPage.environment(cut, NONCE)}) {
                    if (reading instanceof Genuine genuine) {
                        assertThat(genuine.answer().nonce()).as("seed %s", seed).isEqualTo(NONCE);
                        assertThat(text(cut)).as("seed %s", seed).contains(NONCE);
                    }
                }
            }
        }
    }

    private static Reading json(String body) {
        return EchoPage.json(body.getBytes(StandardCharsets.ISO_8859_1), NONCE);
    }

    private static Reading environment(String body) {
        return EchoPage.environment(body.getBytes(StandardCharsets.ISO_8859_1), NONCE);
    }

    private static JudgeAnswer genuine(Reading reading) {
        assertThat(reading).isInstanceOf(Genuine.class);
        return ((Genuine) reading).answer();
    }

    private static String text(byte[] body) {
        return new String(body, StandardCharsets.ISO_8859_1);
    }
}
