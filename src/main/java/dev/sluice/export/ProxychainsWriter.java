package dev.sluice.export;

import dev.sluice.proxy.Credentials;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A configuration of proxychains-ng that takes one proxy at random for each connection: {@code socks5 host port user
 * password}. It knows HTTP, SOCKS4 and SOCKS5, addresses but no host names (it ends at the first), and reads words between
 * blanks. Leaves out proxies reached over TLS, host names, credentials that are empty, hold blanks or are not shown.
 */
final class ProxychainsWriter extends ExportWriter {
    /** Of a user and of a password: what SOCKS5 can carry, and what fits into its lines. */
    private static final int MOST_BYTES = 255;

    ProxychainsWriter(ExportOptions options) {
        super(ExportFormat.PROXYCHAINS, options);
    }

    @Override
    public void begin(StringBuilder out) {
        out.append("# proxychains-ng: each connection through one of these, at random.\n")
                .append("random_chain\nchain_len = 1\nproxy_dns\n\n[ProxyList]\n");
    }

    @Override
    public @Nullable LeftOut refusal(ExportEntry entry) {
        ProxyKey key = entry.key();
        if (key.scheme() == Scheme.HTTPS || key.scheme() == Scheme.UNKNOWN) {
            return LeftOut.KIND;
        }
        if (!Hosts.isAddress(key.host())) {
            return Hosts.isPlain(key.host()) ? LeftOut.HOST_NAME : LeftOut.CHARACTERS;
        }
        if (isLocked(entry)) {
            return LeftOut.CREDENTIALS;
        }
        Credentials credentials = key.credentials();
        boolean words = credentials == null
                || (isWord(credentials.user()) && isWord(credentials.password().reveal()));
        return words ? null : LeftOut.CHARACTERS;
    }

    private static boolean isWord(String text) {
        return !text.isEmpty()
                && text.getBytes(StandardCharsets.UTF_8).length <= MOST_BYTES
                && text.codePoints()
                        .noneMatch(c -> Character.isWhitespace(c)
                                || Character.isSpaceChar(c)
                                || Character.isISOControl(c)
                                || Character.getType(c) == Character.SURROGATE);
    }

    @Override
    void write(ExportEntry entry, StringBuilder out, boolean first) {
        ProxyKey key = entry.key();
        out.append(key.scheme().text())
                .append(' ')
                .append(key.host())
                .append(' ')
                .append(key.port());
        Credentials credentials = shown(entry);
        if (credentials != null) {
            out.append(' ')
                    .append(credentials.user())
                    .append(' ')
                    .append(credentials.password().reveal());
        }
        out.append('\n');
    }

    @Override
    public void end(StringBuilder out) {
        out.append("# left out: ").append(counts().leftOutText()).append('\n');
    }
}
