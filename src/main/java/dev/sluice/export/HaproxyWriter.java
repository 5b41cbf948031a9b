package dev.sluice.export;

import dev.sluice.proxy.ProxyKey;
import org.jspecify.annotations.Nullable;

/**
 * A backend of HAProxy in TCP mode, with a server a proxy. HAProxy passes each connection on unchanged to one of them, so
 * that a client speaks to the frontend as it would to a proxy; therefore all are of one kind, {@link ExportOptions#kind}.
 * Leaves out the other kinds, what asks for credentials (the client would have to know which one it got), and host names,
 * which would have to resolve for HAProxy to start.
 */
final class HaproxyWriter extends ExportWriter {
    HaproxyWriter(ExportOptions options) {
        super(ExportFormat.HAPROXY, options);
    }

    @Override
    public void begin(StringBuilder out) {
        String kind = options().kind().text();
        out.append("# A client of a frontend with this backend speaks ")
                .append(kind)
                .append(" to it, as to one of the proxies itself:\n")
                .append("# HAProxy passes its connection on to one of them, unchanged.\n")
                .append("backend sluice_")
                .append(kind)
                .append("\n    mode tcp\n    balance leastconn\n    option redispatch\n    retries 2\n")
                .append("    timeout connect 5s\n    timeout server 1m\n")
                .append("    default-server check inter 30s fall 2 rise 1\n");
    }

    @Override
    public @Nullable LeftOut refusal(ExportEntry entry) {
        ProxyKey key = entry.key();
        if (key.scheme() != options().kind()) {
            return LeftOut.KIND;
        }
        if (!Hosts.isAddress(key.host())) {
            return Hosts.isPlain(key.host()) ? LeftOut.HOST_NAME : LeftOut.CHARACTERS;
        }
        return key.credentials() == null ? null : LeftOut.CREDENTIALS;
    }

    @Override
    void write(ExportEntry entry, StringBuilder out, boolean first) {
        out.append("    server p")
                .append(entry.id())
                .append(' ')
                .append(entry.key().address())
                .append('\n');
    }

    @Override
    public void end(StringBuilder out) {
        out.append("# left out: ").append(counts().leftOutText()).append('\n');
    }
}
