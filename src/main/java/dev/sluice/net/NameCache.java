package dev.sluice.net;

import io.netty.channel.EventLoop;
import io.netty.handler.codec.dns.DnsRecord;
import io.netty.resolver.dns.DnsCache;
import io.netty.resolver.dns.DnsCacheEntry;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Answers of name servers, each for its time to live within bounds, the least recently used name leaving first. Confined
 * to the resolver's event loop.
 */
final class NameCache implements DnsCache {
    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    private final long minTtlSeconds;
    private final long maxTtlSeconds;
    private final long negativeTtlSeconds;
    private final LongSupplier nanoClock;
    private final Map<String, List<Answer>> byName;

    /**
     * @param maxNames most names remembered
     * @param minTtlSeconds shorter times to live are raised to this
     * @param maxTtlSeconds longer ones are cut to this, so that a changed answer is seen soon
     * @param negativeTtlSeconds how long a failure is remembered
     * @param nanoClock monotonic
     */
    NameCache(int maxNames, long minTtlSeconds, long maxTtlSeconds, long negativeTtlSeconds, LongSupplier nanoClock) {
        this.minTtlSeconds = minTtlSeconds;
        this.maxTtlSeconds = maxTtlSeconds;
        this.negativeTtlSeconds = negativeTtlSeconds;
        this.nanoClock = nanoClock;
        this.byName = new LinkedHashMap<>(64, 0.75f, true) {
            @Override
            protected boolean removeEldestEntry(Map.Entry<String, List<Answer>> eldest) {
                return size() > maxNames;
            }
        };
    }

    @Override
    public void clear() {
        byName.clear();
    }

    @Override
    public boolean clear(String hostname) {
        return byName.remove(key(hostname)) != null;
    }

    /** What is known of {@code hostname}; null when it is unknown, or a part of it has expired. */
    @Override
    public @Nullable List<? extends DnsCacheEntry> get(String hostname, DnsRecord @Nullable [] additionals) {
        if (additionals != null && additionals.length > 0) {
            return null;
        }
        String key = key(hostname);
        List<Answer> answers = byName.get(key);
        if (answers == null) {
            return null;
        }
        long now = nanoClock.getAsLong();
        for (Answer answer : answers) {
            if (now - answer.expiresNanos >= 0) {
                byName.remove(key);
                return null;
            }
        }
        return List.copyOf(answers);
    }

    @Override
    public DnsCacheEntry cache(
            String hostname,
            DnsRecord @Nullable [] additionals,
            InetAddress address,
            long originalTtl,
            EventLoop loop) {
        long ttl = Math.max(minTtlSeconds, Math.min(maxTtlSeconds, originalTtl));
        Answer answer = new Answer(address, null, expiry(ttl));
        List<Answer> answers = byName.computeIfAbsent(key(hostname), name -> new ArrayList<>(2));
        answers.removeIf(old -> old.cause != null || address.equals(old.address));
        answers.add(answer);
        return answer;
    }

    @Override
    public DnsCacheEntry cache(String hostname, DnsRecord @Nullable [] additionals, Throwable cause, EventLoop loop) {
        Answer answer = new Answer(null, cause, expiry(negativeTtlSeconds));
        List<Answer> failed = new ArrayList<>(1);
        failed.add(answer);
        byName.put(key(hostname), failed);
        return answer;
    }

    private long expiry(long seconds) {
        return nanoClock.getAsLong() + seconds * NANOS_PER_SECOND;
    }

    private static String key(String hostname) {
        String lower = hostname.toLowerCase(Locale.ROOT);
        return lower.endsWith(".") ? lower : lower + '.';
    }

    /** Either an address or why there is none. */
    private record Answer(
            @Nullable InetAddress address, @Nullable Throwable cause, long expiresNanos) implements DnsCacheEntry {
        /** Netty shows causes and addresses in its own messages through this. */
        @Override
        public String toString() {
            return String.valueOf(address != null ? address : cause);
        }
    }
}
