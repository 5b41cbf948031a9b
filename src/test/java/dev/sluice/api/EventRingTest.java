package dev.sluice.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class EventRingTest {
    private static final Pattern EVENT =
            Pattern.compile("id: p-([0-9]+)\nevent: ([a-z]+)\ndata: \\{\"thread\":([0-9]+),\"count\":([0-9]+)}\n\n");

    private static JsonObject data(int thread, int count) {
        return new JsonObject().put("thread", thread).put("count", count);
    }

    private static String text(EventRing.Page page) {
        return page.text().toString(StandardCharsets.UTF_8);
    }

    @Test
    void whoeverTellsEveryoneReadsEachEventOnceAndInOneOrder() throws Exception {
        long seed = new Random().nextLong();
        int tellers = 4;
        int each = 2_000;
        EventRing ring = new EventRing("p", tellers * each, Long.MAX_VALUE);
        CountDownLatch done = new CountDownLatch(tellers);
        for (int i = 0; i < tellers; i++) {
            int teller = i;
            new Thread(() -> {
                        for (int count = 0; count < each; count++) {
                            ring.tell("x", data(teller, count));
                        }
                        done.countDown();
                    })
                    .start();
        }
        List<String> first = new ArrayList<>();
        List<String> second = new ArrayList<>();
        Thread other = new Thread(() -> readAll(ring, new Random(seed + 1), tellers * each, second));
        other.start();
        readAll(ring, new Random(seed), tellers * each, first);
        other.join();
        done.await();

        assertThat(second).as("seed %s", seed).isEqualTo(first);
        Map<String, Integer> next = new HashMap<>();
        Matcher events = EVENT.matcher(String.join("", first));
        long id = 0;
        while (events.find()) {
            assertThat(Long.parseLong(events.group(1))).as("seed %s", seed).isEqualTo(++id);
            assertThat(Integer.parseInt(events.group(4)))
                    .as("seed %s, what one thread tells stays in its order", seed)
                    .isEqualTo(next.merge(events.group(3), 1, Integer::sum) - 1);
        }
        assertThat(id).as("seed %s", seed).isEqualTo(tellers * each);
    }

    /** Reads in pages of any size, one event a text. */
    private static void readAll(EventRing ring, Random random, int count, List<String> into) {
        long at = 1;
        while (at <= count) {
            EventRing.Page page = ring.read(at, null, 1 + random.nextInt(400));
            Matcher events = EVENT.matcher(text(page));
            while (events.find()) {
                into.add(events.group());
            }
            at = page.next();
            Thread.onSpinWait();
        }
    }

    @Test
    void theOldestFallOutWhenThereAreTooMany() {
        EventRing ring = new EventRing("p", 3, Long.MAX_VALUE);
        for (int i = 1; i <= 5; i++) {
            ring.tell("x", data(0, i));
        }

        EventRing.Page page = ring.read(1, null, 10_000);

        assertThat(page.missed()).isEqualTo(2);
        assertThat(page.from()).isEqualTo(3);
        assertThat(page.next()).isEqualTo(6);
        assertThat(text(page)).contains("id: p-3\n", "id: p-4\n", "id: p-5\n").doesNotContain("p-2");
        assertThat(ring.read(6, null, 10_000).text().length()).isZero();
        assertThat(ring.read(4, null, 1).next()).as("one always fits").isEqualTo(5);
    }

    @Test
    void theOldestFallOutWhenTheyTakeTooMuchRoom() {
        EventRing ring = new EventRing("p", 1_000, 300);
        for (int i = 0; i < 100; i++) {
            ring.tell("x", new JsonObject().put("text", "t".repeat(50)));
        }
        assertThat(ring.next() - ring.first()).isBetween(2L, 4L);

        ring.tell("x", new JsonObject().put("text", "t".repeat(5_000)));

        assertThat(ring.next() - ring.first())
                .as("the last one always has room")
                .isEqualTo(1);
    }

    @Test
    void whatIsNotWantedIsPassedOver() {
        EventRing ring = new EventRing("p", 10, Long.MAX_VALUE);
        ring.tell("a", data(0, 1));
        ring.tell("b", data(0, 2));

        EventRing.Page page = ring.read(1, Set.of("b"), 10_000);

        assertThat(page.next()).isEqualTo(3);
        assertThat(page.missed()).isZero();
        assertThat(text(page)).startsWith("id: p-2\nevent: b\n");
    }

    @Test
    void cursorsAreOfOneProcess() {
        EventRing ring = new EventRing("p", 10, Long.MAX_VALUE);
        ring.tell("a", data(0, 1));

        assertThat(ring.knows(new EventRing.Cursor("p", 0))).isTrue();
        assertThat(ring.knows(new EventRing.Cursor("p", 1))).isTrue();
        assertThat(ring.knows(new EventRing.Cursor("p", 2)))
                .as("it was never given out")
                .isFalse();
        assertThat(ring.knows(new EventRing.Cursor("q", 1))).isFalse();
        assertThat(EventRing.Cursor.of(ring.cursor(1))).isEqualTo(new EventRing.Cursor("p", 1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-", "p", "p-", "-1", "p--1", "P-1", "p-1x", "p 1", "p-1234567890123456789", "p-+1"})
    void whatIsNoCursorIsNone(String text) {
        assertThat(EventRing.Cursor.of(text)).isNull();
    }
}
