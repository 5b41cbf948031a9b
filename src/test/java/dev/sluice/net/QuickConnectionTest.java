package dev.sluice.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.http.HttpServerOptions;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class QuickConnectionTest {
    private final List<String> usual = new ArrayList<>();
    private final List<RequestHead> heads = new ArrayList<>();
    private int idle;
    private final EmbeddedChannel channel = new EmbeddedChannel();

    QuickConnectionTest() {
        channel.freezeTime();
        HeadDeadline deadline = new HeadDeadline(new HttpServerOptions(), TimeUnit.SECONDS.toNanos(10));
        channel.pipeline().addLast("decoder", deadline);
        channel.pipeline().addLast(new HttpResponseEncoder());
        channel.pipeline().addLast(new IdleStateHandler(0, 0, 60, TimeUnit.SECONDS));
        channel.pipeline()
                .addLast(new QuickConnection(
                        this::answer,
                        new AnswerBytes(),
                        channel.pipeline().context("decoder"),
                        deadline,
                        InetAddress.getLoopbackAddress()));
        channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext context, Object message) {
                if (message instanceof HttpRequest request) {
                    usual.add(request.uri());
                }
                ReferenceCountUtil.release(message);
            }

            @Override
            public void userEventTriggered(ChannelHandlerContext context, Object event) {
                idle += event instanceof IdleStateEvent ? 1 : 0;
            }
        });
    }

    private boolean answer(RequestHead head, AnswerBytes answer) {
        heads.add(head);
        if (head.uri().startsWith("/empty")) {
            return true;
        }
        if (!head.uri().startsWith("/quick")) {
            return false;
        }
        answer.add("<").add(head.method()).add(" ").add(head.uri()).add(" ");
        answer.add(String.valueOf(head.header("x-a"))).add(String.valueOf(head.headers("x-a")));
        answer.add(head.http11() && head.remoteAddress().isLoopbackAddress() ? ">" : "?");
        return true;
    }

    @AfterEach
    void finish() {
        channel.finishAndReleaseAll();
    }

    private void read(String text) {
        channel.writeInbound(Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1));
    }

    private String written() {
        StringBuilder text = new StringBuilder();
        for (ByteBuf bytes = channel.readOutbound(); bytes != null; bytes = channel.readOutbound()) {
            text.append(bytes.toString(StandardCharsets.ISO_8859_1));
            bytes.release();
        }
        return text.toString();
    }

    private void respond(HttpResponseStatus status, String... close) {
        DefaultFullHttpResponse response =
                new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, Unpooled.EMPTY_BUFFER);
        response.headers().set(HttpHeaderNames.CONTENT_LENGTH, 0);
        if (close.length > 0) {
            response.headers().set(HttpHeaderNames.CONNECTION, close[0]);
        }
        channel.pipeline().lastContext().writeAndFlush(response);
        channel.runPendingTasks();
    }

    @Test
    void aHandlerSeesTheRequestAsItWasSent() {
        read(QuickWire.request("GET", "/quick?a=%20", "X-A: 1", "x-a: 2"));

        assertThat(written()).isEqualTo("<GET /quick?a=%20 1[1, 2]>");
        assertThatThrownBy(heads.get(0)::uri).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void pipelinedAnswersShareAWrite() {
        read(QuickWire.get("/quick/1") + QuickWire.get("/quick/2") + QuickWire.get("/quick/3"));

        ByteBuf first = channel.readOutbound();
        assertThat(first.toString(StandardCharsets.ISO_8859_1))
                .isEqualTo("<GET /quick/1 null[]><GET /quick/2 null[]><GET /quick/3 null[]>");
        first.release();
        assertThat((Object) channel.readOutbound()).isNull();
    }

    @Test
    void nothingOvertakesAnAnswerThatIsOwed() {
        read(QuickWire.get("/quick/1") + QuickWire.get("/usual") + QuickWire.get("/quick/2"));
        assertThat(written()).isEqualTo("<GET /quick/1 null[]>");
        assertThat(usual).containsExactly("/usual", "/quick/2");

        respond(HttpResponseStatus.OK);
        read(QuickWire.get("/quick/3"));
        assertThat(usual).containsExactly("/usual", "/quick/2", "/quick/3");
        respond(HttpResponseStatus.OK);
        respond(HttpResponseStatus.OK);
        written();

        read(QuickWire.get("/quick/4"));
        assertThat(written()).isEqualTo("<GET /quick/4 null[]>");
    }

    @Test
    void anInterimAnswerIsNotTheAnswer() {
        read(QuickWire.get("/usual"));
        respond(HttpResponseStatus.CONTINUE);
        written();

        read(QuickWire.get("/quick"));

        assertThat(written()).isEmpty();
        assertThat(usual).containsExactly("/usual", "/quick");
    }

    @Test
    void anAnswerThatAnnouncesTheEndIsTheLast() {
        read(QuickWire.get("/usual"));
        respond(HttpResponseStatus.OK, "close");
        written();

        read(QuickWire.get("/quick"));

        assertThat(written()).isEmpty();
    }

    @Test
    void anEmptyAnswerIsNone() {
        read(QuickWire.get("/empty"));

        assertThat(usual).containsExactly("/empty");
    }

    @Test
    void requestsBeyondWhatVertxMayHoldWaitUndecoded() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 100; i++) {
            text.append(QuickWire.get("/usual/" + i));
        }
        read(text.toString());
        assertThat(usual).hasSize(QuickConnection.MOST_OWED);
        assertThat(channel.config().isAutoRead()).isFalse();

        for (int i = 1; i <= 100; i++) {
            respond(HttpResponseStatus.OK);
            assertThat(usual).hasSize(Math.min(100, QuickConnection.MOST_OWED + i));
        }
        assertThat(channel.config().isAutoRead()).isTrue();
        written();

        read(QuickWire.get("/quick"));
        assertThat(written()).isEqualTo("<GET /quick null[]>");
    }

    @Test
    void aConnectionThatAsksIsNotIdle() {
        for (int i = 0; i < 10; i++) {
            read(QuickWire.get("/quick"));
            channel.advanceTimeBy(50, TimeUnit.SECONDS);
            channel.runScheduledPendingTasks();
        }
        assertThat(idle).isZero();

        channel.advanceTimeBy(10, TimeUnit.SECONDS);
        channel.runScheduledPendingTasks();
        assertThat(idle).isEqualTo(1);
    }

    @Test
    void whatIsGatheredIsNotLostWithTheConnection() {
        channel.pipeline().fireChannelRead(Unpooled.copiedBuffer(QuickWire.get("/quick"), StandardCharsets.US_ASCII));
        assertThat(written()).isEmpty();

        channel.close();

        assertThat(written()).isEqualTo("<GET /quick null[]>");
    }
}
