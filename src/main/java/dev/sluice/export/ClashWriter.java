package dev.sluice.export;

import dev.sluice.proxy.Credentials;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A profile for Clash and its successors: proxies of the types http and socks5, a group of them all, and the rule that
 * everything goes through it. Names are made of country and number, so that no two are the same and nothing that a list
 * said is in them. Leaves out SOCKS4 and what asks for credentials that are not shown. Where nothing is left, the group
 * rejects: never a direct connection.
 */
final class ClashWriter extends ExportWriter {
    private static final String GROUP = "sluice";

    /** Bounded by {@link ExportFormat#most()}. */
    private final List<String> names = new ArrayList<>();

    ClashWriter(ExportOptions options) {
        super(ExportFormat.CLASH, options);
    }

    @Override
    public void begin(StringBuilder out) {
        out.append("proxies:\n");
    }

    @Override
    public @Nullable LeftOut refusal(ExportEntry entry) {
        ProxyKey key = entry.key();
        if (key.scheme() == Scheme.SOCKS4 || key.scheme() == Scheme.UNKNOWN) {
            return LeftOut.KIND;
        }
        if (!Hosts.isPlain(key.host())) {
            return LeftOut.CHARACTERS;
        }
        return isLocked(entry) ? LeftOut.CREDENTIALS : null;
    }

    @Override
    void write(ExportEntry entry, StringBuilder out, boolean first) {
        ProxyKey key = entry.key();
        String name = name(entry);
        names.add(name);
        out.append("  - {name: \"").append(name).append("\", type: ");
        out.append(key.scheme() == Scheme.SOCKS5 ? "socks5" : "http").append(", server: ");
        Quoted.yaml(out, key.host());
        out.append(", port: ").append(key.port());
        if (key.scheme() == Scheme.HTTPS) {
            out.append(", tls: true");
        }
        Credentials credentials = shown(entry);
        if (credentials != null) {
            Quoted.yaml(out.append(", username: "), credentials.user());
            Quoted.yaml(out.append(", password: "), credentials.password().reveal());
        }
        out.append("}\n");
    }

    private static String name(ExportEntry entry) {
        String country = entry.location().country();
        boolean known = country != null
                && country.length() == 2
                && isCapital(country.charAt(0))
                && isCapital(country.charAt(1));
        return (known ? country : "proxy") + '-' + entry.id();
    }

    private static boolean isCapital(char c) {
        return c >= 'A' && c <= 'Z';
    }

    @Override
    public void end(StringBuilder out) {
        if (names.isEmpty()) {
            out.append("  []\n");
        }
        out.append("proxy-groups:\n  - name: \"")
                .append(GROUP)
                .append("\"\n    type: load-balance\n    strategy: consistent-hashing\n")
                .append("    url: \"http://www.gstatic.com/generate_204\"\n    interval: 600\n    lazy: true\n")
                .append("    proxies:\n");
        for (String name : names) {
            out.append("      - \"").append(name).append("\"\n");
        }
        if (names.isEmpty()) {
            out.append("      - REJECT\n");
        }
        out.append("rules:\n  - \"MATCH,").append(GROUP).append("\"\n");
        out.append("# left out: ").append(counts().leftOutText()).append('\n');
    }
}
