package dev.sluice.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Short bodies in the quick lane. */
class QuickBodyVerticleTest {
    @Test
    void aBodyThatComesWithItsHeadIsAnsweredQuickly() throws Exception {
        try (QuickServer server = new QuickServer();
                QuickWire wire = new QuickWire(server.port())) {
            for (String body : List.of("x", "hello", "y".repeat(2_000))) {
                wire.send(QuickWire.post("/body", body));
                assertThat(wire.answer().body()).isEqualTo("quick:/body" + body);
            }
            assertThat(server.usual).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"no thanks", "break it"})
    void whatTheHandlerLeavesAloneReachesVertxWithItsBody(String body) throws Exception {
        try (QuickServer server = new QuickServer();
                QuickWire wire = new QuickWire(server.port())) {
            wire.send(QuickWire.post("/body", body) + QuickWire.get("/quick/after") + QuickWire.post("/body", "more"));
            assertThat(wire.answer().body()).isEqualTo("usual:/body" + body);
            assertThat(wire.answer().body()).isEqualTo("quick:/quick/after");
            assertThat(wire.answer().body()).isEqualTo("quick:/bodymore");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "POST /body HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n",
                "POST /body HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
                "POST /body HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\na",
                "PUT /body HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\na",
                "POST /other HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\na"
            })
    void whatIsNoShortPostGoesTheUsualWay(String request) throws Exception {
        try (QuickServer server = new QuickServer();
                QuickWire wire = new QuickWire(server.port())) {
            wire.send(request);
            assertThat(wire.answer().body()).startsWith("usual:/");
        }
    }

    @Test
    void aLongBodyGoesTheUsualWay() throws Exception {
        try (QuickServer server = new QuickServer();
                QuickWire wire = new QuickWire(server.port())) {
            String body = "z".repeat(QuickHandler.MOST_BODY + 1);
            wire.send(QuickWire.post("/body", body));
            assertThat(wire.answer().body()).isEqualTo("usual:/body" + body);
        }
    }

    /** Wherever the bytes are torn, the answer is one of the two ways', and the next request is answered. */
    @Test
    void aRequestThatIsTornAnywhereIsAnsweredOnce() throws Exception {
        byte[] request = QuickWire.post("/body", "torn").getBytes(StandardCharsets.US_ASCII);
        try (QuickServer server = new QuickServer();
                QuickWire wire = new QuickWire(server.port())) {
            for (int cut = 1; cut < request.length; cut++) {
                wire.send(request, 0, cut);
                // The server has read the first part when it has answered another connection since.
                try (QuickWire other = new QuickWire(server.port())) {
                    other.send(QuickWire.get("/quick/other"));
                    assertThat(other.answer().body()).isEqualTo("quick:/quick/other");
                }
                wire.send(request, cut, request.length - cut);
                assertThat(wire.answer().body()).as("cut at %d", cut).endsWith(":/bodytorn");
            }
        }
    }

    @Test
    void answersKeepTheirOrderAmongAllKinds() throws Exception {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        try (QuickServer server = new QuickServer();
                QuickWire wire = new QuickWire(server.port())) {
            StringBuilder sent = new StringBuilder();
            List<String> expected = new ArrayList<>();
            for (int i = 0; i < 400; i++) {
                switch (random.nextInt(5)) {
                    case 0 -> expect(sent, expected, QuickWire.get("/quick/" + i), ":/quick/" + i);
                    case 1 -> expect(sent, expected, QuickWire.get("/later/" + i), "usual:/later/" + i);
                    case 2 -> expect(sent, expected, QuickWire.post("/body/" + i, "no"), "usual:/body/" + i + "no");
                    case 3 -> expect(sent, expected, QuickWire.post("/other/" + i, "b"), "usual:/other/" + i + "b");
                    default -> expect(sent, expected, QuickWire.post("/body/" + i, "b"), ":/body/" + i + "b");
                }
            }
            Thread sender = new Thread(() -> {
                byte[] bytes = sent.toString().getBytes(StandardCharsets.US_ASCII);
                try {
                    for (int at = 0; at < bytes.length; ) {
                        int count = Math.min(bytes.length - at, 1 + random.nextInt(700));
                        wire.send(bytes, at, count);
                        at += count;
                    }
                } catch (java.io.IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            });
            sender.start();
            for (String each : expected) {
                assertThat(wire.answer().body()).as("seed %d", seed).endsWith(each);
            }
            sender.join();
        }
    }

    private static void expect(StringBuilder sent, List<String> expected, String request, String answer) {
        sent.append(request);
        expected.add(answer);
    }
}
