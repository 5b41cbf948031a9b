package dev.sluice.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sluice.bus.Bus;
import dev.sluice.bus.Channels;
import dev.sluice.config.FetchConfig;
import dev.sluice.config.SourceConfig;
import dev.sluice.config.SourceKind;
import dev.sluice.message.Candidate;
import dev.sluice.message.CandidatesFound;
import dev.sluice.message.CandidatesKept;
import dev.sluice.message.SourceChanged;
import dev.sluice.message.SourceFetched;
import dev.sluice.message.SourceFetched.Result;
import dev.sluice.net.Names;
import dev.sluice.net.Resolver;
import dev.sluice.parse.AddressPolicy;
import dev.sluice.parse.Cidr;
import dev.sluice.port.SourceFigures;
import dev.sluice.port.Sources;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import dev.sluice.store.MemoryProxyStore;
import dev.sluice.store.StoreException;
import dev.sluice.telemetry.Collector;
import dev.sluice.telemetry.Traces;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.NetServer;
import io.vertx.junit5.VertxExtension;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(VertxExtension.class)
class FetchVerticleTest {
    private static final AddressPolicy LOOPBACK = new AddressPolicy(List.of(Cidr.parse("127.0.0.0/8")), false);
    private static final String LIST = "192.0.2.1:80\n192.0.2.2:80\n192.0.2.1:80\n";
    private static final Duration RETRY = Duration.ofMillis(200);

    private final Map<String, Consumer<HttpServerRequest>> pages = new ConcurrentHashMap<>();
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private final List<CandidatesFound> found = new CopyOnWriteArrayList<>();
    private final BlockingQueue<SourceFetched> ends = new LinkedBlockingQueue<>();
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final AtomicReference<@Nullable Function<CandidatesFound, Future<CandidatesKept>>> keeper =
            new AtomicReference<>();

    private final MemoryProxyStore store = new MemoryProxyStore();
    private volatile SourceFigures.Counted counted = SourceFigures.Counted.NEVER;

    private Vertx vertx;
    private Bus bus;
    private Resolver names;
    private String base;

    @BeforeEach
    void serve(Vertx injected) throws Exception {
        vertx = injected;
        bus = new Bus(vertx);
        names = new Names(vertx, List.of(), 1);
        bus.serve(Channels.CANDIDATES_FOUND, batch -> {
            found.add(batch);
            Function<CandidatesFound, Future<CandidatesKept>> by = keeper.get();
            return by != null
                    ? by.apply(batch)
                    : Future.succeededFuture(
                            new CandidatesKept(batch.candidates().size(), 0));
        });
        bus.subscribe(Channels.SOURCE_FETCHED, ends::add);
        int port = await(vertx.createHttpServer()
                        .requestHandler(request -> {
                            asked.add(request.uri());
                            pages.getOrDefault(
                                            request.path(),
                                            r -> r.response().setStatusCode(404).end())
                                    .accept(request);
                        })
                        .listen(0, "127.0.0.1"))
                .actualPort();
        base = "http://127.0.0.1:" + port;
    }

    private Traces traces = Traces.none();

    @Test
    void aListBecomesCandidatesAndASourceFetched() throws Exception {
        page("/http.txt", LIST + "junk\n\n");
        FetchVerticle fetch = deploy(Map.of("plain", text("/http.txt").build()));

        SourceFetched end = next("plain");

        assertThat(end).isEqualTo(new SourceFetched("plain", end.fetchedAtMillis(), Result.COMPLETE, 2, 2, 1, null));
        assertThat(keys("plain"))
                .containsExactly(ProxyKey.of(Scheme.HTTP, "192.0.2.1", 80), ProxyKey.of(Scheme.HTTP, "192.0.2.2", 80));
        assertThat(found).allMatch(batch -> batch.fetchedAtMillis() == end.fetchedAtMillis());
        Sources.State state = fetch.states().get(0);
        assertThat(state.name()).isEqualTo("plain");
        assertThat(state.kind()).isEqualTo("text");
        assertThat(state.entries()).isEqualTo(2);
        assertThat(state.added()).isEqualTo(2);
        assertThat(state.rejected()).isEqualTo(1);
        assertThat(state.lastSuccessAtMillis()).isEqualTo(end.fetchedAtMillis());
        assertThat(state.nextFetchAtMillis()).isGreaterThan(end.fetchedAtMillis());
        assertThat(state.lastError()).isNull();
        assertThat(fetch.rejections("plain").byReason()).isEqualTo(Map.of("not-a-proxy", 1));
        assertThat(fetch.rejections("plain").samples())
                .extracting(Sources.Sample::text)
                .containsExactly("junk");
        assertThat(fetch.rejections("nothing")).isEqualTo(Sources.Rejections.NONE);
        assertThat(registry.get("sluice.proxies.scraped")
                        .tag("source", "plain")
                        .counter()
                        .count())
                .isEqualTo(2);
        assertThat(registry.get("sluice.fetches")
                        .tags("source", "plain", "result", "complete")
                        .counter()
                        .count())
                .isEqualTo(1);
        assertThat(registry.get("sluice.entries.rejected")
                        .tag("reason", "not-a-proxy")
                        .counter()
                        .count())
                .isEqualTo(1);
        assertThat(registry.get("sluice.fetch.duration")
                        .tag("source", "plain")
                        .timer()
                        .count())
                .isEqualTo(1);
    }

    @Test
    void anUnchangedListIsNotReadAgain() throws Exception {
        pages.put("/http.txt", request -> {
            if ("\"1\"".equals(request.getHeader("if-none-match"))) {
                request.response().setStatusCode(304).end();
            } else {
                request.response().putHeader("etag", "\"1\"").end(LIST);
            }
        });
        FetchVerticle fetch = deploy(Map.of("plain", text("/http.txt").build()));
        assertThat(next("plain").result()).isEqualTo(Result.COMPLETE);

        await(fetch.fetchNow("plain"));

        assertThat(next("plain").result()).isEqualTo(Result.NOT_MODIFIED);
        assertThat(asked).hasSize(2);
        assertThat(fetch.states().get(0).entries()).isEqualTo(2);
    }

    @Test
    void whereOneOfSeveralListsChangedTheUnchangedAreReadTooSoThatNothingIsUnlisted() throws Exception {
        AtomicInteger version = new AtomicInteger(1);
        pages.put("/http.txt", request -> conditional(request, "\"same\"", "192.0.2.1:80\n"));
        pages.put(
                "/socks5.txt",
                request -> conditional(
                        request, "\"" + version.get() + "\"", "192.0.2." + (version.get() + 1) + ":1080\n"));
        FetchVerticle fetch = deploy(Map.of(
                "two",
                SourceConfigs.of(SourceKind.TEXT, base + "/http.txt", base + "/socks5.txt")
                        .build()));
        assertThat(next("two").entries()).isEqualTo(2);
        found.clear();
        version.set(2);

        await(fetch.fetchNow("two"));

        SourceFetched end = next("two");
        assertThat(end.result()).isEqualTo(Result.COMPLETE);
        assertThat(keys("two"))
                .containsExactlyInAnyOrder(
                        ProxyKey.of(Scheme.HTTP, "192.0.2.1", 80), ProxyKey.of(Scheme.SOCKS5, "192.0.2.3", 1080));
    }

    @Test
    void proxiflysListsAreReadOnlyWhenItsMetadataChanged() throws Exception {
        AtomicInteger stamp = new AtomicInteger(1_765_576_320);
        AtomicInteger polls = new AtomicInteger();
        pages.put(
                "/meta.json",
                request -> request.response()
                        .end("{\"timestamp\":" + stamp.get() + ",\"polls\":" + polls.incrementAndGet() + "}"));
        page("/http/data.txt", LIST);
        page("/socks5/data.txt", "socks5://192.0.2.9:1080\n");
        FetchVerticle fetch = deploy(Map.of(
                "proxifly",
                SourceConfigs.of(SourceKind.PROXIFLY, base + "/http/data.txt", base + "/socks5/data.txt")
                        .metadata(base + "/meta.json", Duration.ofMillis(50))
                        .build()));

        assertThat(next("proxifly")).satisfies(end -> {
            assertThat(end.result()).isEqualTo(Result.COMPLETE);
            assertThat(end.entries()).isEqualTo(3);
        });
        for (int i = 0; i < 3; i++) {
            assertThat(next("proxifly").result()).isEqualTo(Result.NOT_MODIFIED);
        }
        assertThat(asked).filteredOn(uri -> !uri.equals("/meta.json")).hasSize(2);
        assertThat(fetch.states().get(0).lastChangeAtMillis()).isEqualTo(1_765_576_320_000L);

        stamp.incrementAndGet();
        awaitResult("proxifly", Result.COMPLETE);
        assertThat(asked).filteredOn(uri -> !uri.equals("/meta.json")).hasSize(4);

        await(fetch.fetchNow("proxifly"));
        assertThat(asked).filteredOn(uri -> !uri.equals("/meta.json")).hasSizeGreaterThanOrEqualTo(6);
    }

    @Test
    void metadataThatFailsIsAFailureUntilTheListsAreDueAnyway() throws Exception {
        AtomicInteger status = new AtomicInteger(500);
        pages.put(
                "/meta.json",
                request -> request.response().setStatusCode(status.get()).end("{\"timestamp\":1}"));
        page("/http/data.txt", LIST);
        FetchVerticle fetch = deploy(Map.of(
                "proxifly",
                SourceConfigs.of(SourceKind.PROXIFLY, base + "/http/data.txt")
                        .metadata(base + "/meta.json", Duration.ofMillis(50))
                        .build()));

        assertThat(next("proxifly").result()).isEqualTo(Result.COMPLETE);
        SourceFetched second = next("proxifly");
        assertThat(second.result()).isEqualTo(Result.FAILED);
        assertThat(second.error()).startsWith("metadata: ").contains("status 500");
        assertThat(fetch.states().get(0).entries()).isEqualTo(2);
        status.set(200);
        awaitResult("proxifly", Result.COMPLETE);
    }

    @Test
    void oneFailingSourceLeavesTheOthersAloneAndEachFailureSaysWhatItWas() throws Exception {
        page("/good.txt", LIST);
        pages.put(
                "/429.txt",
                r -> r.response()
                        .setStatusCode(429)
                        .putHeader("retry-after", "600")
                        .end());
        pages.put("/500.txt", r -> r.response().setStatusCode(500).end());
        page("/page.txt", "<html>\n<body>\n<h1>Blocked</h1>\n");
        page("/array.txt", "Array\n".repeat(1_300));
        page("/empty.txt", "");
        pages.put(
                "/bomb.txt",
                r -> r.response().putHeader("content-encoding", "gzip").end(bomb()));
        pages.put("/slow.txt", r -> {
            r.response().setChunked(true);
            vertx.setPeriodic(20, id -> {
                if (r.response().closed()) {
                    vertx.cancelTimer(id);
                } else {
                    r.response().write("1");
                }
            });
        });
        page("/large.txt", "192.0.2.1:80\n".repeat(10_000));
        page("/line.txt", "x".repeat(2_000_000));
        pages.put(
                "/loop.txt",
                r -> r.response()
                        .setStatusCode(302)
                        .putHeader("location", "/loop.txt")
                        .end());
        pages.put(
                "/inside.txt",
                r -> r.response()
                        .setStatusCode(302)
                        .putHeader("location", "http://169.254.169.254/")
                        .end());
        pages.put(
                "/image.txt",
                r -> r.response().putHeader("content-type", "image/png").end("x"));
        NetServer cut = vertx.createNetServer()
                .connectHandler(socket -> socket.handler(b -> socket.end(
                        Buffer.buffer("HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n192.0.2.7:80\n192.0.2.8"))));
        int cutPort = await(cut.listen(0, "127.0.0.1")).actualPort();
        Map<String, String> expected = new TreeMap<>(Map.ofEntries(
                Map.entry("404", "status 404"),
                Map.entry("429", "status 429"),
                Map.entry("500", "status 500"),
                Map.entry("page", "3 lines refused, 3 as markup"),
                Map.entry("array", "1300 lines refused, 1300 as not-a-proxy"),
                Map.entry("empty", "no entries"),
                Map.entry("bomb", "unpacks to more than"),
                Map.entry("slow", "not done after 300 ms"),
                Map.entry("large", "content-length: 130000 (expected: at most 100000 bytes)"),
                Map.entry("line", "1 line refused, 1 as too-long"),
                Map.entry("loop", "more than 3 redirects"),
                Map.entry("inside", "169.254.169.254"),
                Map.entry("image", "content-type: image/png")));
        Map<String, SourceConfig> sources = new TreeMap<>();
        for (String name : expected.keySet()) {
            sources.put(name, text("/" + name + ".txt").build());
        }
        sources.put("slow", text("/slow.txt").timeout(Duration.ofMillis(300)).build());
        sources.put("large", text("/large.txt").maxBytes(100_000).build());
        sources.put(
                "cut",
                SourceConfigs.of(SourceKind.TEXT, "http://127.0.0.1:" + cutPort + "/")
                        .build());
        sources.put("good", text("/good.txt").build());
        sources.put(
                "hidden",
                SourceConfigs.of(SourceKind.TEXT, "http://inside.example/list.txt")
                        .build());
        expected.put("cut", "the body ends early");
        expected.put("hidden", "inside.example: resolves to 10.0.0.7");
        Resolver plain = names;
        names = host -> host.equals("inside.example")
                ? Future.succeededFuture(List.of(address(127, 0, 0, 1), address(10, 0, 0, 7)))
                : plain.resolve(host);
        FetchVerticle fetch = deploy(sources);

        Map<String, SourceFetched> firsts = new TreeMap<>();
        while (firsts.size() < sources.size()) {
            SourceFetched end = ends.poll(20, TimeUnit.SECONDS);
            assertThat(end).as("after %s", firsts.keySet()).isNotNull();
            firsts.putIfAbsent(end.source(), end);
        }

        expected.forEach((name, error) -> {
            assertThat(at(firsts, name).result()).as(name).isEqualTo(Result.FAILED);
            assertThat(at(firsts, name).error()).as(name).contains(error);
        });
        assertThat(at(firsts, "good").result()).isEqualTo(Result.COMPLETE);
        // It may have been tried again meanwhile.
        assertThat(keys("cut")).containsOnly(ProxyKey.of(Scheme.UNKNOWN, "192.0.2.7", 80));
        assertThat(at(firsts, "cut").entries()).isEqualTo(1);
        Map<String, Sources.State> states = new TreeMap<>();
        fetch.states().forEach(state -> states.put(state.name(), state));
        assertThat(at(states, "429").nextFetchAtMillis() - at(firsts, "429").fetchedAtMillis())
                .isGreaterThanOrEqualTo(600_000);
        assertThat(at(states, "array").failures()).isPositive();
        assertThat(fetch.rejections("array").samples()).hasSize(20);
        assertThat(at(states, "good").failures()).isZero();
    }

    @Test
    void aPartlyFailedSourceKeepsItsEntriesAndFails() throws Exception {
        page("/http.txt", LIST);
        FetchVerticle fetch = deploy(Map.of(
                "two",
                SourceConfigs.of(SourceKind.TEXT, base + "/missing.txt", base + "/http.txt", base + "/gone.txt")
                        .build()));

        SourceFetched end = next("two");

        assertThat(end.result()).isEqualTo(Result.FAILED);
        assertThat(end.entries()).isEqualTo(2);
        assertThat(end.error()).contains("/missing.txt: status 404").endsWith("(and 1 more)");
        assertThat(keys("two")).hasSize(2);
        assertThat(fetch.states().get(0).entries()).isZero();
    }

    @Test
    void aHostThatLimitsTheRateIsLeftAlone() throws Exception {
        pages.put(
                "/get",
                r -> r.response()
                        .setStatusCode(429)
                        .putHeader("retry-after", "120")
                        .end());
        deploy(Map.of(
                "limited",
                SourceConfigs.of(
                                SourceKind.PROXY_LIST_DOWNLOAD,
                                base + "/get?type=http",
                                base + "/get?type=socks4",
                                base + "/get?type=socks5")
                        .build()));

        assertThat(next("limited").error()).contains("status 429").endsWith("(and 2 more)");
        assertThat(asked).containsExactly("/get?type=http");
    }

    @Test
    void whileEverySourceFailsAllAreTriedAgainUntilOneAnswers() throws Exception {
        AtomicInteger status = new AtomicInteger(503);
        pages.put("/a.txt", r -> r.response().setStatusCode(status.get()).end(LIST));
        deploy(Map.of("a", text("/a.txt").build(), "b", text("/missing.txt").build()));

        for (int i = 0; i < 3; i++) {
            assertThat(next("a").result()).isEqualTo(Result.FAILED);
        }
        status.set(200);

        awaitResult("a", Result.COMPLETE);
    }

    @Test
    void proxyScrapeIsReadPageByPage() throws Exception {
        String first = sample("proxyscrape_v4_display_proxies.json");
        String last = sample("proxyscrape_v4_last_page_empty.json");
        pages.put("/get", r -> r.response().end(r.getParam("skip") == null ? first : last));
        deploy(Map.of(
                "scrape",
                SourceConfigs.of(SourceKind.PROXYSCRAPE, base + "/get?format=json&limit=3")
                        .build()));

        SourceFetched end = next("scrape");

        assertThat(end.result()).isEqualTo(Result.COMPLETE);
        assertThat(end.entries()).isEqualTo(3);
        assertThat(asked).containsExactly("/get?format=json&limit=3", "/get?format=json&limit=3&skip=3");
    }

    @Test
    void geonodeIsReadPageByPage() throws Exception {
        String first = sample("geonode_proxy-list_page1.json");
        String past = sample("geonode_proxy-list_past_last_page.json");
        pages.put("/api", r -> r.response().end("1".equals(r.getParam("page")) ? first : past));
        deploy(Map.of(
                "geonode",
                SourceConfigs.of(SourceKind.GEONODE, base + "/api?limit=3&page=1")
                        .build()));

        SourceFetched end = next("geonode");

        assertThat(end.result()).isEqualTo(Result.COMPLETE);
        assertThat(end.entries()).isEqualTo(3);
        assertThat(asked).containsExactly("/api?limit=3&page=1", "/api?limit=3&page=2");
    }

    @Test
    void aServerThatRepeatsAPageForEverIsReadTwice() throws Exception {
        page("/api", "{\"data\":[{\"ip\":\"192.0.2.1\",\"port\":\"80\"}],\"total\":1000000,\"limit\":1}");
        deploy(Map.of(
                "geonode", SourceConfigs.of(SourceKind.GEONODE, base + "/api").build()));

        assertThat(next("geonode").entries()).isEqualTo(1);
        assertThat(asked).hasSize(2);
    }

    @Test
    void pagesAreBounded() throws Exception {
        AtomicInteger served = new AtomicInteger();
        pages.put("/list", r -> r.response().end("192.0.2." + served.incrementAndGet() + ":80\n"));
        deploy(Map.of(
                "paged",
                SourceConfigs.of(SourceKind.TEXT, base + "/list?p={page}")
                        .maxPages(5)
                        .build()));

        assertThat(next("paged").entries()).isEqualTo(5);
        assertThat(asked).containsExactly("/list?p=1", "/list?p=2", "/list?p=3", "/list?p=4", "/list?p=5");
    }

    @Test
    void aPageThatFailsFailsTheSourceAndKeepsThePagesBefore() throws Exception {
        pages.put(
                "/list",
                r -> r.response()
                        .setStatusCode("2".equals(r.getParam("p")) ? 500 : 200)
                        .end("192.0.2.1:80\n"));
        deploy(Map.of(
                "paged",
                SourceConfigs.of(SourceKind.TEXT, base + "/list?p={page}").build()));

        SourceFetched end = next("paged");
        assertThat(end.result()).isEqualTo(Result.FAILED);
        assertThat(end.entries()).isEqualTo(1);
    }

    @Test
    void manyEntriesTravelInBatchesWithCredit() throws Exception {
        int count = 23_000;
        StringBuilder list = new StringBuilder();
        IntStream.range(0, count)
                .forEach(i -> list.append("198.18.")
                        .append(i >> 8)
                        .append('.')
                        .append(i & 0xff)
                        .append(":80\n"));
        page("/http.txt", list.toString());
        AtomicInteger open = new AtomicInteger();
        AtomicInteger mostOpen = new AtomicInteger();
        keeper.set(batch -> {
            mostOpen.accumulateAndGet(open.incrementAndGet(), Math::max);
            Promise<CandidatesKept> kept = Promise.promise();
            vertx.setTimer(20, id -> {
                open.decrementAndGet();
                kept.complete(new CandidatesKept(1, batch.candidates().size() - 1));
            });
            return kept.future();
        });
        deploy(Map.of("large", text("/http.txt").build()));

        SourceFetched end = next("large");

        assertThat(end.entries()).as("%s", end).isEqualTo(count);
        assertThat(end.added()).isEqualTo(5);
        assertThat(found)
                .extracting(batch -> batch.candidates().size())
                .containsExactly(5_000, 5_000, 5_000, 5_000, 3_000);
        assertThat(mostOpen.get()).isEqualTo(Outlet.CREDIT);
    }

    @Test
    void entriesThatAreNotKeptFailTheFetch() throws Exception {
        page("/http.txt", LIST);
        keeper.set(batch -> Future.failedFuture("disk full"));
        deploy(Map.of("plain", text("/http.txt").build()));

        assertThat(next("plain").error()).contains("not kept").contains("disk full");
    }

    @Test
    void filesAreReadAndDirectoriesAndMissingOnesAreRefused(@TempDir Path folder) throws Exception {
        Path list = Files.writeString(folder.resolve("socks5.txt"), LIST);
        Path large = Files.writeString(folder.resolve("large.txt"), LIST.repeat(100));
        FetchVerticle fetch = deploy(Map.of(
                "file", SourceConfigs.of(SourceKind.FILE, list.toString()).build(),
                "folder", SourceConfigs.of(SourceKind.FILE, folder.toString()).build(),
                "missing",
                        SourceConfigs.of(SourceKind.FILE, folder + "/none.txt").build(),
                "large",
                        SourceConfigs.of(SourceKind.FILE, large.toString())
                                .maxBytes(1_024)
                                .build()));

        assertThat(next("file").result()).isEqualTo(Result.COMPLETE);
        assertThat(keys("file")).allMatch(key -> key.scheme() == Scheme.SOCKS5).hasSize(2);
        assertThat(next("folder").error()).isEqualTo("path: " + folder + " is a directory (expected: a file)");
        assertThat(next("missing").error()).contains("does not exist");
        assertThat(next("large").error()).contains("(expected: at most 1024)");

        await(fetch.fetchNow("file"));
        assertThat(next("file").result()).isEqualTo(Result.NOT_MODIFIED);
        Files.writeString(list, "192.0.2.99:1080\n");
        await(fetch.fetchNow("file"));
        assertThat(next("file").result()).isEqualTo(Result.COMPLETE);
        assertThat(fetch.states().get(0).entries()).isEqualTo(1);
    }

    @Test
    void sourcesComeChangeAndGoWhileItRuns() throws Exception {
        page("/a.txt", LIST);
        page("/b.txt", "192.0.2.5:80\n");
        FetchVerticle fetch =
                deploy(Map.of("a", text("/a.txt").build(), "c", text("/a.txt").build()));
        next("a");
        next("c");

        await(fetch.apply(config(
                true,
                Map.of(
                        "a",
                        text("/b.txt").build(),
                        "b",
                        text("/b.txt").build(),
                        "c",
                        text("/a.txt").build()))));
        assertThat(next("a").entries()).isEqualTo(1);
        assertThat(next("b").entries()).isEqualTo(1);
        assertThat(fetch.states()).extracting(Sources.State::name).containsExactly("a", "b", "c");
        assertThat(asked).filteredOn("/a.txt"::equals).hasSize(2);

        await(fetch.apply(config(true, Map.of("b", text("/b.txt").build()))));
        assertThat(fetch.states()).extracting(Sources.State::name).containsExactly("b");
        assertThat(registry.find("sluice.proxies.scraped").tag("source", "a").counter())
                .isNull();
        assertThatThrownBy(() -> await(fetch.fetchNow("a")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("source: a (expected: one of b)");
    }

    @Test
    void whatIsDisabledIsFetchedOnlyWhenAskedFor() throws Exception {
        page("/a.txt", LIST);
        page("/b.txt", LIST);
        FetchVerticle fetch = deploy(Map.of(
                "a", text("/a.txt").build(), "off", text("/b.txt").disabled().build()));
        next("a");

        await(fetch.fetchNow(null));
        assertThat(asked).containsExactly("/a.txt", "/a.txt");
        await(fetch.fetchNow("off"));
        assertThat(asked).containsExactly("/a.txt", "/a.txt", "/b.txt");

        FetchVerticle idle = new FetchVerticle(
                config(false, Map.of("idle", text("/a.txt").build())),
                bus,
                names,
                LOOPBACK,
                TinyParser::new,
                TinyParser::map,
                store.settings(),
                () -> counted,
                registry,
                Traces.none());
        await(vertx.deployVerticle(idle));
        assertThat(idle.states().get(0).nextFetchAtMillis()).isZero();
        await(idle.fetchNow("idle"));
        assertThat(next("idle").result()).isEqualTo(Result.COMPLETE);
    }

    @Test
    void asksWhileAFetchRunsJoinIt() throws Exception {
        List<HttpServerRequest> held = new CopyOnWriteArrayList<>();
        Promise<Void> arrived = Promise.promise();
        pages.put("/a.txt", request -> {
            held.add(request);
            arrived.tryComplete();
        });
        FetchVerticle fetch = deploy(Map.of("a", text("/a.txt").build()));
        await(arrived.future());

        Future<Void> first = fetch.fetchNow("a");
        Future<Void> second = fetch.fetchNow(null);
        assertThat(first.isComplete()).isFalse();
        held.get(0).response().end(LIST);
        await(first);
        await(second);

        assertThat(asked).hasSize(1);
    }

    @Test
    void stoppingEndsWhatRuns() throws Exception {
        Promise<Void> arrived = Promise.promise();
        pages.put("/a.txt", request -> arrived.tryComplete());
        FetchVerticle fetch = new FetchVerticle(
                config(true, Map.of("a", text("/a.txt").build())),
                bus,
                names,
                LOOPBACK,
                TinyParser::new,
                TinyParser::map,
                store.settings(),
                () -> counted,
                registry,
                Traces.none());
        String id = await(vertx.deployVerticle(fetch));
        await(arrived.future());
        Future<Void> asking = fetch.fetchNow("a");

        await(vertx.undeploy(id));

        assertThatThrownBy(() -> await(asking)).hasMessageContaining("stopped");
        assertThatThrownBy(() -> await(fetch.fetchNow("a"))).hasMessageContaining("stopped");
    }

    @Test
    void aFetchIsTold() throws Exception {
        pages.put("/a.txt", r -> r.response().end(LIST));
        try (Collector collector = new Collector()) {
            traces = Traces.to(collector.endpoint(), 0, "sluice");
            deploy(Map.of("traced-list", text("/a.txt").build()));
            assertThat(next("traced-list").result()).isEqualTo(Result.COMPLETE);
            traces.close();

            assertThat(collector.text()).contains("fetch", "source.name", "traced-list", "fetch.entries");
        }
    }

    @Test
    void theOperatorsHeadersAreSent() throws Exception {
        pages.put("/a.txt", r -> r.response().end("k".equals(r.getHeader("x-key")) ? LIST : ""));
        deploy(Map.of("a", text("/a.txt").headers(Map.of("X-Key", "k")).build()));

        assertThat(next("a").result()).isEqualTo(Result.COMPLETE);
    }

    @Test
    void anAddressThatIsNoneIsAnErrorWithoutItsText() throws Exception {
        deploy(Map.of(
                "a",
                SourceConfigs.of(SourceKind.TEXT, "http://h.example/a b?key=hidden")
                        .build()));

        assertThat(next("a").error()).startsWith("urls: ").doesNotContain("hidden");
    }

    @Test
    void aSourceIsSwitchedAtRunTimeAndStaysSoOverARestart() throws Exception {
        page("/a.txt", LIST);
        Map<String, SourceConfig> sources = Map.of("a", text("/a.txt").build());
        FetchVerticle fetch = deploy(sources);
        next("a");

        Sources.Account off = await(fetch.enable("a", false));

        assertThat(off.state().enabled()).isFalse();
        assertThat(off.state().nextFetchAtMillis()).isZero();
        assertThat(off.configured()).isTrue();
        assertThat(off.chosen()).isFalse();
        assertThat(off.kept()).isTrue();
        assertThat(fetch.chosen()).isEqualTo(Map.of("fetch.sources.a.enabled", false));
        await(fetch.fetchNow(null));
        assertThat(ends).as("all that are switched on: none").isEmpty();

        FetchVerticle again = deploy(sources);

        assertThat(again.states().get(0).enabled()).isFalse();
        Sources.Account obeying = await(again.enable("a", null));
        assertThat(obeying.state().enabled()).isTrue();
        assertThat(obeying.chosen()).isNull();
        assertThat(next("a").result()).as("it is fetched at once").isEqualTo(Result.COMPLETE);
        assertThat(await(store.settings().all())).doesNotContainKey("fetch.sources.a.enabled");
    }

    @Test
    void aSwitchThatCannotBeKeptCountsAllTheSame() throws Exception {
        page("/a.txt", LIST);
        FetchVerticle fetch = deploy(Map.of("a", text("/a.txt").build()));
        next("a");
        store.fail(StoreException.Kind.UNAVAILABLE);

        Sources.Account off = await(fetch.enable("a", false));
        assertThat(off.state().enabled()).isFalse();
        assertThat(off.kept()).isFalse();

        store.recover();
        assertThat(await(fetch.enable("a", false)).kept()).isTrue();
        assertThat(await(store.settings().all())).containsEntry("fetch.sources.a.enabled", "false");
    }

    @Test
    void whatIsSwitchedIsToldAndOtherInstancesFollow() throws Exception {
        page("/a.txt", LIST);
        BlockingQueue<SourceChanged> changes = new LinkedBlockingQueue<>();
        bus.subscribe(Channels.SOURCE_CHANGED, changes::add);
        Map<String, SourceConfig> sources = Map.of("a", text("/a.txt").build());
        FetchVerticle here = deploy(sources);
        next("a");
        FetchVerticle there = deploy(sources);
        next("a");

        await(here.enable("a", false));
        await(here.enable("a", false));
        assertThat(changes.poll(10, TimeUnit.SECONDS)).isEqualTo(new SourceChanged("a", false, false));
        assertThat(there.states().get(0).enabled()).as("not yet heard of").isTrue();

        await(there.refresh());
        assertThat(there.states().get(0).enabled()).isFalse();
        assertThat(there.states().get(0).nextFetchAtMillis()).isZero();
        assertThat(there.chosen()).isEqualTo(Map.of("fetch.sources.a.enabled", false));
        assertThat(there.accounts().get(0).kept()).isTrue();
        assertThat(changes.poll(10, TimeUnit.SECONDS)).isEqualTo(new SourceChanged("a", false, false));
        assertThat(ends).isEmpty();

        await(there.enable("a", null));
        assertThat(next("a").result()).isEqualTo(Result.COMPLETE);
        assertThat(changes.poll(10, TimeUnit.SECONDS)).isEqualTo(new SourceChanged("a", true, null));
        await(here.refresh());
        assertThat(next("a").result()).as("it is fetched at once").isEqualTo(Result.COMPLETE);
        assertThat(changes.poll(10, TimeUnit.SECONDS)).isEqualTo(new SourceChanged("a", true, null));
        await(here.refresh());
        await(there.refresh());
        assertThat(changes).isEmpty();
    }

    @Test
    void whatIsReadAgainUndoesNoSwitchThatCouldNotBeKept() throws Exception {
        page("/a.txt", LIST);
        FetchVerticle fetch = deploy(Map.of("a", text("/a.txt").build()));
        next("a");
        store.fail(StoreException.Kind.UNAVAILABLE);
        assertThat(await(fetch.enable("a", false)).kept()).isFalse();
        assertThatThrownBy(() -> await(fetch.refresh())).isInstanceOf(StoreException.class);
        assertThat(fetch.states().get(0).enabled()).isFalse();

        store.recover();
        await(fetch.refresh());
        assertThat(fetch.states().get(0).enabled()).isFalse();
        await(fetch.enable("a", false));
        await(store.settings().remove("fetch.sources.a.enabled"));
        await(fetch.refresh());
        assertThat(fetch.states().get(0).enabled()).isTrue();
    }

    @Test
    void aSourceThatDoesNotExistCannotBeSwitched() throws Exception {
        FetchVerticle fetch = deploy(Map.of());

        assertThatThrownBy(() -> await(fetch.enable("nonesuch", true))).hasMessageContaining("nonesuch");
    }

    @Test
    void theLastFetchesAndErrorsAreRemembered() throws Exception {
        counted = new SourceFigures.Counted(1, 9, Map.of("a", new SourceFigures.Of(7, 5, 4, 3, 7, 6, 2, 70, 50)));
        FetchVerticle fetch = deploy(Map.of("a", text("/a.txt").build()));
        for (int i = 0; i < 12; i++) {
            next("a");
            await(fetch.fetchNow("a"));
        }
        page("/a.txt", LIST);
        await(fetch.fetchNow("a"));

        Sources.Account account = fetch.accounts().get(0);

        assertThat(account.failures())
                .hasSize(Sources.Account.MOST_FAILURES)
                .allMatch(one -> one.error().contains("404"));
        Sources.Fetch last = account.fetches().get(0);
        assertThat(last)
                .isEqualTo(new Sources.Fetch(account.state().lastFetchAtMillis(), "complete", 2, 2, 0, 7, 5, 3));
        assertThat(account.fetches().get(1).result()).isEqualTo("failed");
        assertThat(account.fetches()).hasSizeLessThanOrEqualTo(Sources.Account.MOST_FETCHES);
    }

    private FetchVerticle deploy(Map<String, SourceConfig> sources) throws Exception {
        FetchVerticle verticle = new FetchVerticle(
                config(true, sources),
                bus,
                names,
                LOOPBACK,
                TinyParser::new,
                TinyParser::map,
                store.settings(),
                () -> counted,
                registry,
                traces);
        await(vertx.deployVerticle(verticle));
        return verticle;
    }

    private static FetchConfig config(boolean enabled, Map<String, SourceConfig> sources) {
        return new FetchConfig(enabled, true, 4, RETRY, sources);
    }

    private SourceConfigs text(String path) {
        return SourceConfigs.of(SourceKind.TEXT, base + path);
    }

    private void page(String path, String body) {
        pages.put(path, request -> request.response().end(body));
    }

    private static void conditional(HttpServerRequest request, String etag, String body) {
        if (etag.equals(request.getHeader("if-none-match"))) {
            request.response().setStatusCode(304).end();
        } else {
            request.response().putHeader("etag", etag).end(body);
        }
    }

    /** The next end of a fetch of {@code source}; ends of others wait. */
    private SourceFetched next(String source) throws InterruptedException {
        List<SourceFetched> others = new ArrayList<>();
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(15);
        while (true) {
            SourceFetched end = ends.poll(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
            assertThat(end)
                    .as("no fetch of %s ended; others: %s", source, others)
                    .isNotNull();
            if (end.source().equals(source)) {
                ends.addAll(others);
                return end;
            }
            others.add(end);
        }
    }

    private void awaitResult(String source, Result result) throws InterruptedException {
        SourceFetched end = next(source);
        for (int i = 0; i < 200 && end.result() != result; i++) {
            end = next(source);
        }
        assertThat(end.result()).isEqualTo(result);
    }

    private List<ProxyKey> keys(String source) {
        return found.stream()
                .filter(batch -> batch.source().equals(source))
                .flatMap(batch -> batch.candidates().stream())
                .map(Candidate::key)
                .toList();
    }

    private static <T> T at(Map<String, T> map, String key) {
        return Objects.requireNonNull(map.get(key), key);
    }

    private static String sample(String name) throws IOException {
        String folder = System.getenv("SLUICE_TEST_DATA");
        assumeTrue(folder != null, "SLUICE_TEST_DATA is not set: the samples of source APIs are not here");
        return Files.readString(Path.of(folder, "source-api-samples", name));
    }

    private static Buffer bomb() {
        ByteArrayOutputStream member = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(member)) {
            gzip.write(new byte[16 << 20]);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        Buffer bomb = Buffer.buffer();
        for (int i = 0; i < 64; i++) {
            bomb.appendBytes(member.toByteArray());
        }
        return bomb;
    }

    private static InetAddress address(int a, int b, int c, int d) {
        try {
            return InetAddress.getByAddress(new byte[] {(byte) a, (byte) b, (byte) c, (byte) d});
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.await(20, TimeUnit.SECONDS);
    }
}
