package dev.sluice.farm;

import dev.sluice.proxy.Credentials;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The entries in the forms that people publish. Pure. Entries without a protocol stand in {@link #bare} under
 * {@link Scheme#UNKNOWN} only: elsewhere they would be taken for something.
 */
final class Lists {
    private Lists() {}

    /** {@code scheme://[user:password@]host:port}. */
    static String urls(List<FarmProxy> proxies) {
        StringBuilder text = new StringBuilder("# the farm's list\n");
        for (FarmProxy proxy : proxies) {
            if (proxy.claim() != Scheme.UNKNOWN) {
                text.append(proxy.listed().urlWithCredentials()).append('\n');
            }
        }
        return text.toString();
    }

    /** {@code host:port}, or {@code host:port:user:password}, of what is listed under {@code claim}. */
    static String bare(List<FarmProxy> proxies, Scheme claim) {
        StringBuilder text = new StringBuilder();
        for (FarmProxy proxy : proxies) {
            if (proxy.claim() == claim) {
                text.append(proxy.listed().address());
                Credentials credentials = proxy.listedCredentials();
                if (credentials != null) {
                    text.append(':')
                            .append(credentials.user())
                            .append(':')
                            .append(credentials.password().reveal());
                }
                text.append('\n');
            }
        }
        return text.toString();
    }

    /** An array of {@code {protocol, ip, port, username?, password?}}. */
    static String json(List<FarmProxy> proxies) {
        return proxies.stream()
                .filter(proxy -> proxy.claim() != Scheme.UNKNOWN)
                .map(proxy -> Json.write(object(proxy)))
                .collect(Collectors.joining(",\n", "[", "]\n"));
    }

    private static Map<String, Object> object(FarmProxy proxy) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("protocol", proxy.claim().text());
        object.put("ip", proxy.host());
        object.put("port", proxy.port());
        Credentials credentials = proxy.listedCredentials();
        if (credentials != null) {
            object.put("username", credentials.user());
            object.put("password", credentials.password().reveal());
        }
        return object;
    }

    /** {@code protocol,ip,port,username,password} under a header; values hold neither commas nor quotes. */
    static String csv(List<FarmProxy> proxies) {
        StringBuilder text = new StringBuilder("protocol,ip,port,username,password\r\n");
        for (FarmProxy proxy : proxies) {
            if (proxy.claim() != Scheme.UNKNOWN) {
                Credentials credentials = proxy.listedCredentials();
                text.append(proxy.claim().text())
                        .append(',')
                        .append(proxy.host())
                        .append(',')
                        .append(proxy.port())
                        .append(',')
                        .append(credentials == null ? "" : credentials.user())
                        .append(',')
                        .append(
                                credentials == null
                                        ? ""
                                        : credentials.password().reveal())
                        .append("\r\n");
            }
        }
        return text.toString();
    }

    /** A page with a table; what needs a password is left out, as tables have no place for it. */
    static String table(List<FarmProxy> proxies) {
        StringBuilder page = new StringBuilder("<!DOCTYPE html><html><head><title>Farm list</title></head><body>\n"
                + "<table class=\"table\"><thead><tr><th>IP Address</th><th>Port</th><th>Protocol</th>"
                + "<th>Https</th><th>Last Checked</th></tr></thead><tbody>\n");
        for (FarmProxy proxy : proxies) {
            if (proxy.claim() != Scheme.UNKNOWN && proxy.listedCredentials() == null) {
                page.append("<tr><td>")
                        .append(proxy.host())
                        .append("</td><td>")
                        .append(proxy.port())
                        .append("</td><td>")
                        .append(proxy.claim().text())
                        .append("</td><td>")
                        .append(proxy.claim() == Scheme.HTTPS ? "yes" : "no")
                        .append("</td><td>1 min ago</td></tr>\n");
            }
        }
        return page.append("</tbody></table></body></html>\n").toString();
    }

    /** Entries by the protocol they are listed under. */
    static Map<String, Integer> counts(List<FarmProxy> proxies) {
        Map<String, Integer> counts = new TreeMap<>();
        for (FarmProxy proxy : proxies) {
            ProxyKey listed = proxy.listed();
            counts.merge(listed.scheme().text(), 1, Integer::sum);
        }
        return counts;
    }
}
