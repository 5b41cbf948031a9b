package dev.sluice.export;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The formats that lists of proxies are exported in. What each can express is told at its writer. */
public enum ExportFormat {
    /** A URL a line. */
    TEXT("text/plain; charset=utf-8", "txt", 0),
    /** One object with everything known of each proxy. */
    JSON("application/json", "json", 0),
    /** The same, an object a line. */
    NDJSON("application/x-ndjson", "ndjson", 0),
    /** A table with a heading, RFC 4180. */
    CSV("text/csv; charset=utf-8; header=present", "csv", 0),
    /** A configuration of proxychains-ng, which reads so many proxies and no more. */
    PROXYCHAINS("text/plain; charset=utf-8", "conf", 512),
    /** A profile for Clash and its successors. The names of all proxies stand in it twice, so they are bounded. */
    CLASH("application/yaml", "yaml", 10_000),
    /** A TCP backend for HAProxy. */
    HAPROXY("text/plain; charset=utf-8", "cfg", 0),
    /** Proxy auto-configuration for browsers, which read it at every start. */
    PAC("application/x-ns-proxy-autoconfig", "pac", 32);

    private final String contentType;
    private final String extension;
    private final int most;

    ExportFormat(String contentType, String extension, int most) {
        this.contentType = contentType;
        this.extension = extension;
        this.most = most;
    }

    /** Name in lower case, as users write it. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Value of the header Content-Type. */
    public String contentType() {
        return contentType;
    }

    /** What a file of this format ends with, without the point. */
    public String extension() {
        return extension;
    }

    /** What a client may call it. */
    public String fileName() {
        return "proxies." + extension;
    }

    /** Most entries it holds; 0 for any number. Those that hold a few are given the fastest. */
    public int most() {
        return most;
    }

    /** A writer at the beginning. */
    public ExportWriter writer(ExportOptions options) {
        return switch (this) {
            case TEXT -> new TextWriter(options);
            case JSON -> new JsonWriter(options, true);
            case NDJSON -> new JsonWriter(options, false);
            case CSV -> new CsvWriter(options);
            case PROXYCHAINS -> new ProxychainsWriter(options);
            case CLASH -> new ClashWriter(options);
            case HAPROXY -> new HaproxyWriter(options);
            case PAC -> new PacWriter(options);
        };
    }

    /** The format of this name; null when there is none. */
    public static @Nullable ExportFormat of(String text) {
        for (ExportFormat format : values()) {
            if (format.text().equals(text)) {
                return format;
            }
        }
        return null;
    }

    /** All names. */
    public static List<String> names() {
        List<String> names = new ArrayList<>();
        for (ExportFormat format : values()) {
            names.add(format.text());
        }
        return List.copyOf(names);
    }
}
