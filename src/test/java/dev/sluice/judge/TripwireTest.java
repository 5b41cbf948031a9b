package dev.sluice.judge;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TripwireTest {
    private final JudgeSigner signer = JudgeSigner.random(new Random(3));
    private final Tripwire tripwire = new Tripwire(signer);

    @Test
    void judgeAndCheckerMakeTheSamePage() {
        byte[] page = new Tripwire(signer).page("token");

        assertThat(tripwire.compare("token", page)).isEqualTo(Tripwire.Difference.NONE);
        assertThat(page.length).isBetween(8_192, 9_216);
        assertThat(text(page)).contains("<head>", "ad-slot", "<form", "</body>");
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
        assertThat(compare(page.replace("</body>", "<IFRAME></IFRAME></body>"))).isEqualTo(Tripwire.Difference.FRAME);
        assertThat(compare(page.replace("action=\"/login", "action=\"http://evil/login")))
                .isEqualTo(Tripwire.Difference.FORM);
        assertThat(compare(page.replace("   ", " "))).isEqualTo(Tripwire.Difference.WHITE_SPACE);
        assertThat(compare(page.substring(0, 5_000))).isEqualTo(Tripwire.Difference.CUT);
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
