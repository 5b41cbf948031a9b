package dev.sluice.net.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.judge.HeaderField;
import dev.sluice.net.Deadlines;
import dev.sluice.net.Exchange;
import dev.sluice.net.ProxyClient;
import dev.sluice.net.Request;
import dev.sluice.net.Route;
import dev.sluice.parse.AddressPolicy;
import dev.sluice.parse.Cidr;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Plays every script of {@code src/test/resources/scenarios} against a real client over loopback sockets, many at a time.
 * Deadlines are long, but for the one that a script is about.
 */
class ScenariosTest {
    /** Bodies are short here, so that a client that reads on shows. */
    private static final int MAX_ANSWER = 16_384;

    private static final int AT_A_TIME = 16;
    private static final Duration LONG = Duration.ofSeconds(10);

    private static final CountingTransport TRANSPORT = new CountingTransport();
    private static @Nullable Vertx vertx;
    private static final Map<Deadlines, ProxyClient> CLIENTS = new ConcurrentHashMap<>();
    private static @Nullable ExecutorService threads;

    @BeforeAll
    static void open() {
        vertx = Vertx.builder()
                .with(new VertxOptions().setEventLoopPoolSize(2))
                .withTransport(TRANSPORT.named())
                .build();
        threads = Executors.newFixedThreadPool(AT_A_TIME);
    }

    private static ProxyClient client(Deadlines deadlines) {
        return CLIENTS.computeIfAbsent(
                deadlines,
                missing -> new ProxyClient(
                        Objects.requireNonNull(vertx),
                        host -> Future.failedFuture(new UnknownHostException(host)),
                        new AddressPolicy(List.of(Cidr.parse("127.0.0.0/8")), false),
                        missing,
                        MAX_ANSWER));
    }

    private static Deadlines deadlines(Scenario.Way way) {
        Duration brief = Duration.ofMillis(way.limitMillis());
        return new Deadlines(
                LONG,
                way.limit() == Scenario.Limit.TLS ? brief : LONG,
                way.limit() == Scenario.Limit.FIRST_BYTE ? brief : LONG,
                way.limit() == Scenario.Limit.TOTAL ? brief : LONG.multipliedBy(2));
    }

    @AfterAll
    static void close() throws Exception {
        if (threads != null) {
            threads.shutdownNow();
        }
        for (ProxyClient client : CLIENTS.values()) {
            client.close().await(20, TimeUnit.SECONDS);
        }
        if (vertx != null) {
            vertx.close().await(20, TimeUnit.SECONDS);
        }
    }

    @TestFactory
    List<DynamicContainer> scenarios() {
        Map<String, List<DynamicTest>> files = new LinkedHashMap<>();
        for (Scenario scenario : ScriptFiles.scenarios()) {
            for (Scenario each : scenario.withVariations()) {
                java.util.concurrent.Future<?> played = play(each);
                files.computeIfAbsent(scenario.file(), file -> new ArrayList<>())
                        .add(DynamicTest.dynamicTest(each.name(), () -> await(played)));
            }
        }
        return files.entrySet().stream()
                .map(file -> DynamicContainer.dynamicContainer(file.getKey(), file.getValue()))
                .toList();
    }

    private static void await(java.util.concurrent.Future<?> played) throws Throwable {
        try {
            played.get(120, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw e.getCause();
        }
    }

    private static java.util.concurrent.Future<?> play(Scenario scenario) {
        return Objects.requireNonNull(threads).submit(() -> {
            run(scenario);
            return null;
        });
    }

    private static void run(Scenario scenario) throws Exception {
        ProxyClient client = client(deadlines(scenario.way()));
        try (Counterpart counterpart = new Counterpart(scenario.steps())) {
            Future<Exchange> exchange = start(client, scenario.way(), counterpart);
            AssertionError deviation = null;
            try {
                counterpart.play();
            } catch (AssertionError e) {
                deviation = e;
                counterpart.close();
            }
            String where =
                    "src/test/resources/scenarios/" + scenario.file() + ":" + scenario.line() + " " + scenario.name();
            Exchange end = exchange.await(40, TimeUnit.SECONDS);
            if (deviation != null) {
                throw new AssertionError(where + ", " + deviation.getMessage() + "; then " + end, deviation);
            }
            check(where, scenario.outcome(), end);
            assertThat(TRANSPORT.takeRead(counterpart.port()))
                    .as("%s: bytes read", where)
                    .isLessThanOrEqualTo(scenario.outcome().maxRead());
        }
    }

    private static Future<Exchange> start(ProxyClient client, Scenario.Way way, Counterpart counterpart) {
        Scheme scheme = switch (way.kind()) {
            case HTTP, HTTP_TUNNEL -> Scheme.HTTP;
            case HTTPS, HTTPS_TUNNEL -> Scheme.HTTPS;
            case SOCKS4 -> Scheme.SOCKS4;
            case SOCKS5 -> Scheme.SOCKS5;
            case CONNECT_ONLY -> Scheme.UNKNOWN;
        };
        ProxyKey proxy = new ProxyKey(scheme, counterpart.address(), counterpart.port(), way.credentials());
        if (way.kind() == Scenario.Kind.CONNECT_ONLY) {
            return client.connect(proxy);
        }
        boolean tunnel = way.kind() == Scenario.Kind.HTTP_TUNNEL || way.kind() == Scenario.Kind.HTTPS_TUNNEL;
        return client.exchange(
                tunnel ? Route.tunnelling(proxy) : Route.through(proxy), request(way.target(), way.pinned()));
    }

    private static Request request(URI target, boolean pinned) {
        boolean tls = target.getScheme().equals("https");
        int port = target.getPort() < 0 ? tls ? 443 : 80 : target.getPort();
        String host = target.getHost().replace("[", "").replace("]", "");
        List<HeaderField> headers = List.of(
                new HeaderField("Host", target.getRawAuthority()),
                new HeaderField("Accept-Encoding", "identity"),
                new HeaderField("Connection", "close"));
        return new Request(tls, host, port, target.getRawPath(), headers, tls && pinned ? Identity.JUDGE.pin() : null);
    }

    private static void check(String where, Scenario.Outcome expected, Exchange actual) {
        if (!expected.reasons().isEmpty()) {
            assertThat(actual).as(where).isInstanceOfSatisfying(Exchange.Failed.class, failed -> {
                assertThat(failed.reason()).as("%s: %s", where, failed.detail()).isIn(expected.reasons());
                assertThat(failed.detail()).as(where).contains(expected.detail());
                if (expected.certificate() != null) {
                    assertThat(failed.peerPin())
                            .as("%s: certificate", where)
                            .isEqualTo(expected.certificate().pin());
                }
            });
        } else if (expected.status() == 0) {
            assertThat(actual).as(where).isInstanceOf(Exchange.Connected.class);
        } else {
            assertThat(actual).as(where).isInstanceOfSatisfying(Exchange.Reached.class, reached -> {
                assertThat(reached.status()).as("%s: status", where).isEqualTo(expected.status());
                if (expected.body() != null) {
                    assertThat(new String(reached.body(), StandardCharsets.ISO_8859_1))
                            .as("%s: body", where)
                            .isEqualTo(new String(expected.body(), StandardCharsets.ISO_8859_1));
                }
                if (expected.header() != null) {
                    assertThat(reached.headers().stream().map(field -> field.name() + ": " + field.value()))
                            .as("%s: header", where)
                            .contains(expected.header());
                }
                if (expected.certificate() != null) {
                    assertThat(reached.peerPin())
                            .as("%s: certificate", where)
                            .isEqualTo(expected.certificate().pin());
                }
            });
        }
    }
}
