package dev.sluice.config;

import dev.sluice.parse.AddressKind;
import dev.sluice.parse.Continents;
import dev.sluice.parse.IpAddress;
import dev.sluice.pool.Strategy;
import dev.sluice.proxy.Secret;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What a type and a range can't say about a value. */
final class ConfigRules {
    /** Strategies that this program has. */
    static final List<String> STRATEGIES =
            Arrays.stream(Strategy.values()).map(Strategy::text).toList();

    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,63}");
    private static final Pattern HEADER = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}");
    private static final Pattern HOST =
            Pattern.compile("[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\\.[A-Za-z0-9_-]+)*\\.?");
    private static final Pattern HOST_PORT = Pattern.compile("(?:\\[([^\\]]+)]|([^:\\[\\]]+)):([0-9]{1,5})");
    private static final Pattern HTTP = Pattern.compile("https?://[^/?#\\s]+\\S*");
    /** An address of a source, which may have the protocol of its entries in front: {@code socks5|https://…}. */
    private static final Pattern SOURCE = Pattern.compile("(?:(?:http|https|socks4|socks5)\\|)?" + HTTP.pattern());

    private static final Pattern HTTPS = Pattern.compile("https://[^/?#\\s]+\\S*");
    private static final Pattern EDITION = Pattern.compile("[A-Za-z0-9][A-Za-z0-9-]{0,63}");
    private static final Pattern POINTER = Pattern.compile("(/[^/\\s]{1,100}){1,10}");
    private static final List<String> WEB_FIELDS = List.of("country", "city", "region", "asn", "organisation");
    private static final int MAX_NAME = 200;
    private static final Pattern POSTGRES = Pattern.compile(
            "postgresql://(\\S*@)?(\\[[0-9a-fA-F:.]+]|[^\\s@:/?]+)(:[0-9]{1,5})?/[^/\\s?@]+(\\?[^\\s@]*)?");
    private static final Pattern REDIS =
            Pattern.compile("rediss?://(\\S*@)?(\\[[0-9a-fA-F:.]+]|[^\\s@:/?]+)(:[0-9]{1,5})?(/[0-9]{1,4})?");
    private static final Pattern CLASS = Pattern.compile("[\\p{Alpha}_$][\\w$]*(\\.[\\p{Alpha}_$][\\w$]*)*");

    private ConfigRules() {}

    /** What was expected of {@code value}, or of an item of a list; null when it is right. */
    static @Nullable String expected(Shape.Key key, Object value) {
        String text = value instanceof Secret secret ? secret.reveal() : value.toString();
        return switch (key.id()) {
            case "ServerConfig.host" -> host(text) ? null : "an address or host name such as 127.0.0.1";
            case "JudgeConfig.listen", "JudgeConfig.tlsListen" ->
                hostPort(text) ? null : "HOST:PORT such as 0.0.0.0:8081 or [::1]:8081";
            case "StoreConfig.url" ->
                storeUrl(text) ? null : "sqlite:PATH or postgresql://user:password@host:port/database";
            case "QueueConfig.url" -> matches(REDIS, text, "redis://:password@host:port/database");
            case "QueueConfig.node" -> matches(NAME, text, nameForm());
            case "QueueConfig.directory" -> text.isBlank() ? "a path" : null;
            case "PoolConfig.strategy" -> STRATEGIES.contains(text) ? null : String.join(", ", STRATEGIES);
            case "CheckConfig.judges", "CheckConfig.publicJudges", "TargetConfig.url", "SourceConfig.metadataUrl" ->
                matches(HTTP, text, "an http or https address");
            case "CheckConfig.tlsJudges" -> matches(HTTPS, text, "an https address");
            case "CheckConfig.anchors" ->
                hostPort(text) ? null : "HOST:PORT such as 192.0.2.1:443 or [2001:db8::1]:443";
            case "TargetConfig.status" -> text.matches("[1-5][0-9]{2}") ? null : "a status of HTTP, 100..599";
            case "SourceConfig.urls" -> text.isBlank() ? "an address or a path" : null;
            case "SourceConfig.headers" ->
                text.chars().noneMatch(c -> c < ' ' && c != '\t' || c == 127)
                        ? null
                        : "a header value without line breaks";
            case "GeoConfig.databases", "GeoConfig.directory" -> text.isBlank() ? "a path" : null;
            case "GeoConfig.accountId" -> text.matches("[0-9]{1,12}") ? null : "a number of up to 12 digits";
            case "GeoConfig.editions" -> matches(EDITION, text, "an edition such as GeoLite2-City");
            case "GeoConfig.downloadUrl" ->
                privately(text) && text.matches("[^?#]+")
                        ? null
                        : "an https address without a query, or an http one on loopback";
            case "GeoConfig.webService" ->
                text.contains("{address}") && webService(text)
                        ? null
                        : "an http or https address with {address} behind its host";
            case "GeoConfig.webFields" -> matches(POINTER, text, "a JSON pointer such as /country/iso_code");
            case "GeoNetworkConfig.country" ->
                Continents.of(text) != null ? null : "a country of ISO 3166-1 alpha-2, or XK";
            case "GeoNetworkConfig.city", "GeoNetworkConfig.organisation" ->
                !text.isBlank() && text.length() <= MAX_NAME && text.chars().noneMatch(Character::isISOControl)
                        ? null
                        : "a name of up to " + MAX_NAME + " characters";
            case "GeoConfig.licenseKey", "GeoConfig.webKey" ->
                text.matches("[\\x21-\\x7e]{1,256}") ? null : "a key of up to 256 printable characters";
            case "TracesConfig.endpoint" -> matches(HTTP, text, "an http or https address");
            case "TracesConfig.service" -> matches(NAME, text, nameForm());
            case "LogConfig.file" -> text.isBlank() ? "a path" : null;
            case "EncryptionConfig.keyFile", "EncryptionConfig.secretFile" -> text.isBlank() ? "a path" : null;
            case "SecurityConfig.adminKey", "JudgeConfig.secret", "EncryptionConfig.keys" ->
                text.isBlank() ? "a text that is not blank" : null;
            case "ExtensionConfig.name" -> matches(NAME, text, nameForm());
            case "ExtensionConfig.verticle" -> matches(CLASS, text, "the full name of a class");
            default -> null;
        };
    }

    /** What was expected of a name that a person may choose; null when it is right. */
    static @Nullable String expectedName(Shape.Key key, String name) {
        return switch (key.id()) {
            case "FetchConfig.sources", "CheckConfig.targets" -> matches(NAME, name, nameForm());
            case "SourceConfig.headers" -> matches(HEADER, name, "the name of a header");
            case "GeoConfig.webFields" -> WEB_FIELDS.contains(name) ? null : String.join(", ", WEB_FIELDS);
            default -> null;
        };
    }

    /** Rules over several keys of one section; tells the key and what was expected of it. */
    static void check(Object section, BiConsumer<String, String> refuse) {
        if (section instanceof ServerConfig server) {
            if (server.managementPort() != null && server.port() != 0 && server.port() == server.managementPort()) {
                refuse.accept("management-port", "another port than server.port");
            }
        } else if (section instanceof ScheduleConfig schedule) {
            ordered("active", schedule.activeShortest(), schedule.active(), refuse);
            ordered("at-risk", schedule.atRiskShortest(), schedule.atRisk(), refuse);
            ordered("inactive", schedule.inactiveShortest(), schedule.inactive(), refuse);
        } else if (section instanceof TracesConfig traces) {
            if (traces.ratio() < 0 || traces.ratio() > 1) {
                refuse.accept("ratio", "0..1");
            }
        } else if (section instanceof SourceConfig source) {
            if (source.urls().isEmpty()) {
                refuse.accept("urls", "at least one address");
            } else if (source.kind() != SourceKind.FILE
                    && !source.urls().stream()
                            .allMatch(url -> SOURCE.matcher(url).matches())) {
                refuse.accept("urls", "http or https addresses, as kind is not file");
            }
        } else if (section instanceof GeoConfig geo) {
            String service = geo.webService();
            if (service != null && geo.webKey() != null && !privately(service.replace("{address}", "192.0.2.1"))) {
                refuse.accept("web-service", "https, or http on loopback, as web-key is sent there");
            }
        } else if (section instanceof GeoNetworkConfig network) {
            if (network.city() != null && network.country() == null) {
                refuse.accept("country", "the country of the city");
            }
        } else if (section instanceof SluiceConfig config) {
            Set<String> names = new HashSet<>();
            for (ExtensionConfig extension : config.extensions()) {
                if (!names.add(extension.name())) {
                    refuse.accept("extensions", "names given once; " + extension.name() + " is there twice");
                }
            }
        }
    }

    private static void ordered(
            String key, @Nullable Duration shortest, @Nullable Duration longest, BiConsumer<String, String> refuse) {
        if (shortest != null && longest != null && shortest.compareTo(longest) > 0) {
            refuse.accept(key + "-shortest", "at most schedule." + key + ", " + DurationFormat.format(longest));
        }
    }

    private static String nameForm() {
        return "a name of a-z, 0-9, dot, dash and underscore that begins with a letter or digit, up to 64 characters";
    }

    private static @Nullable String matches(Pattern pattern, String text, String expected) {
        return pattern.matcher(text).matches() ? null : expected;
    }

    private static boolean host(String text) {
        return text.indexOf(':') >= 0
                ? IpAddress.parse(text) != null
                : text.length() <= 253 && HOST.matcher(text).matches();
    }

    private static boolean hostPort(String text) {
        Matcher matcher = HOST_PORT.matcher(text);
        if (!matcher.matches() || Integer.parseInt(matcher.group(3)) > 65535) {
            return false;
        }
        String bracketed = matcher.group(1);
        return bracketed == null ? host(matcher.group(2)) : bracketed.indexOf(':') >= 0 && host(bracketed);
    }

    /** Whether credentials may be sent there: nobody between reads them. */
    private static boolean privately(String text) {
        try {
            URI url = new URI(text);
            String host = url.getHost();
            if (host == null || url.getRawUserInfo() != null) {
                return false;
            }
            byte[] address = IpAddress.parse(host.replace("[", "").replace("]", ""));
            return "https".equals(url.getScheme())
                    || "http".equals(url.getScheme())
                            && (host.equals("localhost")
                                    || address != null && AddressKind.of(address) == AddressKind.LOOPBACK);
        } catch (URISyntaxException e) {
            return false;
        }
    }

    /** Whether the address to ask for stands in the path or the query, so that it can't choose the host. */
    private static boolean webService(String text) {
        String filled = text.replace("{address}", "192.0.2.1");
        try {
            if (new URI(filled).getHost() == null) {
                return false;
            }
        } catch (URISyntaxException e) {
            return false;
        }
        return HTTP.matcher(filled).matches()
                && text.indexOf('/', text.indexOf("://") + 3) > 0
                && text.indexOf('/', text.indexOf("://") + 3) < text.indexOf("{address}");
    }

    private static boolean storeUrl(String text) {
        return text.startsWith("sqlite:")
                ? !text.substring("sqlite:".length()).isBlank()
                : POSTGRES.matcher(text).matches();
    }
}
