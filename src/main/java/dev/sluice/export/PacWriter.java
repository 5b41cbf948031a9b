package dev.sluice.export;

import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import org.jspecify.annotations.Nullable;

/**
 * A function {@code FindProxyForURL} that answers with four proxies, the same for a host each time and others for others.
 * It never answers DIRECT: where there is no proxy, it names a port where nobody listens. Leaves out what asks for
 * credentials, for which a browser would ask its user.
 */
final class PacWriter extends ExportWriter {
    PacWriter(ExportOptions options) {
        super(ExportFormat.PAC, options);
    }

    @Override
    public void begin(StringBuilder out) {
        out.append("var proxies = [");
    }

    @Override
    public @Nullable LeftOut refusal(ExportEntry entry) {
        ProxyKey key = entry.key();
        if (key.scheme() == Scheme.UNKNOWN) {
            return LeftOut.KIND;
        }
        if (!Hosts.isPlain(key.host())) {
            return LeftOut.CHARACTERS;
        }
        return key.credentials() == null ? null : LeftOut.CREDENTIALS;
    }

    @Override
    void write(ExportEntry entry, StringBuilder out, boolean first) {
        String type = switch (entry.key().scheme()) {
            case HTTPS -> "HTTPS ";
            case SOCKS4 -> "SOCKS4 ";
            case SOCKS5 -> "SOCKS5 ";
            case HTTP, UNKNOWN -> "PROXY ";
        };
        out.append(first ? "\n  " : ",\n  ");
        Quoted.json(out, type + entry.key().address());
    }

    @Override
    public void end(StringBuilder out) {
        out.append("\n];\n// left out: ").append(counts().leftOutText()).append("""


                function FindProxyForURL(url, host) {
                  if (proxies.length === 0) {
                    return "PROXY 127.0.0.1:9";
                  }
                  var start = 0;
                  for (var i = 0; i < host.length; i++) {
                    start = (start * 31 + host.charCodeAt(i)) % 65521;
                  }
                  var answer = [];
                  for (var k = 0; k < proxies.length && k < 4; k++) {
                    answer.push(proxies[(start + k) % proxies.length]);
                  }
                  return answer.join("; ");
                }
                """);
    }
}
