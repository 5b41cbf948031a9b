package dev.sluice.api;

import static dev.sluice.pool.Entries.NOW;
import static dev.sluice.pool.Entries.entry;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.bus.Bus;
import dev.sluice.cadence.HealthRules;
import dev.sluice.pool.Entries;
import dev.sluice.pool.PooledProxy;
import dev.sluice.proxy.Anonymity;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Location;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.StoredProxy;
import dev.sluice.proxy.Tier;
import dev.sluice.store.ProxyQuery;
import dev.sluice.store.ProxySearch;
import dev.sluice.store.StoreException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Searching, checking now, explaining. */
final class ProxiesVerticleTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static final Location ODD = new Location("NA", "US", "Reno", 64_500, "Odd", "city");

    private static Vertx vertx;
    private static Surroundings around;
    private static int port;

    @BeforeAll
    static void start() {
        vertx = Vertx.vertx();
        around = new Surroundings();
        port = Surroundings.deploy(
                        vertx, around.verticle(Surroundings.server(0, null), Surroundings.noKey(), new Bus(vertx)))
                .port();
    }

    @AfterAll
    static void stop() {
        vertx.close().await();
        around.telemetry.close();
    }

    @BeforeEach
    void calm() {
        for (long id : around.pool.ids()) {
            around.pool.remove(id);
        }
        around.stored = ids -> Future.succeededFuture(List.of());
        around.found = query -> Future.succeededFuture(new ProxySearch.Found(List.of(), null, false));
        around.ordered = ids -> Future.succeededFuture(ids.size());
        around.checks = true;
    }

    private static Wire.Answer send(String method, String target, String body) throws Exception {
        return Wire.untilClosed(
                port,
                method + ' ' + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: "
                        + body.length() + "\r\n\r\n" + body);
    }

    private static JsonNode ok(int status, Wire.Answer answer) throws Exception {
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        return JSON.readTree(answer.body());
    }

    private static JsonNode search(String query) throws Exception {
        return ok(200, send("GET", "/api/v1/proxies?" + query, ""));
    }

    private static List<Long> ids(JsonNode page) {
        List<Long> ids = new ArrayList<>();
        page.get("proxies").forEach(proxy -> ids.add(proxy.get("id").asLong()));
        return ids;
    }

    private static JsonNode refused(int status, String type, Wire.Answer answer) throws Exception {
        JsonNode problem = ok(status, answer);
        assertThat(problem.get("type").asText()).isEqualTo(Problem.TYPE_PREFIX + type);
        return problem;
    }

    private static StoredProxy stored(Entries entry) {
        PooledProxy proxy = entry.pooled();
        return new StoredProxy(
                proxy.id(), proxy.key(), 0, proxy.health(), proxy.location(), proxy.lists(), NOW - 5_000, false);
    }

    // Alive: from the pool.

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "protocol=socks5",
                "country=US",
                "region=NA",
                "city=reno",
                "asn=64500",
                "anonymity=transparent",
                "tier=at-risk",
                "list=odd",
                "min_reputation=70",
                "max_latency_ms=500",
                "max_age_s=60",
                "exclude=127.0.0.1:8080,127.0.0.2:8080"
            })
    void eachFilterLeavesTheOneThatMeetsIt(String filter) throws Exception {
        Entries usual = entry(1).latency(1_500).successRate(0.5).checkedAt(NOW - 600_000);
        around.pool.put(usual.pooled());
        around.pool.put(entry(2).latency(1_500)
                .successRate(0.5)
                .checkedAt(NOW - 600_000)
                .pooled());
        around.pool.put(entry(3).scheme(Scheme.SOCKS5)
                .location(ODD)
                .anonymity(Anonymity.TRANSPARENT)
                .tier(Tier.AT_RISK)
                .lists("odd")
                .latency(100)
                .pooled());

        JsonNode page = search(filter);

        assertThat(ids(page)).containsExactly(3L);
        assertThat(page.get("total").asInt()).isEqualTo(1);
        assertThat(page.get("state").asText()).isEqualTo("alive");
        assertThat(search("sort=id").get("total").asInt()).isEqualTo(3);
    }

    @Test
    void aTypeNobodyKnowsMatchesNothing() throws Exception {
        around.pool.put(entry(1).pooled());
        assertThat(ids(search("type=mobile"))).isEmpty();
    }

    @Test
    void pagesFollowOneAnother() throws Exception {
        for (int id = 1; id <= 7; id++) {
            around.pool.put(entry(id).latency(1_000 - 100 * id).pooled());
        }
        List<Long> all = new ArrayList<>();
        String cursor = "";
        int pages = 0;
        do {
            JsonNode page = search("sort=latency&limit=3" + cursor);
            all.addAll(ids(page));
            assertThat(page.get("total").asInt()).isEqualTo(7);
            cursor = page.get("next_cursor").isNull()
                    ? ""
                    : "&cursor=" + page.get("next_cursor").asText();
            pages++;
        } while (!cursor.isEmpty());

        assertThat(all).containsExactly(7L, 6L, 5L, 4L, 3L, 2L, 1L);
        assertThat(pages).isEqualTo(3);
        assertThat(ids(search("sort=-latency&limit=2"))).containsExactly(1L, 2L);
    }

    @Test
    void aCursorIsGoodForItsQueryAlone() throws Exception {
        for (int id = 1; id <= 5; id++) {
            around.pool.put(entry(id).pooled());
        }
        String cursor = search("sort=id&limit=2&country=DE").get("next_cursor").asText();
        assertThat(cursor).matches("[A-Za-z0-9_-]{32}");
        assertThat(ids(search("sort=id&limit=1&country=DE&cursor=" + cursor))).containsExactly(3L);

        char other = cursor.charAt(8) == 'A' ? 'B' : 'A';
        for (String query : List.of(
                "sort=-id&country=DE&cursor=" + cursor,
                "sort=id&cursor=" + cursor,
                "sort=id&country=FR&cursor=" + cursor,
                "sort=id&country=DE&state=all&cursor=" + cursor,
                "sort=id&country=DE&cursor=" + cursor.substring(0, 8) + other + cursor.substring(9),
                "sort=id&country=DE&cursor=" + cursor.substring(1),
                "sort=id&country=DE&cursor=" + cursor + "A",
                "sort=id&country=DE&cursor=%2B" + cursor.substring(1))) {
            JsonNode problem = refused(400, "invalid-parameter", send("GET", "/api/v1/proxies?" + query, ""));
            assertThat(problem.get("parameter").asText()).as(query).isEqualTo("cursor");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "state|state=undead|alive, dead, never, archived, all",
                "sort|sort=beauty|id, reputation, latency, last_checked, next_check, tier",
                "sort|state=all&sort=latency|id or -id",
                "sort|state=archived&sort=dead_since|id or -id",
                "reason|reason=nonesuch|refused",
                "scheme|scheme=ftp|socks4",
                "host|host=192.0.2.0/16|24 to 32 bits",
                "country|state=dead&country=DE,FR|one value",
                "asn|state=dead&asn=!64500|one value",
                "list|state=dead&list=a,b|one value",
                "tier|state=dead&tier=!1|without !",
                "city|state=dead&city=berlin|state alive",
                "host|state=alive&host=192.0.2.1|state dead",
                "limit|limit=501|1..500"
            })
    void whatMakesNoSenseIsRefusedWithWhatDoes(String parameter, String query, String expected) throws Exception {
        JsonNode problem = refused(400, "invalid-parameter", send("GET", "/api/v1/proxies?" + query, ""));
        assertThat(problem.get("parameter").asText()).isEqualTo(parameter);
        assertThat(problem.get("detail").asText()).contains(expected);
    }

    // The rest: from the store.

    private static ProxyQuery asked(String query) throws Exception {
        ConcurrentLinkedQueue<ProxyQuery> asked = new ConcurrentLinkedQueue<>();
        around.found = wanted -> {
            asked.add(wanted);
            return Future.succeededFuture(new ProxySearch.Found(List.of(), null, false));
        };
        search(query);
        return asked.remove();
    }

    @Test
    void eachFilterOfTheStoreIsHandedOn() throws Exception {
        ProxyQuery dead = asked(
                "state=dead&country=de&asn=AS64500&tier=at-risk,3&list=a&scheme=socks4,unknown"
                        + "&reason=refused,none&host=192.0.2.77/30&port=1080&min_checks=2&max_checks=9&sort=-dead_since&limit=7");

        assertThat(dead)
                .isEqualTo(new ProxyQuery(
                        ProxyQuery.State.DEAD,
                        ProxyQuery.Order.DEAD_SINCE,
                        true,
                        Set.of(Scheme.SOCKS4, Scheme.UNKNOWN),
                        "DE",
                        64_500,
                        Set.of(Tier.AT_RISK, Tier.INACTIVE),
                        Set.of(FailureReason.REFUSED, FailureReason.NONE),
                        "a",
                        List.of("192.0.2.76", "192.0.2.77", "192.0.2.78", "192.0.2.79"),
                        1080,
                        2,
                        9,
                        null,
                        7));
    }

    @Test
    void whereOnlyTheDatabaseKnowsTheDatabaseIsAsked() throws Exception {
        assertThat(asked("host=Proxy.Example").hosts()).containsExactly("proxy.example");
        assertThat(asked("reason=tls").state()).isEqualTo(ProxyQuery.State.ALL);
        assertThat(asked("sort=dead_since").state()).isEqualTo(ProxyQuery.State.DEAD);
        assertThat(asked("state=never").state()).isEqualTo(ProxyQuery.State.NEVER);
        assertThat(asked("state=archived&sort=-id").descending()).isTrue();
    }

    @Test
    void aPageThatWasCutSaysSoAndGoesOn() throws Exception {
        StoredProxy stored = stored(entry(9).alive(false).failures(2));
        around.found = query -> Future.succeededFuture(
                query.after() == null
                        ? new ProxySearch.Found(List.of(), new ProxyQuery.Position(8, 8), true)
                        : new ProxySearch.Found(List.of(stored), null, false));

        JsonNode cut = search("state=dead");
        assertThat(cut.get("scanned").asInt()).isEqualTo(2_000);
        assertThat(cut.get("total").isNull()).isTrue();
        JsonNode rest = search("state=dead&cursor=" + cut.get("next_cursor").asText());
        assertThat(ids(rest)).containsExactly(9L);
        assertThat(rest.get("scanned").isNull()).isTrue();
        assertThat(rest.get("next_cursor").isNull()).isTrue();
        assertThat(rest.get("proxies").get(0).get("alive").asBoolean()).isFalse();
        assertThat(rest.get("proxies").get(0).get("checks").asInt()).isEqualTo(10);
    }

    @Test
    void whileTheDatabaseIsDownWhatIsAliveIsFound() throws Exception {
        around.pool.put(entry(1).pooled());
        around.found = query ->
                Future.failedFuture(new StoreException(StoreException.Kind.UNAVAILABLE, "the database is down"));

        assertThat(ids(search("country=DE"))).containsExactly(1L);
        refused(503, "store-unavailable", send("GET", "/api/v1/proxies?state=dead", ""));
        around.found = query -> Promise.<ProxySearch.Found>promise().future();
        refused(503, "store-unavailable", send("GET", "/api/v1/proxies?state=all", ""));
    }

    // Checking now.

    private static StoredProxy checked(StoredProxy before, long atMillis) {
        var health = HealthRules.withVersion(
                entry(before.id()).checkedAt(atMillis).health(), before.health().version() + 1);
        return before.with(health, null);
    }

    @Test
    void aCheckIsAskedForAtTheHighestPriority() throws Exception {
        ConcurrentLinkedQueue<List<Long>> orders = new ConcurrentLinkedQueue<>();
        around.stored = ids -> Future.succeededFuture(List.of(stored(entry(7))));
        around.ordered = ids -> {
            orders.add(ids);
            return Future.succeededFuture(1);
        };

        JsonNode accepted = ok(202, send("POST", "/api/v1/proxies/7/check", ""));

        assertThat(orders).containsExactly(List.of(7L));
        assertThat(accepted.get("under_way").asBoolean()).isFalse();
        assertThat(accepted.get("version").asInt()).isEqualTo(1);
        assertThat(accepted.get("proxy").asText()).isEqualTo("/api/v1/proxies/7");
    }

    @Test
    void whoWaitsIsToldWhatCameOfIt() throws Exception {
        StoredProxy before = stored(entry(7));
        AtomicInteger asked = new AtomicInteger();
        around.stored =
                ids -> Future.succeededFuture(List.of(asked.getAndIncrement() < 2 ? before : checked(before, NOW + 5)));

        JsonNode done = ok(200, send("POST", "/api/v1/proxies/7/check?wait=30s", ""));

        assertThat(done.get("verdict").asBoolean()).isTrue();
        assertThat(done.get("worked").asBoolean()).isTrue();
        assertThat(done.get("version").asInt()).isEqualTo(2);
        assertThat(done.get("proxy").get("last_checked_at").asText()).isEqualTo(ProxyForm.time(NOW + 5));
    }

    @Test
    void anOutcomeThatSaysNothingOfTheProxyIsToldAsSuch() throws Exception {
        StoredProxy before = stored(entry(7));
        AtomicInteger asked = new AtomicInteger();
        around.stored =
                ids -> Future.succeededFuture(List.of(asked.getAndIncrement() == 0 ? before : checked(before, NOW)));

        JsonNode done = ok(200, send("POST", "/api/v1/proxies/7/check?wait=30s", ""));

        assertThat(done.get("verdict").asBoolean()).isFalse();
        assertThat(done.get("worked").isNull()).isTrue();
    }

    @Test
    void whoWaitedInVainIsToldWhereToLook() throws Exception {
        around.stored = ids -> Future.succeededFuture(List.of(stored(entry(7))));
        around.ordered = ids -> Future.succeededFuture(0);

        JsonNode accepted = ok(202, send("POST", "/api/v1/proxies/7/check?wait=1s", ""));

        assertThat(accepted.get("under_way").asBoolean()).isTrue();
    }

    @Test
    void whatCannotBeCheckedIsRefused() throws Exception {
        refused(404, "no-such-proxy", send("POST", "/api/v1/proxies/7/check", ""));
        StoredProxy live = stored(entry(7).alive(false));
        StoredProxy archived = new StoredProxy(
                7, live.key(), 0, live.health(), live.location(), live.lists(), live.firstSeenAtMillis(), true);
        around.stored = ids -> Future.succeededFuture(List.of(archived));
        refused(409, "archived", send("POST", "/api/v1/proxies/7/check", ""));
        around.stored =
                ids -> Future.failedFuture(new StoreException(StoreException.Kind.UNAVAILABLE, "the database is down"));
        refused(503, "store-unavailable", send("POST", "/api/v1/proxies/7/check", ""));
        around.checks = false;
        refused(503, "checking-off", send("POST", "/api/v1/proxies/7/check", ""));
        refused(503, "checking-off", send("POST", "/api/v1/proxies/check", "{\"ids\":[1]}"));
        for (String wait : List.of("0s", "31s", "5", "5m", "05s")) {
            refused(400, "invalid-parameter", send("POST", "/api/v1/proxies/7/check?wait=" + wait, ""));
        }
    }

    @Test
    void severalAreAskedForByNumberOrFilter() throws Exception {
        ConcurrentLinkedQueue<List<Long>> orders = new ConcurrentLinkedQueue<>();
        around.ordered = ids -> {
            orders.add(ids);
            return Future.succeededFuture(ids.size() - 1);
        };
        around.pool.put(entry(1).country("FR").pooled());
        around.pool.put(entry(2).pooled());

        JsonNode byId = ok(202, send("POST", "/api/v1/proxies/check", "{\"ids\":[5,6,5]}"));
        assertThat(byId.get("asked").asInt()).isEqualTo(2);
        assertThat(byId.get("due").asInt()).isEqualTo(1);
        ok(202, send("POST", "/api/v1/proxies/check", "{\"filter\":{\"country\":\"FR\"}}"));
        around.found = query -> Future.succeededFuture(
                new ProxySearch.Found(List.of(stored(entry(9).alive(false))), new ProxyQuery.Position(9, 9), false));
        JsonNode dead =
                ok(202, send("POST", "/api/v1/proxies/check", "{\"filter\":{\"state\":\"dead\",\"asn\":3320}}"));
        assertThat(dead.get("more").asBoolean()).isTrue();
        JsonNode none = ok(202, send("POST", "/api/v1/proxies/check", "{\"filter\":{\"country\":\"AQ\"}}"));
        assertThat(none.get("asked").asInt()).isZero();

        assertThat(orders).containsExactly(List.of(5L, 6L), List.of(1L), List.of(9L));
    }

    @Test
    void anOrderIsReadStrictly() throws Exception {
        String tooMany = "{\"ids\":"
                + LongStream.rangeClosed(1, 1_001).boxed().toList().toString().replace(" ", "") + "}";
        for (String body : List.of(
                "{}",
                "{\"ids\":[]}",
                "{\"ids\":[0]}",
                "{\"ids\":[1.5]}",
                "{\"ids\":[1],\"filter\":{}}",
                "{\"filter\":{\"limit\":5}}",
                "{\"filter\":{\"nonesuch\":5}}",
                "{\"filter\":{\"country\":[\"DE\"]}}",
                tooMany.length() < 4_096 ? tooMany : "{\"ids\":7}")) {
            refused(400, "invalid-body", send("POST", "/api/v1/proxies/check", body));
        }
        refused(
                400,
                "invalid-parameter",
                send("POST", "/api/v1/proxies/check", "{\"filter\":{\"country\":\"Germany\"}}"));
    }

    // Explaining.

    private static JsonNode explain(String query) throws Exception {
        return ok(200, send("GET", "/api/v1/explain?" + query, ""));
    }

    @Test
    void whatWouldBeChosenIsExplained() throws Exception {
        around.pool.put(entry(1).latency(10).pooled());
        around.pool.put(entry(2).latency(1_000).pooled());
        for (int i = 0; i < 3; i++) {
            around.feedback.record("picky", 1, false, NOW + i);
        }

        JsonNode told = explain("strategy=fastest-response&source=picky&country=DE");

        assertThat(told.get("matching").asInt()).isEqualTo(2);
        assertThat(told.get("held_back").asInt()).isEqualTo(1);
        assertThat(told.get("candidates").get(0).get("id").asLong()).isEqualTo(2);
        assertThat(told.get("candidates").get(0).get("probability").asDouble()).isEqualTo(1);
        assertThat(told.get("candidates").get(1).get("held_back").asBoolean()).isTrue();
        assertThat(told.get("filters").get(2).get("filter").asText()).isEqualTo("country");
        assertThat(explain("strategy=fastest-response")
                        .get("candidates")
                        .get(0)
                        .get("id")
                        .asLong())
                .isEqualTo(1);
        assertThat(explain("candidates=1").get("candidates")).hasSize(1);
    }

    @Test
    void whyThereIsNoneIsExplained() throws Exception {
        assertThat(explain("").get("because").asText()).isEqualTo("nothing is alive");
        around.pool.put(entry(1).pooled());

        JsonNode told = explain("country=FR&tier=1");

        assertThat(told.get("matching").asInt()).isZero();
        assertThat(told.get("relaxations").get(0).get("without").get(0).asText())
                .isEqualTo("country");
        assertThat(told.get("because").asText()).isEqualTo("nothing matches; without country 1 would");
    }

    @Test
    void explainingChangesNothing() throws Exception {
        for (int id = 1; id <= 3; id++) {
            around.pool.put(entry(id).pooled());
        }
        String first = explain("strategy=round-robin").toString();
        for (int i = 0; i < 5; i++) {
            assertThat(explain("strategy=round-robin").toString()).isEqualTo(first);
        }
        JsonNode one = explain("proxy=1");
        assertThat(explain("proxy=1")).isEqualTo(one);
        assertThat(one.at("/proxy/id").asLong()).isEqualTo(1);
    }

    @Test
    void whyOneProxyIsNotServedIsExplained() throws Exception {
        StoredProxy dead = stored(entry(7).alive(false).failures(3).tier(Tier.INACTIVE));
        around.stored = ids -> Future.succeededFuture(ids.contains(7L) ? List.of(dead) : List.of());

        JsonNode told = explain("proxy=7&country=FR");

        assertThat(told.get("served").asBoolean()).isFalse();
        assertThat(told.get("because").asText()).isEqualTo("not met: alive, country");
        assertThat(told.at("/next_check/rule").asText()).isEqualTo("interval");
        assertThat(told.at("/next_check/kind").asText()).isEqualTo("connect");
        assertThat(told.at("/reputation/parts").size()).isEqualTo(6);
        assertThat(told.at("/last_check/at").asText()).isEqualTo(ProxyForm.time(NOW));
        refused(404, "no-such-proxy", send("GET", "/api/v1/explain?proxy=8", ""));
    }

    @Test
    void aProxyIsFoundByItsAddress() throws Exception {
        around.pool.put(entry(1).host("192.0.2.1").pooled());
        StoredProxy dead =
                stored(entry(7).host("192.0.2.7").scheme(Scheme.SOCKS5).alive(false));
        StoredProxy other = stored(entry(6).host("192.0.2.7").alive(false));
        ConcurrentLinkedQueue<ProxyQuery> asked = new ConcurrentLinkedQueue<>();
        around.found = query -> {
            asked.add(query);
            return Future.succeededFuture(new ProxySearch.Found(List.of(other, dead), null, false));
        };

        assertThat(explain("proxy=192.0.2.1:8080").at("/proxy/id").asLong()).isEqualTo(1);
        assertThat(asked).isEmpty();
        assertThat(explain("proxy=socks5://192.0.2.7:8080").at("/proxy/id").asLong())
                .isEqualTo(7);
        assertThat(asked.remove())
                .extracting(ProxyQuery::hosts, ProxyQuery::port)
                .containsExactly(List.of("192.0.2.7"), 8080);
        assertThat(new ProxyKey(Scheme.SOCKS5, "192.0.2.7", 8080, null)).isEqualTo(dead.key());
    }

    @Test
    void aCheckThatWasAskedForIsExplainedByThat() throws Exception {
        StoredProxy before = stored(entry(77));
        around.stored = ids -> Future.succeededFuture(List.of(before));
        ok(202, send("POST", "/api/v1/proxies/77/check", ""));
        around.stored = ids -> Future.succeededFuture(List.of(checked(before, NOW + 50_000)));

        assertThat(explain("proxy=77").at("/last_check/because").asText()).contains("an administrator asked for it");
    }
}
