package dev.sluice.judge;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.sluice.proxy.Anonymity;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Header lists of any kind. An input is lines: the request's peer, then {@code > NAME: VALUE} as sent, others as arrived. */
class AnonymityRulesFuzzTest {
    private static final List<String> OWN = List.of("198.51.100.7", "2001:db8::7");
    private static final String OTHER = "203.0.113.9";

    @FuzzTest(maxDuration = "90s")
    void judging(byte[] data) {
        String[] lines = new String(data, StandardCharsets.ISO_8859_1).split("\n", 64);
        List<HeaderField> sent = new ArrayList<>();
        List<HeaderField> arrived = new ArrayList<>();
        for (int i = 1; i < lines.length; i++) {
            boolean ours = lines[i].startsWith("> ");
            String[] field = lines[i].substring(ours ? 2 : 0).split(": ", 2);
            (ours ? sent : arrived).add(new HeaderField(field[0], field.length > 1 ? field[1] : ""));
        }

        Anonymity level = AnonymityRules.judge(sent, arrived, OWN, OTHER);

        assertThat(level).isNotEqualTo(Anonymity.UNKNOWN);
        List<HeaderField> reversed = new ArrayList<>(arrived);
        Collections.reverse(reversed);
        assertThat(AnonymityRules.judge(sent, reversed, OWN, OTHER))
                .as("in another order")
                .isEqualTo(level);
        for (String own : OWN) {
            List<HeaderField> told = new ArrayList<>(arrived);
            told.add(new HeaderField("X-Any", "for=\"" + own + "\""));
            assertThat(AnonymityRules.judge(sent, told, OWN, OTHER)).isEqualTo(Anonymity.TRANSPARENT);
            assertThat(AnonymityRules.judge(sent, arrived, OWN, own)).isEqualTo(Anonymity.TRANSPARENT);
        }
        List<HeaderField> via = new ArrayList<>(arrived);
        via.add(new HeaderField("Via", "1.1 x"));
        assertThat(AnonymityRules.judge(sent, via, OWN, OTHER)).isIn(Anonymity.ANONYMOUS, Anonymity.TRANSPARENT);
        assertThat(AnonymityRules.judge(sent, arrived, List.of(), OTHER)).isEqualTo(Anonymity.UNKNOWN);
        // Whatever the peer is said to be, there is an answer.
        assertThat(AnonymityRules.judge(sent, arrived, OWN, lines[0])).isNotNull();
    }

    /** Any value that arrives, next to the same with an address of ours inside. */
    @FuzzTest(maxDuration = "90s")
    void addresses(byte[] data) {
        String noise = new String(data, StandardCharsets.ISO_8859_1);
        List<HeaderField> sent = List.of(new HeaderField("Host", "judge.example"));
        for (String own : List.of("198.51.100.7", "198-51-100-7", "::ffff:198.51.100.7", "c6336407", "2001:DB8:0::7")) {
            List<HeaderField> arrived = List.of(
                    new HeaderField("Host", "judge.example"),
                    new HeaderField("X-Any", noise + ' ' + own + ' ' + noise));
            assertThat(AnonymityRules.judge(sent, arrived, OWN, OTHER)).as(own).isEqualTo(Anonymity.TRANSPARENT);
        }
        List<HeaderField> same = List.of(new HeaderField("host", "judge.example:80"), new HeaderField("X", noise));
        Anonymity echoed = AnonymityRules.judge(
                List.of(new HeaderField("Host", "judge.example"), new HeaderField("X", noise)), same, OWN, OTHER);
        assertThat(echoed).as("as it was sent").isEqualTo(Anonymity.ELITE);
    }
}
