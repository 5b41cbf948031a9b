package dev.sluice.config;

import dev.sluice.parse.IpAddress;
import dev.sluice.pool.Strategy;
import dev.sluice.proxy.Secret;
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
                storeUrl(text)
                        ? null
                        : "sqlite:PATH, postgresql://user:password@host:port/database,"
                                + " redis://:password@host:port/database or file:PATH";
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
            case "SecurityConfig.adminKey", "JudgeConfig.secret" -> text.isBlank() ? "a text that is not blank" : null;
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
        } else if (section instanceof SourceConfig source) {
            if (source.urls().isEmpty()) {
                refuse.accept("urls", "at least one address");
            } else if (source.kind() != SourceKind.FILE
                    && !source.urls().stream()
                            .allMatch(url -> SOURCE.matcher(url).matches())) {
                refuse.accept("urls", "http or https addresses, as kind is not file");
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

    private static boolean storeUrl(String text) {
        for (String file : List.of("sqlite:", "file:")) {
            if (text.startsWith(file)) {
                return !text.substring(file.length()).isBlank();
            }
        }
        int prefix = text.indexOf('#', text.lastIndexOf('@') + 1);
        return text.startsWith("redis")
                ? REDIS.matcher(prefix < 0 ? text : text.substring(0, prefix)).matches()
                        && (prefix < 0
                                || NAME.matcher(text.substring(prefix + 1)).matches())
                : POSTGRES.matcher(text).matches();
    }
}
