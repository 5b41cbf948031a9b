package dev.sluice.api;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Requests that nobody sends on purpose: those of the document with something changed, and bytes without any sense. The same
 * random source gives the same requests. Not thread-safe.
 */
public final class RandomRequests {
    private static final OpenApiDocument DOCUMENT = OpenApiDocument.packaged();
    private static final String[] METHODS = {"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"};
    private static final String[] WORDS = {
        "",
        "0",
        "1",
        "-1",
        "1.5",
        "1e309",
        "NaN",
        "null",
        "true",
        "[]",
        "{}",
        "\"",
        "\\",
        "%",
        "%0",
        "%zz",
        "%00",
        "%ff",
        "%c3%28",
        "%e5%90%8d",
        "+",
        "&",
        "&&",
        "=",
        "==",
        ",",
        ",,",
        "!",
        "!!",
        ";",
        "#",
        "?",
        "/",
        "//",
        "..",
        "../..",
        "http",
        "https,socks5",
        "DE",
        "!US,DE",
        "EU",
        "elite",
        "127.0.0.1:80",
        "http://[::1]:80",
        "[",
        "::",
        "AS1",
        "9223372036854775807",
        "9223372036854775808",
        "2147483648",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    };
    private static final int MAX_TARGET = 6_000;

    /** Keys are for ever, and listing them takes the longer the more there are: rarely made, and rarely listed. */
    private static final String RARE = "/api/v1/keys";

    private final RandomGenerator random;
    private final List<OpenApiDocument.Operation> operations;

    /** Requests drawn by {@code random}. */
    public RandomRequests(RandomGenerator random) {
        this.random = random;
        this.operations = DOCUMENT.operations;
    }

    /**
     * One request.
     *
     * @param bytes as they go over the wire
     * @param head whether it is a HEAD request, whose answer has no body
     */
    public record Request(byte[] bytes, boolean head) {}

    /** A request whose end the server can tell, so that another may follow on its connection. */
    public Request framed() {
        OpenApiDocument.Operation operation = operation();
        String method = random.nextInt(12) == 0 ? METHODS[random.nextInt(METHODS.length)] : operation.method;
        if (method.equals("GET") && random.nextInt(16) == 0) {
            method = "HEAD";
        }
        String target = withoutBlanks(target(operation));
        byte[] body =
                operation.hasBody() || operation.takesFile() || random.nextInt(64) == 0 ? body(operation) : new byte[0];
        StringBuilder head =
                new StringBuilder(method).append(' ').append(target).append(" HTTP/1.1\r\nHost: localhost\r\n");
        if (random.nextInt(4) == 0) {
            head.append("Accept: ").append(headerValue()).append("\r\n");
        }
        if (random.nextInt(16) > 0) {
            head.append("X-API-Key: ").append(Surroundings.KEY).append("\r\n");
        } else if (random.nextBoolean()) {
            head.append("X-API-Key: ").append(headerValue()).append("\r\n");
        }
        if (random.nextInt(8) == 0) {
            head.append("If-None-Match: ").append(headerValue()).append("\r\n");
        }
        boolean chunked = body.length > 0 && random.nextInt(4) == 0;
        if (chunked) {
            head.append("Transfer-Encoding: chunked\r\n");
        } else if (body.length > 0 || operation.hasBody()) {
            head.append("Content-Length: ").append(body.length).append("\r\n");
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
        if (chunked) {
            chunks(body, bytes);
        } else {
            bytes.writeBytes(body);
        }
        return new Request(bytes.toByteArray(), method.equals("HEAD"));
    }

    /** Bytes that may be anything: a framed request with bytes changed, cut or doubled, or no request at all. */
    public byte[] wild() {
        if (random.nextInt(4) == 0) {
            byte[] bytes = new byte[random.nextInt(1, 400)];
            random.nextBytes(bytes);
            return bytes;
        }
        return mutated(framed().bytes(), 1 + random.nextInt(6));
    }

    private OpenApiDocument.Operation operation() {
        OpenApiDocument.Operation drawn;
        do {
            drawn = operations.get(random.nextInt(operations.size()));
        } while (drawn.path.equals(RARE) && random.nextInt(10) > 0);
        return drawn;
    }

    private void chunks(byte[] body, ByteArrayOutputStream bytes) {
        int from = 0;
        while (from < body.length) {
            int length = Math.min(body.length - from, 1 + random.nextInt(500));
            bytes.writeBytes((Integer.toHexString(length) + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
            bytes.write(body, from, length);
            bytes.writeBytes("\r\n".getBytes(StandardCharsets.ISO_8859_1));
            from += length;
        }
        bytes.writeBytes("0\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
    }

    private String target(OpenApiDocument.Operation operation) {
        String path = operation.path;
        for (OpenApiDocument.Parameter parameter : operation.parameters("path")) {
            path = path.replace('{' + parameter.name() + '}', text(parameter.exampleText()));
        }
        StringBuilder target = new StringBuilder(path);
        List<OpenApiDocument.Parameter> known = operation.parameters("query");
        List<String> pairs = new ArrayList<>();
        for (OpenApiDocument.Parameter parameter : known) {
            if (parameter.required() || random.nextInt(known.size() + 1) < 2) {
                pairs.add(name(parameter.name()) + '=' + text(OpenApiDocument.encoded(parameter.exampleText())));
            }
        }
        if (random.nextInt(10) == 0) {
            pairs.add(text("nonesuch") + '=' + text(""));
        }
        if (!pairs.isEmpty()) {
            target.append('?').append(String.join("&", pairs));
        }
        if (random.nextInt(200) == 0) {
            target.append("x".repeat(random.nextInt(MAX_TARGET)));
        }
        return target.toString();
    }

    private String name(String name) {
        return random.nextInt(20) == 0 ? text(name) : name;
    }

    /** {@code good} as it is, a word instead of it, or the two mixed with raw bytes. */
    private String text(String good) {
        return switch (random.nextInt(6)) {
            case 0 -> WORDS[random.nextInt(WORDS.length)];
            case 1 -> good + WORDS[random.nextInt(WORDS.length)];
            case 2 -> {
                byte[] bytes = good.getBytes(StandardCharsets.ISO_8859_1);
                yield new String(mutated(bytes, 1 + random.nextInt(3)), StandardCharsets.ISO_8859_1);
            }
            case 3 -> {
                byte[] raw = new byte[random.nextInt(12)];
                random.nextBytes(raw);
                yield raw.length == 0 ? "" : '%' + HexFormat.ofDelimiter("%").formatHex(raw);
            }
            default -> good;
        };
    }

    /** What would end the request line is taken out, so that the frame holds. */
    private static String withoutBlanks(String target) {
        StringBuilder kept = new StringBuilder(target.length());
        for (int i = 0; i < target.length(); i++) {
            char c = target.charAt(i);
            if (c > ' ' && c != 0x7f && c != 0x85 && c != 0xa0) {
                kept.append(c);
            }
        }
        return kept.toString();
    }

    private String headerValue() {
        String[] good = {"application/json", "text/plain;q=0.5, */*", "*", "W/\"x\"", "text/html", Surroundings.KEY};
        return text(good[random.nextInt(good.length)]).replaceAll("[^\\x21-\\x7e ]", "");
    }

    private byte[] body(OpenApiDocument.Operation operation) {
        List<JsonNode> examples = operation.bodyExamples();
        String good = examples.isEmpty()
                ? operation.takesFile() ? operation.exampleBody() : "{\"a\":[1,true,null]}"
                : examples.get(random.nextInt(examples.size())).toString();
        byte[] bytes = good.getBytes(StandardCharsets.UTF_8);
        return switch (random.nextInt(8)) {
            case 0 -> bytes;
            case 1 -> new byte[0];
            case 2 -> {
                byte[] raw = new byte[random.nextInt(200)];
                random.nextBytes(raw);
                yield raw;
            }
            case 3 ->
                WORDS[random.nextInt(WORDS.length)]
                        .repeat(1 + random.nextInt(90))
                        .getBytes(StandardCharsets.UTF_8);
            case 4 ->
                good.replace("my_app", "app-" + random.nextInt(5_000))
                        .replace("192.0.2.7:1080", "127.0.0." + (1 + random.nextInt(20)) + ":8080")
                        .replace("socks5:", "http:")
                        .getBytes(StandardCharsets.UTF_8);
            default -> mutated(bytes, 1 + random.nextInt(8));
        };
    }

    private byte[] mutated(byte[] bytes, int changes) {
        byte[] changed = bytes.clone();
        for (int i = 0; i < changes; i++) {
            changed = mutatedOnce(changed);
        }
        return changed;
    }

    private byte[] mutatedOnce(byte[] bytes) {
        if (bytes.length == 0) {
            return new byte[] {(byte) random.nextInt(256)};
        }
        int at = random.nextInt(bytes.length);
        ByteArrayOutputStream out = new ByteArrayOutputStream(bytes.length + 64);
        out.write(bytes, 0, at);
        switch (random.nextInt(6)) {
            case 0 -> {
                out.write(random.nextInt(256));
                out.write(bytes, at + 1, bytes.length - at - 1);
            }
            case 1 -> {
                out.write(bytes[at] ^ 1 << random.nextInt(8));
                out.write(bytes, at + 1, bytes.length - at - 1);
            }
            case 2 -> out.write(bytes, at + 1, bytes.length - at - 1);
            case 3 -> {
                out.writeBytes(WORDS[random.nextInt(WORDS.length)].getBytes(StandardCharsets.ISO_8859_1));
                out.write(bytes, at, bytes.length - at);
            }
            case 4 -> {
                int length = Math.min(bytes.length - at, 1 + random.nextInt(30));
                out.write(bytes, at, length);
                out.write(bytes, at, bytes.length - at);
            }
            default -> {
                int end = at + random.nextInt(bytes.length - at + 1);
                out.write(bytes, end, bytes.length - end);
            }
        }
        return out.toByteArray();
    }
}
