package dev.sluice.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.http.HttpServerOptions;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HeadDeadlineTest {
    private static final String WHOLE = QuickWire.get("/");
    private static final long TIMEOUT_MILLIS = 1_000;

    private final HeadDeadline deadline =
            new HeadDeadline(new HttpServerOptions(), TimeUnit.MILLISECONDS.toNanos(TIMEOUT_MILLIS));
    private final EmbeddedChannel channel = new EmbeddedChannel(deadline);

    HeadDeadlineTest() {
        channel.freezeTime();
    }

    @AfterEach
    void finish() {
        channel.finishAndReleaseAll();
    }

    private void read(String text) {
        channel.writeInbound(Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1));
    }

    private void pass(long millis) {
        channel.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
        channel.runPendingTasks();
        channel.advanceTimeBy(1, TimeUnit.MILLISECONDS); // the second look
        channel.runPendingTasks();
    }

    private List<String> requests() {
        List<String> requests = new ArrayList<>();
        for (Object message = channel.readInbound(); message != null; message = channel.readInbound()) {
            if (message instanceof HttpRequest request) {
                requests.add(request.uri());
            }
            ReferenceCountUtil.release(message);
        }
        return requests;
    }

    private String written() {
        StringBuilder text = new StringBuilder();
        for (ByteBuf bytes = channel.readOutbound(); bytes != null; bytes = channel.readOutbound()) {
            text.append(bytes.toString(StandardCharsets.ISO_8859_1));
            bytes.release();
        }
        return text.toString();
    }

    @ParameterizedTest
    @ValueSource(strings = {"G", "GET / HTTP/1.1", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: a\r\n"})
    void aHeadThatStaysIncompleteIsAnswered408(String part) {
        read(part);

        pass(TIMEOUT_MILLIS - 1);
        assertThat(channel.isOpen()).isTrue();
        pass(1);

        assertThat(channel.isOpen()).isFalse();
        assertThat(written())
                .isEqualTo("HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
        assertThat(requests()).as("nothing of it reaches the server").isEmpty();
    }

    @Test
    void bytesOneByOneWinNoTime() {
        int sent = 0;
        while (channel.isOpen() && sent < WHOLE.length() - 1) {
            read(WHOLE.substring(sent, ++sent));
            pass(100);
        }

        assertThat(sent).isEqualTo(10);
        assertThat(written()).startsWith("HTTP/1.1 408 ");
    }

    @Test
    void aPipelinedHeadHasADeadlineOfItsOwn() {
        read("GET /1 HT");
        pass(900);
        read("TP/1.1\r\n\r\n" + "GET /2 HT");
        pass(900);
        assertThat(channel.isOpen()).isTrue();
        assertThat(requests()).containsExactly("/1");

        pass(100);

        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void wholeHeadsAndSilenceBetweenThemMayLast() {
        for (int i = 0; i < 5; i++) {
            read(WHOLE);
            pass(10 * TIMEOUT_MILLIS);
            read("GET / HTT");
            pass(TIMEOUT_MILLIS - 1);
            read("P/1.1\r\n\r\n");
            pass(10 * TIMEOUT_MILLIS);
        }

        assertThat(channel.isOpen()).isTrue();
        assertThat(requests()).hasSize(10);
        assertThat(written()).isEmpty();
    }

    @Test
    void aBodyIsNoHead() {
        read("POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\na");
        pass(10 * TIMEOUT_MILLIS);
        read("bc");
        pass(10 * TIMEOUT_MILLIS);
        assertThat(channel.isOpen()).isTrue();

        read("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r");
        pass(10 * TIMEOUT_MILLIS);
        read("\n\r\nG");
        assertThat(channel.isOpen()).isTrue();
        pass(TIMEOUT_MILLIS);
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void theDeadlineRestsWhileAnAnswerIsOwed() {
        read(WHOLE);
        deadline.owes(true);
        read("GET ");
        pass(10 * TIMEOUT_MILLIS);
        assertThat(channel.isOpen()).isTrue();

        deadline.owes(false);
        pass(TIMEOUT_MILLIS - 1);
        assertThat(channel.isOpen()).isTrue();
        pass(1);
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void whatComesWhileTheLoopIsHeldUpCounts() {
        read("GET / ");
        channel.advanceTimeBy(5 * TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
        channel.runScheduledPendingTasks(); // the first look
        read("HTTP/1.1\r\n\r\n");
        pass(0);

        assertThat(channel.isOpen()).isTrue();
        assertThat(requests()).containsExactly("/");
    }

    @Test
    void aHeldDecoderStopsBetweenMessages() {
        read("POST /1 HTTP/1.1\r\nContent-Length: 2\r\n\r\na");
        deadline.hold();
        read("b" + WHOLE);
        pass(10 * TIMEOUT_MILLIS);
        assertThat(requests()).containsExactly("/1");
        assertThat(channel.isOpen()).as("its deadline rests").isTrue();

        channel.eventLoop().execute(() -> {
            try {
                deadline.resume();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
        channel.runPendingTasks();

        assertThat(requests()).containsExactly("/");

        read("GET ");
        deadline.hold();
        pass(10 * TIMEOUT_MILLIS);
        assertThat(channel.isOpen()).isTrue();
    }

    @Test
    void theEndOfTheConnectionEndsTheTimer() {
        read("GET / ");
        channel.close().syncUninterruptibly();
        pass(2 * TIMEOUT_MILLIS);

        assertThat(written()).isEmpty();
    }

    @Test
    void aRefusedHeadHasEnded() {
        read("nonsense\r\n\r\n");
        Object refused = channel.readInbound();
        assertThat(refused).isInstanceOf(HttpRequest.class);
        assertThat(((HttpRequest) refused).decoderResult().isFailure()).isTrue();
        ReferenceCountUtil.release(refused);
        read("more nonsense");
        pass(10 * TIMEOUT_MILLIS);

        assertThat(written()).isEmpty();
        assertThat(channel.isOpen()).isTrue();
    }

    @Test
    void aRequestEndsWithItsLastContent() {
        read(WHOLE);
        assertThat((Object) channel.readInbound()).isInstanceOf(HttpRequest.class);
        assertThat((Object) channel.readInbound()).isSameAs(LastHttpContent.EMPTY_LAST_CONTENT);
    }
}
