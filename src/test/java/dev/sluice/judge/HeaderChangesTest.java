package dev.sluice.judge;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HeaderChangesTest {
    private static final List<HeaderField> SENT = List.of(
            field("Host", "judge.example"),
            field("Accept", "*/*"),
            field("DNT", "1"),
            field("Cookie", "lang=en; theme=light"),
            field("Connection", "close"));

    @Test
    void whatArrivesAsSentIsNoChange() {
        assertThat(HeaderChanges.between(SENT, SENT).isNone()).isTrue();
        assertThat(HeaderChanges.between(SENT, SENT.subList(0, 4)).isNone()).isTrue();
        assertThat(HeaderChanges.between(SENT.subList(0, 4), SENT).isNone()).isTrue();
    }

    @Test
    void eachKindIsTold() {
        List<HeaderField> arrived = List.of(
                field("host", "judge.example:80"),
                field("ACCEPT", "text/html"),
                field("Cookie", "lang=en"),
                field("Via", "1.1 squid"),
                field("Connection", "keep-alive"));

        assertThat(HeaderChanges.between(SENT, arrived))
                .isEqualTo(new HeaderChanges(
                        List.of(field("Via", "1.1 squid")),
                        List.of(field("DNT", "1")),
                        List.of(
                                new HeaderChanges.Change("ACCEPT", "*/*", "text/html"),
                                new HeaderChanges.Change("Cookie", "lang=en; theme=light", "lang=en"))));
    }

    @Test
    void aHeaderThatArrivesTwiceWasAddedOnce() {
        List<HeaderField> arrived = new ArrayList<>(SENT);
        arrived.add(field("dnt", "1"));

        assertThat(HeaderChanges.between(SENT, arrived).added()).containsExactly(field("dnt", "1"));
    }

    @Test
    void aRewrittenConnectionIsAChange() {
        List<HeaderField> arrived = new ArrayList<>(SENT.subList(0, 4));
        arrived.add(field("Connection", "Proxy-Connection"));

        assertThat(HeaderChanges.between(SENT, arrived).changed())
                .containsExactly(new HeaderChanges.Change("Connection", "close", "Proxy-Connection"));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void noHeaderIsLostOrCountedTwice(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            List<HeaderField> sent = some(random);
            List<HeaderField> arrived = some(random);
            Collections.shuffle(arrived, random);

            HeaderChanges changes = HeaderChanges.between(sent, arrived);

            int same =
                    sent.size() - changes.removed().size() - changes.changed().size();
            assertThat(arrived.size()
                            - changes.added().size()
                            - changes.changed().size())
                    .as("seed %s: %s -> %s", seed, sent, arrived)
                    .isEqualTo(same)
                    .isNotNegative();
            HeaderChanges back = HeaderChanges.between(arrived, sent);
            assertThat(back.added()).hasSameSizeAs(changes.removed());
            assertThat(back.removed()).hasSameSizeAs(changes.added());
        }
    }

    private static List<HeaderField> some(Random random) {
        List<HeaderField> fields = new ArrayList<>();
        for (int i = random.nextInt(6); i > 0; i--) {
            fields.add(field("N" + random.nextInt(4), "v" + random.nextInt(2)));
        }
        return fields;
    }

    private static HeaderField field(String name, String value) {
        return new HeaderField(name, value);
    }
}
