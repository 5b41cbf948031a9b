package dev.sluice.main;

import dev.sluice.check.JudgeUrl;
import dev.sluice.config.DurationFormat;
import dev.sluice.parse.EntryMapping;
import dev.sluice.proxy.Anonymity;
import dev.sluice.proxy.CheckKind;
import dev.sluice.proxy.Scheme;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** What {@code check} can be told, and the configuration that makes of it. */
final class CheckOptions {
    /** Starts a second where only the number at a time shall hold back: what {@code check.rate} can be at most. */
    private static final int ANY_RATE = 10_000_000;

    private static final int MAX_CONCURRENCY = 1_000_000;
    private static final Duration SHORTEST = Duration.ofMillis(10);
    private static final Duration LONGEST = Duration.ofMinutes(2);

    @Option(
            names = "--type",
            paramLabel = "TYPE",
            description = "connect (does the port accept connections), http (is a request judged; the default) or deep"
                    + " (are many).",
            converter = TypeConverter.class)
    private @Nullable CheckKind kind;

    @Option(
            names = "--protocol",
            paramLabel = "PROTOCOL",
            description =
                    "http, https, socks4 or socks5: what entries speak that name no protocol. Found out unless given.",
            converter = ProtocolConverter.class)
    private @Nullable Scheme protocol;

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            description =
                    "For the connection, for TLS and for the first byte of the answer; three times that for an attempt"
                            + " as a whole. check.…-timeout unless given.",
            converter = TimeoutConverter.class)
    private @Nullable Duration timeout;

    @Option(
            names = "--concurrency",
            paramLabel = "auto|N",
            description = "auto: as much as the network and this machine bear; N: N checks at a time, whatever happens."
                    + " check.concurrency and check.adaptive unless given.",
            converter = ConcurrencyConverter.class)
    private @Nullable Integer concurrency;

    @Option(
            names = "--judge",
            paramLabel = "URL",
            description =
                    "A judge that proxies can reach, http or https; judge.secret must be the judge's. May be repeated.",
            converter = JudgeConverter.class)
    private List<String> judges = new ArrayList<>();

    @Option(names = "--allow-private", description = "Checks entries whose addresses are not public, too.")
    private boolean allowPrivate;

    @Option(
            names = "--country",
            paramLabel = "CC",
            split = ",",
            description =
                    "Only entries in one of these countries, such as DE,FR: as geo databases know, else as the list says.",
            converter = CountryConverter.class)
    private Set<String> countries = new HashSet<>();

    @Option(
            names = "--anonymity",
            paramLabel = "LEVEL",
            description = "Of what works only what is at least transparent, anonymous or elite.",
            converter = AnonymityConverter.class)
    private @Nullable Anonymity anonymity;

    @Option(
            names = "--format",
            paramLabel = "FORM",
            description = "text (the default), json, csv or ndjson.",
            converter = FormatConverter.class)
    private CheckFormat format = CheckFormat.TEXT;

    @Option(names = "--all", description = "Writes every entry and why it does not work, instead of those that work.")
    private boolean all;

    @Option(
            names = "--output",
            paramLabel = "FILE",
            description = "Where to write; standard output unless given. The file is there when it is complete.")
    private @Nullable Path output;

    /** Settings to lay over the configuration, below {@code --set}. */
    List<String> settings() {
        List<String> settings = new ArrayList<>();
        // Results and progress are the point here, not the life of the program.
        settings.add("log.level=warn");
        // Its own, where it judges itself: another port than a server's beside it.
        settings.add("judge.listen=127.0.0.1:0");
        settings.add("judge.tls-listen=127.0.0.1:0");
        if (kind == CheckKind.CONNECT) {
            settings.add("check.mode=connect");
        }
        if (timeout != null) {
            String one = DurationFormat.format(timeout);
            settings.add("check.connect-timeout=" + one);
            settings.add("check.tls-timeout=" + one);
            settings.add("check.first-byte-timeout=" + one);
            settings.add("check.total-timeout=" + DurationFormat.format(timeout.multipliedBy(3)));
        }
        if (concurrency != null) {
            boolean adaptive = concurrency == ConcurrencyConverter.AUTO;
            settings.add("check.adaptive=" + adaptive);
            if (!adaptive) {
                settings.add("check.concurrency=" + concurrency);
                settings.add("check.rate=" + ANY_RATE);
            }
        }
        judges("check.judges", "http:", settings);
        judges("check.tls-judges", "https:", settings);
        if (allowPrivate) {
            settings.add("check.allow-private=true");
        }
        return settings;
    }

    /** Those of a scheme, as a list in YAML: URLs may hold commas. */
    private void judges(String key, String scheme, List<String> settings) {
        List<String> urls = judges.stream()
                .filter(url -> url.startsWith(scheme))
                .map(url -> '"' + url + '"')
                .toList();
        if (!urls.isEmpty()) {
            settings.add(key + "=[" + String.join(", ", urls) + "]");
        }
    }

    /** Refuses what makes no sense where checks are as thorough as {@code resolved}. */
    void requireConsistent(CheckKind resolved) {
        if (resolved == CheckKind.CONNECT && (anonymity != null || !judges.isEmpty())) {
            throw new UsageException((anonymity != null ? "--anonymity" : "--judge")
                    + ": nothing is judged (expected: --type http or deep, and a check.mode other than connect)");
        }
    }

    /** How thorough checks are; null when nothing was said. */
    @Nullable
    CheckKind kind() {
        return kind;
    }

    /** Scheme of entries that name none; null: to be found out. */
    @Nullable
    Scheme protocol() {
        return protocol;
    }

    /** ISO codes of countries that are wanted; empty: all. */
    Set<String> countries() {
        return countries;
    }

    /** The least anonymity of what is written; {@link Anonymity#UNKNOWN}: any. */
    Anonymity anonymity() {
        return anonymity == null ? Anonymity.UNKNOWN : anonymity;
    }

    /** Whether judges were named. */
    boolean namesJudges() {
        return !judges.isEmpty();
    }

    CheckFormat format() {
        return format;
    }

    boolean all() {
        return all;
    }

    /** Where results go; opened. */
    CheckOutput openOutput() {
        return output == null ? CheckOutput.standard() : CheckOutput.file(output);
    }

    /** One of {@code words}, written in lower case. */
    private static <E extends Enum<E>> E word(String text, Map<E, String> words) {
        for (Map.Entry<E, String> word : words.entrySet()) {
            if (word.getValue().equals(text)) {
                return word.getKey();
            }
        }
        throw new TypeConversionException(text + " (expected: " + String.join(", ", words.values()) + ")");
    }

    /** The constants from {@code first} on under their names. */
    private static <E extends Enum<E>> Map<E, String> names(Class<E> type, E first) {
        Map<E, String> names = new EnumMap<>(type);
        for (E constant : type.getEnumConstants()) {
            if (constant.compareTo(first) >= 0) {
                names.put(constant, constant.name().toLowerCase(Locale.ROOT));
            }
        }
        return names;
    }

    static final class TypeConverter implements ITypeConverter<CheckKind> {
        @Override
        public CheckKind convert(String text) {
            return word(
                    text,
                    new EnumMap<>(Map.of(
                            CheckKind.CONNECT, "connect", CheckKind.COMPREHENSIVE, "http", CheckKind.DEEP, "deep")));
        }
    }

    static final class ProtocolConverter implements ITypeConverter<Scheme> {
        @Override
        public Scheme convert(String text) {
            Map<Scheme, String> schemes = names(Scheme.class, Scheme.HTTP);
            schemes.remove(Scheme.UNKNOWN);
            return word(text, schemes);
        }
    }

    static final class AnonymityConverter implements ITypeConverter<Anonymity> {
        @Override
        public Anonymity convert(String text) {
            return word(text, names(Anonymity.class, Anonymity.TRANSPARENT));
        }
    }

    static final class FormatConverter implements ITypeConverter<CheckFormat> {
        @Override
        public CheckFormat convert(String text) {
            return word(text, names(CheckFormat.class, CheckFormat.TEXT));
        }
    }

    static final class TimeoutConverter implements ITypeConverter<Duration> {
        @Override
        public Duration convert(String text) {
            Duration timeout;
            try {
                timeout = DurationFormat.parse(text);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(String.valueOf(e.getMessage()));
            }
            if (timeout.compareTo(SHORTEST) < 0 || timeout.compareTo(LONGEST) > 0) {
                throw new TypeConversionException(text + " (expected: 10ms..2m)");
            }
            return timeout;
        }
    }

    static final class ConcurrencyConverter implements ITypeConverter<Integer> {
        static final int AUTO = 0;

        @Override
        public Integer convert(String text) {
            if (text.equals("auto")) {
                return AUTO;
            }
            boolean number = text.matches("[0-9]{1,7}");
            int concurrency = number ? Integer.parseInt(text) : 0;
            if (concurrency < 1 || concurrency > MAX_CONCURRENCY) {
                throw new TypeConversionException(text + " (expected: auto or 1.." + MAX_CONCURRENCY + ")");
            }
            return concurrency;
        }
    }

    static final class JudgeConverter implements ITypeConverter<String> {
        @Override
        public String convert(String text) {
            String expected = text + " (expected: http://HOST[:PORT][/PATH] or https://…)";
            if (!text.startsWith("http://") && !text.startsWith("https://")) {
                throw new TypeConversionException(expected);
            }
            try {
                JudgeUrl.parse(text);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(expected);
            }
            return text;
        }
    }

    static final class CountryConverter implements ITypeConverter<String> {
        @Override
        public String convert(String text) {
            String code = text.strip().length() == 2 ? EntryMapping.countryCode(text) : null;
            if (code == null) {
                throw new TypeConversionException(text + " (expected: a code of ISO 3166-1 such as DE)");
            }
            return code;
        }
    }
}
