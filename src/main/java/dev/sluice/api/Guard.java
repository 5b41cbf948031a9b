package dev.sluice.api;

import dev.sluice.config.SecurityConfig;
import dev.sluice.config.ServerConfig;
import dev.sluice.net.RequestHead;
import dev.sluice.parse.AddressKind;
import dev.sluice.parse.IpAddress;
import dev.sluice.port.KeyRecord.Role;
import dev.sluice.proxy.Secret;
import dev.sluice.secret.ApiKey;
import dev.sluice.secret.ApiKeys;
import dev.sluice.secret.Gcra;
import dev.sluice.secret.RequestLimits;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Who may ask what, and how often. While there is no key at all: who reaches loopback, by a loopback name and not from a page
 * of another origin, so that no web page can have a browser ask on its behalf (DNS rebinding). With a key: who sends one that
 * has the role.
 *
 * <p>A request is looked at once, by {@link #refuseAny} and then {@link #admit}: the latter counts. Confined to one event
 * loop. Where no limit applies, a request with a key that was seen before allocates nothing here.
 */
final class Guard {
    private static final CharSequence X_API_KEY = HttpHeaders.createOptimized("x-api-key");
    private static final String BEARER = "bearer ";
    private static final String PARAMETER = Query.API_KEY + "=";

    /** Keys whose check is remembered. */
    private static final int REMEMBERED = 8;

    private final Supplier<SecurityConfig> security;
    /** The one that {@link #adminDigest} is of. */
    private SecurityConfig seen;

    private byte @Nullable [] adminDigest;
    private final boolean loopback;
    private final ApiKeys keys;
    private final RequestLimits limits;
    private final LongSupplier nowMillis;
    private final Map<Refusal, Counter> refusals = new EnumMap<>(Refusal.class);
    private final @Nullable Known[] remembered = new @Nullable Known[REMEMBERED];
    private int forget;

    /** Whether the request at hand named a loopback host; told by {@link #refuseAny}, taken by {@link #admit}. */
    private boolean local;

    /** A host that was found to be loopback: nearly every request names the same. */
    private String lastLocal = "localhost";

    // The key of the request at hand: a part of a text.
    private String given = "";
    private int givenFrom;
    private int givenTo;
    private int givenKeys;

    /** Whose limit the request at hand was counted against; null where it has none. */
    private @Nullable Known counted;

    /** @param security what is in force, asked for each request */
    Guard(
            Supplier<SecurityConfig> security,
            ServerConfig server,
            ApiKeys keys,
            RequestLimits limits,
            MeterRegistry registry,
            LongSupplier nowMillis) {
        this.security = security;
        this.seen = security.get();
        this.adminDigest = adminDigest(seen);
        this.loopback = isLoopback(server.host());
        this.keys = keys;
        this.limits = limits;
        this.nowMillis = nowMillis;
        for (Refusal refusal : Refusal.values()) {
            refusals.put(
                    refusal,
                    Counter.builder("sluice.api.refused")
                            .description("Requests that were not answered, by reason.")
                            .tag("reason", refusal.text())
                            .register(registry));
        }
    }

    private static byte @Nullable [] adminDigest(SecurityConfig security) {
        Secret key = security.adminKey();
        return key == null ? null : digest(key.reveal());
    }

    /** Follows a reload: keys that were right before are looked at again. */
    private void heed() {
        SecurityConfig now = security.get();
        if (now != seen) {
            seen = now;
            adminDigest = adminDigest(now);
            Arrays.fill(remembered, null);
        }
    }

    /**
     * Why a server must not start this way; null when it may.
     *
     * @param keyKept whether a key is kept that can be used
     */
    static @Nullable String refusal(ServerConfig server, SecurityConfig security, boolean keyKept) {
        Secret key = security.adminKey();
        if (key != null && key.reveal().isBlank()) {
            return "security.admin-key: empty (expected: a key, or none at all)";
        }
        if (key == null && !keyKept && !isLoopback(server.host())) {
            return "server.host: " + server.host()
                    + " (expected: a loopback address such as 127.0.0.1, because there is no key: set SLUICE_ADMIN_KEY or"
                    + " security.admin-key, or make one with keys create)";
        }
        return null;
    }

    /** Why no request like this is answered, whatever it asks for; null when it may go on. */
    @Nullable
    Problem refuseAny(RequestHead head) {
        heed();
        local = false;
        List<String> hosts = head.headers(HttpHeaders.HOST);
        if (hosts.size() > 1 || (hosts.isEmpty() && head.http11())) {
            return count(Refusal.MALFORMED, Problems.malformed("Host: " + hosts.size() + " headers (expected: one)"));
        }
        String uri = head.uri();
        if (!uri.startsWith("/")) {
            return count(
                    Refusal.MALFORMED,
                    Problems.malformed("request target: " + uri + " (expected: a path; this port is no proxy)"));
        }
        return isKeyless() ? refuseForeign(head, hosts.isEmpty() ? null : hosts.get(0)) : null;
    }

    private @Nullable Problem refuseForeign(RequestHead head, @Nullable String host) {
        if (host != null && !host.equals(lastLocal)) {
            if (!isLoopbackAuthority(host)) {
                return count(Refusal.FOREIGN_HOST, Problems.foreignHost(host));
            }
            lastLocal = host;
        }
        for (String origin : head.headers(HttpHeaders.ORIGIN)) {
            if (!isOwnOrigin(origin, host)) {
                return count(Refusal.FOREIGN_ORIGIN, Problems.foreignOrigin(origin));
            }
        }
        local = true;
        return null;
    }

    /**
     * Decides about a request and counts it.
     *
     * @param needed the role that the route needs; null where it is open
     */
    Admission admit(RequestHead head, @Nullable Role needed) {
        if (needed == null) {
            return Admission.OPEN;
        }
        Admission known = admitKnown(head);
        if (known.problem() != null || known.caller().has(needed)) {
            return known;
        }
        return known.but(
                count(Refusal.ROLE, Problems.roleMissing(needed, known.caller().roles())));
    }

    /** As {@link #admit}, for what needs a key but no role: to be told that there is nothing. */
    Admission admitKnown(RequestHead head) {
        heed();
        counted = null;
        Gcra perAddress = limits.perAddress();
        long ofAddress = Long.MAX_VALUE;
        if (perAddress != null) {
            ofAddress = limits.takeAddress(head.remoteAddress());
            if (ofAddress < 0) {
                return tooMany(Caller.NOBODY, perAddress, ofAddress, Refusal.ADDRESS_LIMIT, "this address");
            }
        }
        if (isKeyless()) {
            Problem foreign = local ? null : refuseForeign(head, head.header(HttpHeaders.HOST));
            local = false;
            return told(foreign == null ? Admission.LOOPBACK : Admission.refused(foreign), ofAddress);
        }
        find(head);
        if (givenKeys == 0) {
            return refuse(Refusal.NO_KEY, Problems.unauthorized(false), ofAddress);
        }
        if (givenKeys > 1) {
            return refuse(Refusal.TWO_KEYS, Problems.twoKeys(), ofAddress);
        }
        // Asked first: a key that is revoked from here on is believed once at most.
        long version = keys.version() + limits.version();
        Known known = recall(version);
        return known == null ? check(head, version, ofAddress) : admit(known, ofAddress);
    }

    /**
     * Forgets that {@link #admit} has counted the request at hand, which it has just admitted: the request is going to be
     * looked at once more.
     */
    void takeBack(RequestHead head) {
        limits.giveBackAddress(head.remoteAddress());
        Known known = counted;
        if (known != null && known.limit != null) {
            known.limit.giveBack(known.limiter);
        }
        counted = null;
    }

    private Admission admit(Known known, long ofAddress) {
        if (known.key != null) {
            known.key.used(nowMillis.getAsLong());
        }
        Gcra perKey = known.limit;
        if (perKey != null) {
            long ofKey = limits.takeKey(perKey, known.limiter);
            if (ofKey < 0) {
                return tooMany(known.granted.caller(), perKey, ofKey, Refusal.KEY_LIMIT, "this key");
            }
            counted = known;
            if (ofKey <= ofAddress) {
                return known.granted.within(perKey.field(ofKey), perKey.policy());
            }
        }
        return told(known.granted, ofAddress);
    }

    /** With what is left of the limit of the address, where it has one. */
    private Admission told(Admission admission, long ofAddress) {
        Gcra perAddress = limits.perAddress();
        return perAddress == null ? admission : admission.within(perAddress.field(ofAddress), perAddress.policy());
    }

    private Admission tooMany(Caller caller, Gcra limit, long taken, Refusal refusal, String who) {
        Problem problem = count(refusal, Problems.tooManyRequests(who, limit.quota(), Gcra.seconds(~taken)));
        return new Admission(problem, caller, false, limit.field(taken), limit.policy());
    }

    /** Checks a key that is not remembered. */
    private Admission check(RequestHead head, long version, long ofAddress) {
        String text = given.substring(givenFrom, givenTo);
        if (adminDigest != null && MessageDigest.isEqual(adminDigest, digest(text))) {
            Admission granted = Admission.to(Caller.ADMIN_KEY, true);
            return admit(
                    remember(new Known(text, version, null, granted, limits.perKey(0), limits.adminLimiter())),
                    ofAddress);
        }
        ApiKey key = keys.find(text);
        if (key == null) {
            long wait = limits.failed(head.remoteAddress());
            return wait > 0
                    ? refuse(Refusal.WRONG_KEYS, Problems.tooManyWrongKeys(Gcra.seconds(wait)), ofAddress)
                    : refuse(Refusal.UNKNOWN_KEY, Problems.unauthorized(true), ofAddress);
        }
        if (!key.usable()) {
            return refuse(Refusal.OTHER_PEPPER, Problems.otherPepper(key.id()), ofAddress);
        }
        Admission granted = Admission.to(new Caller(key.id(), key.roles()), key.credentials());
        return admit(
                remember(new Known(text, version, key, granted, limits.perKey(key.requestsPerSecond()), key.limiter())),
                ofAddress);
    }

    private Known remember(Known known) {
        remembered[forget] = known;
        forget = (forget + 1) % REMEMBERED;
        return known;
    }

    private @Nullable Known recall(long version) {
        for (Known known : remembered) {
            if (known != null
                    && known.version == version
                    && same(known.text, 0, known.text.length(), given, givenFrom, givenTo)) {
                return known;
            }
        }
        return null;
    }

    /** Whether nobody needs a key: there is none, and only loopback is bound. */
    private boolean isKeyless() {
        return adminDigest == null && loopback && !keys.any();
    }

    /** Finds the key that a request sends, wherever it stands; several that are the same count as one. */
    private void find(RequestHead head) {
        givenKeys = 0;
        String own = head.header(X_API_KEY);
        if (own != null) {
            offer(own, 0, own.length());
            List<String> all = head.headers(X_API_KEY);
            for (int i = 1; i < all.size(); i++) {
                offer(all.get(i), 0, all.get(i).length());
            }
        }
        String authorization = head.header(HttpHeaders.AUTHORIZATION);
        if (authorization != null) {
            offerBearer(authorization);
            List<String> all = head.headers(HttpHeaders.AUTHORIZATION);
            for (int i = 1; i < all.size(); i++) {
                offerBearer(all.get(i));
            }
        }
        findParameter(head.uri());
    }

    private void offerBearer(String authorization) {
        if (authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
            int from = BEARER.length();
            int to = authorization.length();
            while (from < to && authorization.charAt(from) == ' ') {
                from++;
            }
            while (to > from && authorization.charAt(to - 1) == ' ') {
                to--;
            }
            offer(authorization, from, to);
        }
    }

    private void findParameter(String uri) {
        int query = uri.indexOf('?');
        for (int at = query < 0 ? -1 : uri.indexOf(PARAMETER, query + 1);
                at >= 0;
                at = uri.indexOf(PARAMETER, at + 1)) {
            if (at != query + 1 && uri.charAt(at - 1) != '&') {
                continue;
            }
            int from = at + PARAMETER.length();
            int end = uri.indexOf('&', from);
            int to = end < 0 ? uri.length() : end;
            if (isPlain(uri, from, to)) {
                offer(uri, from, to);
            } else {
                String decoded = decoded(uri.substring(from, to));
                offer(decoded, 0, decoded.length());
            }
        }
    }

    private void offer(String text, int from, int to) {
        if (givenKeys == 0) {
            given = text;
            givenFrom = from;
            givenTo = to;
            givenKeys = 1;
        } else if (!same(given, givenFrom, givenTo, text, from, to)) {
            givenKeys++;
        }
    }

    /** Whether two parts are the same, in a time that depends on their lengths alone. */
    private static boolean same(String one, int oneFrom, int oneTo, String other, int otherFrom, int otherTo) {
        int length = oneTo - oneFrom;
        if (length != otherTo - otherFrom) {
            return false;
        }
        int difference = 0;
        for (int i = 0; i < length; i++) {
            difference |= one.charAt(oneFrom + i) ^ other.charAt(otherFrom + i);
        }
        return difference == 0;
    }

    private static boolean isPlain(String text, int from, int to) {
        for (int i = from; i < to; i++) {
            char c = text.charAt(i);
            if (c == '%' || c == '+') {
                return false;
            }
        }
        return true;
    }

    private static String decoded(String text) {
        try {
            return Query.decode(text);
        } catch (Refused e) {
            return text;
        }
    }

    private Admission refuse(Refusal refusal, Problem problem, long ofAddress) {
        return told(Admission.refused(count(refusal, problem)), ofAddress);
    }

    private Problem count(Refusal refusal, Problem problem) {
        Counter counter = refusals.get(refusal);
        if (counter != null) {
            counter.increment();
        }
        return problem;
    }

    private static boolean isOwnOrigin(String origin, @Nullable String host) {
        return host != null && origin.equalsIgnoreCase("http://" + host);
    }

    private static boolean isLoopbackAuthority(String authority) {
        int colon = authority.lastIndexOf(':');
        boolean port = colon > authority.lastIndexOf(']');
        if (port && !authority.substring(colon + 1).chars().allMatch(c -> c >= '0' && c <= '9')) {
            return false;
        }
        String host = port ? authority.substring(0, colon) : authority;
        boolean bracketed = host.startsWith("[") && host.endsWith("]");
        return bracketed == host.contains(":") && isLoopback(host);
    }

    private static boolean isLoopback(String host) {
        String name = host.toLowerCase(Locale.ROOT);
        if (name.startsWith("[") && name.endsWith("]")) {
            name = name.substring(1, name.length() - 1);
        }
        byte[] address = IpAddress.parse(name);
        return address == null ? name.equals("localhost") : AddressKind.of(address) == AddressKind.LOOPBACK;
    }

    private static byte[] digest(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** A key that was right at a version of the keys. */
    private static final class Known {
        final String text;
        final long version;
        final @Nullable ApiKey key;
        final Admission granted;
        final @Nullable Gcra limit;
        final AtomicLong limiter;

        Known(
                String text,
                long version,
                @Nullable ApiKey key,
                Admission granted,
                @Nullable Gcra limit,
                AtomicLong limiter) {
            this.text = text;
            this.version = version;
            this.key = key;
            this.granted = granted;
            this.limit = limit;
            this.limiter = limiter;
        }
    }

    /** Why requests are refused here, as the metric {@code sluice_api_refused_total} tells it. */
    private enum Refusal {
        MALFORMED,
        FOREIGN_HOST,
        FOREIGN_ORIGIN,
        NO_KEY,
        TWO_KEYS,
        UNKNOWN_KEY,
        OTHER_PEPPER,
        WRONG_KEYS,
        ROLE,
        KEY_LIMIT,
        ADDRESS_LIMIT;

        String text() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }
}
