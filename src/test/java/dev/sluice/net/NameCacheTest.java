package dev.sluice.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.dns.DnsRecord;
import io.netty.resolver.dns.DnsCacheEntry;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class NameCacheTest {
    private static final EventLoop LOOP = new DefaultEventLoop();
    private static final DnsRecord[] NONE = {};

    private final AtomicLong nanos = new AtomicLong(1);
    private final NameCache cache = new NameCache(3, 1, 60, 10, nanos::get);

    @AfterAll
    static void stop() {
        LOOP.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }

    @Test
    void anAnswerIsKnownForItsTimeToLive() {
        put("a.example", "192.0.2.1", 30);
        after(29);
        assertThat(get("A.example.")).hasSize(1);
        after(1);
        assertThat(get("a.example")).isNull();
    }

    @Test
    void longTimesAreCutAndZeroIsRaised() {
        put("long.example", "192.0.2.1", 86_400);
        put("zero.example", "192.0.2.1", 0);
        assertThat(get("zero.example")).hasSize(1);
        after(59);
        assertThat(get("long.example")).hasSize(1);
        after(1);
        assertThat(get("long.example")).isNull();
    }

    @Test
    void allAddressesOfANameAreKeptOnce() {
        put("a.example", "192.0.2.1", 30);
        put("a.example", "192.0.2.2", 30);
        put("a.example", "192.0.2.1", 30);

        assertThat(get("a.example")).hasSize(2);
    }

    @Test
    void failuresAreRememberedForAShortWhile() {
        cache.cache("no.example", NONE, new UnknownHostException("no.example"), LOOP);
        assertThat(get("no.example"))
                .singleElement()
                .satisfies(entry -> assertThat(entry.cause()).isInstanceOf(UnknownHostException.class));
        after(10);
        assertThat(get("no.example")).isNull();
    }

    @Test
    void theLeastRecentlyUsedNameLeavesAFullCache() {
        put("a.example", "192.0.2.1", 30);
        put("b.example", "192.0.2.1", 30);
        put("c.example", "192.0.2.1", 30);
        assertThat(get("a.example")).isNotNull();
        put("d.example", "192.0.2.1", 30);

        assertThat(get("b.example")).isNull();
        assertThat(get("a.example")).isNotNull();
    }

    private void put(String name, String address, long ttl) {
        cache.cache(name, NONE, GuardedResolverTest.address(address), ttl, LOOP);
    }

    private @Nullable List<? extends DnsCacheEntry> get(String name) {
        return cache.get(name, NONE);
    }

    private void after(long seconds) {
        nanos.addAndGet(TimeUnit.SECONDS.toNanos(seconds));
    }
}
