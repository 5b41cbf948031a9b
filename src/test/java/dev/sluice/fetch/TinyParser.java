package dev.sluice.fetch;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.config.SourceConfig;
import dev.sluice.message.Candidate;
import dev.sluice.parse.Entry;
import dev.sluice.parse.EntrySink;
import dev.sluice.parse.ListFormat;
import dev.sluice.parse.ListParser;
import dev.sluice.parse.Rejection;
import dev.sluice.proxy.Capability;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Just enough of a list parser for tests of fetching: {@code [scheme://]host:port} a line, or objects with ip and port. */
final class TinyParser implements ListParser {
    private static final int MAX_LINE = 4_096;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final ListFormat format;
    private final EntrySink sink;
    private final ByteArrayOutputStream pending = new ByteArrayOutputStream();
    private long line;
    private boolean skipping;

    TinyParser(ListFormat format, EntrySink sink) {
        this.format = format;
        this.sink = sink;
    }

    static Candidate map(Entry entry, SourceConfig source) {
        boolean https = "https".equals(entry.protocol());
        Scheme scheme = https
                ? Scheme.HTTP
                : entry.protocol() == null
                        ? Scheme.UNKNOWN
                        : Scheme.of(entry.protocol()).orElseThrow();
        return new Candidate(
                new ProxyKey(scheme, entry.host(), entry.port(), entry.credentials()),
                https ? Capability.HTTPS.bit() : Capability.NONE,
                entry.country());
    }

    @Override
    public void feed(byte[] bytes, int offset, int length) {
        for (int i = offset; i < offset + length; i++) {
            if (bytes[i] == '\n' && format != ListFormat.JSON) {
                endLine();
            } else if (pending.size() < MAX_LINE || format == ListFormat.JSON) {
                pending.write(bytes[i]);
            } else {
                skipping = true;
            }
        }
    }

    @Override
    public void end() {
        if (format == ListFormat.JSON) {
            try {
                walk(JSON.readTree(pending.toByteArray()));
            } catch (JsonProcessingException e) {
                sink.reject(1, Rejection.NOT_A_PROXY, "", "");
            } catch (java.io.IOException e) {
                throw new AssertionError(e);
            }
        } else {
            endLine();
        }
    }

    private void walk(@Nullable JsonNode node) {
        if (node == null) {
            return;
        }
        if (node.has("ip") && node.has("port")) {
            String protocol = node.has("protocol")
                    ? node.get("protocol").asText()
                    : node.path("protocols").path(0).asText("http");
            sink.accept(
                    ++line,
                    new Entry(
                            protocol, node.get("ip").asText(), node.get("port").asInt(), null, null));
            return;
        }
        node.forEach(this::walk);
    }

    private void endLine() {
        String text = pending.toString(StandardCharsets.UTF_8).strip();
        boolean tooLong = skipping;
        pending.reset();
        skipping = false;
        line++;
        String sample = text.substring(0, Math.min(120, text.length()));
        if (tooLong) {
            sink.reject(line, Rejection.TOO_LONG, "", sample);
        } else if (text.isEmpty()) {
            sink.reject(line, Rejection.BLANK, "", "");
        } else if (text.startsWith("<")) {
            sink.reject(line, Rejection.MARKUP, "", sample);
        } else {
            int scheme = text.indexOf("://");
            String rest = scheme < 0 ? text : text.substring(scheme + 3);
            int colon = rest.lastIndexOf(':');
            if (colon < 0 || !rest.substring(colon + 1).matches("[0-9]{1,5}")) {
                sink.reject(line, Rejection.NOT_A_PROXY, "", sample);
            } else {
                sink.accept(
                        line,
                        new Entry(
                                scheme < 0 ? null : text.substring(0, scheme),
                                rest.substring(0, colon),
                                Integer.parseInt(rest.substring(colon + 1)),
                                null,
                                null));
            }
        }
    }
}
