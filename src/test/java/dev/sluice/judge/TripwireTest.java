package dev.sluice.judge;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TripwireTest {
    private final JudgeSigner signer = JudgeSigner.random(new Random(3));
    private final Tripwire tripwire = new Tripwire(signer);

    @Test
    void judgeAndCheckerMakeTheSamePage() {
        byte[] page = new Tripwire(signer).page("token");

        assertThat(tripwire.compare("token", page)).isEqualTo(Tripwire.Difference.NONE);
        assertThat(text(page)).contains("<head>", "ad-slot", "<form", "</body>");
    }

    @Test
    void pagesAreOfManyLengthsWithinBounds() {
        Set<Integer> lengths = new HashSet<>();
        for (int i = 0; i < 500; i++) {
            int length = tripwire.page("token-" + i).length;
            assertThat(length).isBetween(Tripwire.MIN_BYTES, Tripwire.MAX_BYTES);
            lengths.add(length);
        }
        assertThat(lengths).hasSizeGreaterThan(250);
    }

    @Test
    void aBodyOfAnyLengthIsCompared() {
        String page = text(tripwire.page("t"));

        assertThat(compare(page + " ".repeat(5_000_000))).isEqualTo(Tripwire.Difference.WHITE_SPACE);
        assertThat(compare(page + "x".repeat(5_000_000))).isEqualTo(Tripwire.Difference.OTHER);
    }

    @Test
    void everyTokenAndKeyHasItsOwnPage() {
        String page = Tripwire.sha256(tripwire.page("token"));

        assertThat(Tripwire.sha256(tripwire.page("other"))).isNotEqualTo(page);
        assertThat(Tripwire.sha256(new Tripwire(JudgeSigner.random(new Random(4))).page("token")))
                .isNotEqualTo(page);
    }

    @Test
    void alterationsAreTold() {
        String page = text(tripwire.page("t"));

        assertThat(compare(page.replace("</body>", "<script src=\"//ads\"></script></body>")))
                .isEqualTo(Tripwire.Difference.SCRIPT);
        assertThat(compare(page.replace("</body>", "<script>CoinHive.Anonymous('k').start()</script></body>")))
                .isEqualTo(Tripwire.Difference.MINER);
        assertThat(compare(page.replace("<title>", "<meta http-equiv=\"Refresh\" content=\"0;url=//ads\"><title>")))
                .isEqualTo(Tripwire.Difference.REDIRECT);
        assertThat(compare(page.replace("</body>", "<IFRAME></IFRAME></body>"))).isEqualTo(Tripwire.Difference.FRAME);
        assertThat(compare(page.replace("action=\"/login", "action=\"http://evil/login")))
                .isEqualTo(Tripwire.Difference.FORM);
        assertThat(compare(page.replace("   ", " "))).isEqualTo(Tripwire.Difference.WHITE_SPACE);
        assertThat(compare(page.substring(0, page.length() / 2))).isEqualTo(Tripwire.Difference.CUT);
        assertThat(compare("")).isEqualTo(Tripwire.Difference.CUT);
        assertThat(compare(page.replace("<!-- advertisement -->", "<img>"))).isEqualTo(Tripwire.Difference.OTHER);
    }

    private Tripwire.Difference compare(String body) {
        return tripwire.compare("t", body.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static String text(byte[] body) {
        return new String(body, StandardCharsets.ISO_8859_1);
    }
}
