package dev.sluice.judge;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.judge.JudgeAnswer.Foreign;
import dev.sluice.judge.JudgeAnswer.Genuine;
import dev.sluice.judge.JudgeAnswer.Reading;
import dev.sluice.judge.JudgeAnswer.Surrounded;
import dev.sluice.parse.IpAddress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads public pages that echo a request. They sign nothing, so they are verified by their content: the nonce must stand in
 * the address that was asked for, and a canary that arrived must carry it too. A canary that did not arrive was taken out on
 * the way, which is for {@link HeaderChanges} to tell.
 *
 * <p>Answers have the peer's address in canonical form, empty where the page does not tell it; time 0 where it does not tell
 * the time. Never throws, whatever the bytes. Pure.
 */
public final class EchoPage {
    /** Name of the header that carries the nonce; in an unusual case, which a proxy that rewrites headers does not keep. */
    public static final String CANARY = "x-CANARY-Id";

    /** Name of the query parameter that carries the nonce. */
    public static final String PARAMETER = "nonce";

    private static final int MAX_HEADERS = 256;
    private static final int MAX_STARTS = 8;
    private static final String BYTE_ORDER_MARK = "\ufeff";

    private static final ObjectMapper MAPPER = new ObjectMapper(JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(16)
                    .maxStringLength(JudgeAnswer.MAX_BYTES)
                    .maxNameLength(1_024)
                    .maxNumberLength(100)
                    .build())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .build());

    /** Tags that end a line where a browser shows one. */
    private static final Pattern BREAK = Pattern.compile("(?i)<(?:br|/?pre|/?p|/?li|/?body|/?html)\\b[^<>]{0,64}>");

    private static final Pattern VARIABLE = Pattern.compile("[A-Z][A-Z0-9_]{1,127}");

    private EchoPage() {}

    /**
     * Reads a JSON object as httpbin and postman-echo have it: {@code headers}, {@code args} or {@code url}, and mostly
     * {@code origin}.
     *
     * <p>{@code origin} may be a list: addresses that arrived in {@code X-Forwarded-For}, then the peer's. All but the last
     * are answered as such a header where the page itself hides it.
     *
     * @param body at most {@value JudgeAnswer#MAX_BYTES} bytes
     */
    public static Reading json(byte[] body, String nonce) {
        if (body.length > JudgeAnswer.MAX_BYTES) {
            return tooLong(body);
        }
        String text = new String(body, StandardCharsets.UTF_8);
        Reading first = null;
        int starts = 0;
        for (int start = text.indexOf('{'); start >= 0 && starts < MAX_STARTS; start = text.indexOf('{', start + 1)) {
            starts++;
            Reading reading = jsonFrom(text.substring(0, start), text.substring(start), nonce);
            if (!(reading instanceof Foreign)) {
                return reading;
            }
            first = first == null ? reading : first;
        }
        return first == null ? new Foreign("no JSON object") : first;
    }

    private static Reading jsonFrom(String before, String text, String nonce) {
        JsonNode page;
        String behind;
        try (JsonParser parser = MAPPER.createParser(text)) {
            page = MAPPER.readTree(parser);
            behind = text.substring((int) parser.currentLocation().getCharOffset());
        } catch (IOException e) {
            return new Foreign("JSON that can't be read");
        }
        List<HeaderField> headers = jsonHeaders(page.path("headers"));
        if (headers == null) {
            return new Foreign("JSON without headers");
        }
        String url = page.path("url").asText("");
        if (!isNonceOf(page.path("args").path(PARAMETER), nonce) && !asksFor(url, nonce)) {
            return new Foreign("answer to another question");
        }
        List<String> origin = new ArrayList<>();
        for (String one : page.path("origin").asText("").split(",", -1)) {
            if (!one.isBlank()) {
                origin.add(one.trim());
            }
        }
        String peer = origin.isEmpty() ? "" : address(origin.remove(origin.size() - 1));
        if (peer == null) {
            return new Foreign("origin without an address");
        }
        if (!origin.isEmpty() && !has(headers, "X-Forwarded-For")) {
            headers.add(new HeaderField("X-Forwarded-For", String.join(", ", origin)));
        }
        boolean alone = (before.isBlank() || before.equals(BYTE_ORDER_MARK)) && behind.isBlank();
        return answer(nonce, peer, 0, "GET " + url, headers, alone);
    }

    private static @Nullable List<HeaderField> jsonHeaders(JsonNode node) {
        if (!node.isObject() || node.isEmpty()) {
            return null;
        }
        List<HeaderField> headers = new ArrayList<>();
        for (Map.Entry<String, JsonNode> header : node.properties()) {
            JsonNode value = header.getValue();
            if (value.isArray()) {
                for (JsonNode one : value) {
                    headers.add(new HeaderField(header.getKey(), one.asText("").trim()));
                }
            } else {
                headers.add(new HeaderField(header.getKey(), value.asText("").trim()));
            }
        }
        return headers.size() > MAX_HEADERS ? null : headers;
    }

    private static boolean isNonceOf(JsonNode node, String nonce) {
        JsonNode one = node.isArray() && node.size() == 1 ? node.get(0) : node;
        return one.isTextual() && one.textValue().equals(nonce);
    }

    /**
     * Reads lines {@code NAME = value} of a CGI environment (RFC 3875, section 4.1) as azenv.php has them, as text or in
     * HTML. {@code HTTP_ACCEPT_ENCODING} becomes {@code Accept-Encoding}.
     *
     * @param body at most {@value JudgeAnswer#MAX_BYTES} bytes
     */
    public static Reading environment(byte[] body, String nonce) {
        if (body.length > JudgeAnswer.MAX_BYTES) {
            return tooLong(body);
        }
        String text =
                BREAK.matcher(new String(body, StandardCharsets.ISO_8859_1)).replaceAll("\n");
        Map<String, String> variables = new HashMap<>();
        List<HeaderField> headers = new ArrayList<>();
        for (String line : text.split("[\r\n]+", -1)) {
            int equals = line.indexOf('=');
            String name = equals < 0 ? "" : line.substring(0, equals).trim();
            if (!VARIABLE.matcher(name).matches()) {
                continue;
            }
            String value = decoded(line.substring(equals + 1).trim());
            String header = headerName(name);
            if (header == null) {
                if (variables.put(name, value) != null) {
                    return new Foreign(name + " twice");
                }
            } else if (!header.startsWith("Content-") || !value.isEmpty()) {
                headers.add(new HeaderField(header, value));
            }
            if (headers.size() > MAX_HEADERS || variables.size() > MAX_HEADERS) {
                return new Foreign("more than " + MAX_HEADERS + " variables");
            }
        }
        String peer = address(variables.getOrDefault("REMOTE_ADDR", ""));
        if (headers.isEmpty() || peer == null) {
            return new Foreign("no environment with REMOTE_ADDR and headers");
        }
        String uri = variables.getOrDefault("REQUEST_URI", "");
        if (!asksFor(uri, nonce) && !asksFor('?' + variables.getOrDefault("QUERY_STRING", ""), nonce)) {
            return new Foreign("answer to another question");
        }
        String requestLine = variables.getOrDefault("REQUEST_METHOD", "GET") + ' ' + uri;
        return answer(nonce, peer, millis(variables.getOrDefault("REQUEST_TIME", "")), requestLine, headers, true);
    }

    private static @Nullable String headerName(String variable) {
        if (variable.equals("CONTENT_TYPE") || variable.equals("CONTENT_LENGTH")) {
            return capitalised(variable);
        }
        return variable.startsWith("HTTP_") && variable.length() > 5 ? capitalised(variable.substring(5)) : null;
    }

    private static String capitalised(String variable) {
        StringBuilder name = new StringBuilder(variable.length());
        boolean first = true;
        for (char c : variable.toCharArray()) {
            name.append(c == '_' ? '-' : first ? c : Character.toLowerCase(c));
            first = c == '_';
        }
        return name.toString();
    }

    /** Seconds since 1970 in milliseconds, 0 when {@code seconds} is no such number. */
    private static long millis(String seconds) {
        return seconds.matches("[0-9]{1,11}") ? Long.parseLong(seconds) * 1_000 : 0;
    }

    /** Decodes the references that stand for characters HTML keeps to itself. */
    private static String decoded(String text) {
        if (text.indexOf('&') < 0) {
            return text;
        }
        return text.replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&quot;", "\"")
                .replace("&#39;", "'")
                .replace("&#039;", "'")
                .replace("&amp;", "&");
    }

    private static Reading answer(
            String nonce, String peer, long timeMillis, String requestLine, List<HeaderField> headers, boolean alone) {
        for (HeaderField header : headers) {
            if (header.name().equalsIgnoreCase(CANARY) && !header.value().equals(nonce)) {
                return new Foreign("canary of another question");
            }
        }
        if (!Nonce.isNonce(nonce)) {
            return new Foreign("no nonce was sent");
        }
        JudgeAnswer answer = new JudgeAnswer(nonce, peer, timeMillis, requestLine, headers);
        return alone ? new Genuine(answer) : new Surrounded(answer);
    }

    /** Whether {@code url} has the parameter with {@code nonce}. */
    private static boolean asksFor(String url, String nonce) {
        int fragment = url.indexOf('#');
        String target = fragment < 0 ? url : url.substring(0, fragment);
        int query = target.indexOf('?');
        String wanted = PARAMETER + '=' + nonce;
        for (String part : target.substring(query + 1).split("&", -1)) {
            if (query >= 0 && part.equals(wanted)) {
                return true;
            }
        }
        return false;
    }

    private static boolean has(List<HeaderField> headers, String name) {
        for (HeaderField header : headers) {
            if (header.name().equalsIgnoreCase(name)) {
                return true;
            }
        }
        return false;
    }

    /** The canonical form of an address, with or without a port; null when {@code text} is none. */
    private static @Nullable String address(String text) {
        String host = text;
        int bracket = text.indexOf(']');
        if (text.startsWith("[") && bracket > 0) {
            host = text.substring(1, bracket);
        } else if (text.indexOf(':') == text.lastIndexOf(':') && text.indexOf(':') > 0) {
            host = text.substring(0, text.indexOf(':'));
        }
        byte[] address = IpAddress.parse(host);
        return address == null ? null : IpAddress.format(IpAddress.unmapped(address));
    }

    private static Foreign tooLong(byte[] body) {
        return new Foreign(body.length + " bytes (expected: at most " + JudgeAnswer.MAX_BYTES + ")");
    }
}
