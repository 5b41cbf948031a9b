package dev.sluice.bus;

import dev.sluice.message.Candidate;
import dev.sluice.message.CandidatesFound;
import dev.sluice.message.CandidatesKept;
import dev.sluice.parse.AddressPolicy;
import dev.sluice.parse.IpAddress;
import dev.sluice.proxy.Capability;
import dev.sluice.proxy.Credentials;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** {@code sluice.candidates.found.v1}: how extensions add proxies. Holds them to the address rules of fetched lists. */
final class CandidatesFoundForm implements JsonForm.Request<CandidatesFound, CandidatesKept> {
    private static final List<String> FIELDS = List.of("source", "fetched_at", "proxies");
    private static final List<String> PROXY_FIELDS =
            List.of("scheme", "host", "port", "username", "password", "capabilities", "country");
    private static final String PROXIES = "1.." + CandidatesFound.MAX_BATCH + " proxies";
    private static final String URL_FORM = "scheme://[user:password@]host:port";
    private static final String HOST_FORM = "an address or a full host name";
    private static final int MAX_URL = 2_048;
    private static final long MAX_AHEAD_MILLIS = 60_000;

    private static final Pattern SOURCE = Pattern.compile("[a-z0-9][a-z0-9._-]{0,63}");
    private static final Pattern COUNTRY = Pattern.compile("[A-Z]{2}");
    private static final Pattern URL =
            Pattern.compile("([A-Za-z0-9]{1,10})://(?:(.*)@)?(?:\\[([^\\[\\]]+)]|([^\\[\\]:/@]+)):([0-9]{1,5})/?");
    private static final Pattern LABEL = Pattern.compile("[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?");
    private static final Pattern NUMERIC = Pattern.compile("[0-9]+|0x[0-9a-f]*");

    private final AddressPolicy admission;
    private final InstantSource clock;

    CandidatesFoundForm(AddressPolicy admission, InstantSource clock) {
        this.admission = admission;
        this.clock = clock;
    }

    @Override
    public CandidatesFound decode(JsonObject json) {
        JsonFields fields = new JsonFields(json, "", FIELDS);
        String source = fields.text("source", "a name");
        if (!SOURCE.matcher(source).matches()) {
            throw fields.refuse("source", JsonFields.shown(source), "a name such as my-source, up to 64 characters");
        }
        JsonArray proxies = fields.arrayOrNull("proxies", PROXIES);
        if (proxies == null || proxies.isEmpty() || proxies.size() > CandidatesFound.MAX_BATCH) {
            throw fields.refuse("proxies", proxies == null ? "missing" : Integer.toString(proxies.size()), PROXIES);
        }
        Map<ProxyKey, Candidate> candidates = new LinkedHashMap<>();
        for (int i = 0; i < proxies.size(); i++) {
            Candidate candidate = candidate(proxies.getValue(i), "proxies[" + i + ']');
            candidates.putIfAbsent(candidate.key(), candidate);
        }
        return new CandidatesFound(source, fetchedAt(fields), new ArrayList<>(candidates.values()));
    }

    @Override
    public JsonObject encodeReply(CandidatesKept reply) {
        return new JsonObject().put("added", reply.added()).put("known", reply.known());
    }

    private long fetchedAt(JsonFields fields) {
        long now = clock.millis();
        String expected = "a time such as 2026-01-31T12:00:00Z, not in the future";
        String text = fields.textOrNull("fetched_at", expected);
        if (text == null) {
            return now;
        }
        try {
            long millis = Instant.parse(text).toEpochMilli();
            if (millis > 0 && millis <= now + MAX_AHEAD_MILLIS) {
                return millis;
            }
        } catch (DateTimeException | ArithmeticException e) {
            throw fields.refuse("fetched_at", JsonFields.shown(text), expected);
        }
        throw fields.refuse("fetched_at", JsonFields.shown(text), expected);
    }

    private Candidate candidate(@Nullable Object value, String path) {
        if (value instanceof String url) {
            return new Candidate(key(url, path), Capability.NONE, null);
        }
        if (!(value instanceof JsonObject json)) {
            throw refuse(path, JsonFields.kind(value), "a text or an object");
        }
        JsonFields fields = new JsonFields(json, path + '.', PROXY_FIELDS);
        Scheme scheme = scheme(fields.text("scheme", schemes()), path + ".scheme");
        String host = host(fields.text("host", HOST_FORM), path + ".host");
        int port = fields.number("port", 1, 65535);
        String country = fields.textOrNull("country", "two capital letters");
        if (country != null && !COUNTRY.matcher(country).matches()) {
            throw fields.refuse("country", JsonFields.shown(country), "two capital letters");
        }
        return new Candidate(
                new ProxyKey(scheme, host, port, credentials(fields, path)), capabilities(fields, path), country);
    }

    private static @Nullable Credentials credentials(JsonFields fields, String path) {
        String user = fields.textOrNull("username", "a text");
        String password = fields.textOrNull("password", "a text");
        if (user == null && password == null) {
            return null;
        }
        return credentials(user == null ? "" : user, password == null ? "" : password, path);
    }

    private static Credentials credentials(String user, String password, String path) {
        try {
            return Credentials.of(user, password);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(path + '.' + e.getMessage(), e);
        }
    }

    private static int capabilities(JsonFields fields, String path) {
        JsonArray names = fields.arrayOrNull("capabilities", "an array of http, https");
        int mask = Capability.NONE;
        for (int i = 0; names != null && i < names.size(); i++) {
            Object name = names.getValue(i);
            if ("http".equals(name)) {
                mask |= Capability.HTTP.bit();
            } else if ("https".equals(name)) {
                mask |= Capability.HTTPS.bit();
            } else {
                String found = name instanceof String text ? JsonFields.shown(text) : JsonFields.kind(name);
                throw refuse(path + ".capabilities[" + i + ']', found, "http, https");
            }
        }
        return mask;
    }

    private ProxyKey key(String url, String path) {
        Matcher matcher = url.length() > MAX_URL ? null : URL.matcher(url);
        if (matcher == null || !matcher.matches()) {
            throw refuse(path, hidden(url), URL_FORM);
        }
        Scheme scheme = scheme(group(matcher, 1), path);
        String bracketed = matcher.group(3);
        if (bracketed != null && bracketed.indexOf(':') < 0) {
            throw refuse(path, hidden(url), URL_FORM);
        }
        String host = host(bracketed == null ? group(matcher, 4) : bracketed, path);
        int port = Integer.parseInt(group(matcher, 5));
        if (port < 1 || port > 65535) {
            throw refuse(path, "port " + port, "1..65535");
        }
        return new ProxyKey(scheme, host, port, userInfo(matcher.group(2), path));
    }

    private static String group(Matcher matcher, int number) {
        String text = matcher.group(number);
        return text == null ? "" : text;
    }

    private static @Nullable Credentials userInfo(@Nullable String text, String path) {
        if (text == null) {
            return null;
        }
        int colon = text.indexOf(':');
        try {
            String user = decode(colon < 0 ? text : text.substring(0, colon));
            String password = colon < 0 ? "" : decode(text.substring(colon + 1));
            return credentials(user, password, path);
        } catch (IllegalArgumentException e) {
            throw refuse(path, "credentials that can't be read", "percent-encoded, up to 255 characters each");
        }
    }

    private static String decode(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    private static Scheme scheme(String text, String path) {
        return Scheme.of(text).orElseThrow(() -> refuse(path, "scheme " + JsonFields.shown(text), schemes()));
    }

    private static String schemes() {
        List<String> names = new ArrayList<>();
        for (Scheme scheme : Scheme.values()) {
            names.add(scheme.text());
        }
        return String.join(", ", names);
    }

    /** Canonical and admitted. What a name stands for is held to the same rules when it is resolved. */
    private String host(String text, String path) {
        byte[] address = IpAddress.parse(text);
        if (address != null) {
            byte[] plain = IpAddress.unmapped(address);
            String refusal = admission.refusal(plain);
            if (refusal != null) {
                throw refuse(path, IpAddress.format(plain) + " is " + refusal, "a public address");
            }
            return IpAddress.format(plain);
        }
        String name = text.toLowerCase(Locale.ROOT);
        if (name.endsWith(".")) {
            name = name.substring(0, name.length() - 1);
        }
        if (!hostName(name)) {
            throw refuse(path, JsonFields.shown(text), HOST_FORM);
        }
        return name;
    }

    private boolean hostName(String name) {
        if (name.isEmpty() || name.length() > 253) {
            return false;
        }
        String[] labels = name.split("\\.", -1);
        for (String label : labels) {
            if (!LABEL.matcher(label).matches()) {
                return false;
            }
        }
        // Resolvers read 127.1 and 0x7f.1 as addresses; names without a dot are names of the own network.
        boolean open = admission.allowPrivate() || !admission.allowedNetworks().isEmpty();
        return !NUMERIC.matcher(labels[labels.length - 1]).matches() && (labels.length > 1 || open);
    }

    private static IllegalArgumentException refuse(String path, String found, String expected) {
        return new IllegalArgumentException(path + ": " + found + " (expected: " + expected + ")");
    }

    /** Whatever may be credentials is left out. */
    private static String hidden(String url) {
        return JsonFields.shown(url.substring(url.lastIndexOf('@') + 1));
    }
}
