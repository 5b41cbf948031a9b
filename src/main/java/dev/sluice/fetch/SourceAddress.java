package dev.sluice.fetch;

import dev.sluice.config.SourceConfig;
import dev.sluice.config.SourceKind;
import dev.sluice.parse.ListFormat;
import dev.sluice.proxy.Scheme;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One of the {@code urls} of a source.
 *
 * <p>The protocol of entries that name none is, in this order: written in front of the address ({@code socks5|https://…});
 * the source's own; told by the address: a query parameter {@code type}, {@code protocol} or {@code proxytype}, one of the
 * four protocol names in the file name ({@code http.txt}, {@code SOCKS5_RAW.txt}), or a folder of that name. Two different
 * names in one place tell nothing.
 *
 * @param location without the protocol in front
 * @param protocol null when nothing tells it
 * @param format of the list
 */
record SourceAddress(String location, @Nullable Scheme protocol, ListFormat format) {
    private static final Pattern PARAMETER =
            Pattern.compile("[?&](?:type|protocol|protocols|proxytype)=([a-z0-9]+)(?=&|$)", Pattern.CASE_INSENSITIVE);
    private static final Pattern WORDS = Pattern.compile("[^A-Za-z0-9]+");

    /** The addresses of a source, in order. */
    static List<SourceAddress> of(SourceConfig source) {
        List<SourceAddress> addresses = new ArrayList<>(source.urls().size());
        for (String url : source.urls()) {
            addresses.add(of(url, source));
        }
        return addresses;
    }

    private static SourceAddress of(String url, SourceConfig source) {
        String location = url.trim();
        Scheme protocol = null;
        int bar = location.indexOf('|');
        if (bar > 0) {
            protocol = named(location.substring(0, bar).trim());
            if (protocol != null) {
                location = location.substring(bar + 1).trim();
            }
        }
        if (protocol == null) {
            protocol = source.protocol() != null ? source.protocol() : told(location);
        }
        return new SourceAddress(location, protocol, format(source.kind(), location));
    }

    private static @Nullable Scheme named(String text) {
        return Scheme.of(text).filter(scheme -> scheme != Scheme.UNKNOWN).orElse(null);
    }

    private static @Nullable Scheme told(String location) {
        Matcher parameter = PARAMETER.matcher(location);
        if (parameter.find()) {
            Scheme scheme = named(parameter.group(1));
            if (scheme != null) {
                return scheme;
            }
        }
        String[] parts = path(location).split("/");
        if (parts.length == 0) {
            return null;
        }
        Scheme scheme = only(WORDS.split(parts[parts.length - 1]));
        for (int i = parts.length - 2; i >= 0 && scheme == null; i--) {
            scheme = named(parts[i]);
        }
        return scheme;
    }

    private static @Nullable Scheme only(String[] words) {
        Scheme found = null;
        for (String word : words) {
            Scheme scheme = named(word);
            if (scheme != null && found != null && scheme != found) {
                return null;
            }
            found = scheme != null ? scheme : found;
        }
        return found;
    }

    /** Behind scheme and host, before query and fragment. */
    private static String path(String location) {
        int start = location.indexOf("://");
        String rest = location;
        if (start >= 0) {
            int slash = location.indexOf('/', start + 3);
            rest = slash < 0 ? "" : location.substring(slash + 1);
        }
        int end = rest.length();
        for (int i = 0; i < rest.length(); i++) {
            if (rest.charAt(i) == '?' || rest.charAt(i) == '#') {
                end = i;
                break;
            }
        }
        return rest.substring(0, end);
    }

    private static ListFormat format(SourceKind kind, String location) {
        String lower = location.toLowerCase(Locale.ROOT);
        return switch (kind) {
            case PROXYSCRAPE -> lower.contains("format=json") ? ListFormat.JSON : ListFormat.AUTO;
            case GEONODE, JSON -> ListFormat.JSON;
            case PROXY_LIST_DOWNLOAD, TEXT -> ListFormat.TEXT;
            case FREE_PROXY_LIST, HTML_TABLE -> ListFormat.HTML_TABLE;
            case CSV -> ListFormat.CSV;
            case PROXIFLY, FILE -> byExtension(path(lower));
        };
    }

    private static ListFormat byExtension(String path) {
        String extension = path.substring(path.lastIndexOf('.') + 1);
        return switch (extension) {
            case "json" -> ListFormat.JSON;
            case "csv" -> ListFormat.CSV;
            case "txt" -> ListFormat.TEXT;
            case "html", "htm" -> ListFormat.HTML_TABLE;
            default -> ListFormat.AUTO;
        };
    }
}
