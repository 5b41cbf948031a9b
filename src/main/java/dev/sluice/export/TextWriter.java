package dev.sluice.export;

import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import org.jspecify.annotations.Nullable;

/**
 * {@code scheme://host:port}, with {@code user:password@} where credentials are shown, percent-encoded; without a scheme
 * where it is not known yet. Nothing else, so it holds no comments. Leaves out what asks for credentials that are not
 * shown: no line says that it does.
 */
final class TextWriter extends ExportWriter {
    TextWriter(ExportOptions options) {
        super(ExportFormat.TEXT, options);
    }

    @Override
    public void begin(StringBuilder out) {}

    @Override
    public @Nullable LeftOut refusal(ExportEntry entry) {
        if (!Hosts.isPlain(entry.key().host())) {
            return LeftOut.CHARACTERS;
        }
        return isLocked(entry) ? LeftOut.CREDENTIALS : null;
    }

    @Override
    void write(ExportEntry entry, StringBuilder out, boolean first) {
        ProxyKey key = entry.key();
        String url = key.urlWithCredentials();
        String prefix = Scheme.UNKNOWN.text() + "://";
        out.append(key.scheme() == Scheme.UNKNOWN ? url.substring(prefix.length()) : url)
                .append('\n');
    }

    @Override
    public void end(StringBuilder out) {}
}
