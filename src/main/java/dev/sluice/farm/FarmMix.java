package dev.sluice.farm;

import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How often each kind occurs.
 *
 * @param weights relative, 0 or more, at least one above 0; a kind that is missing does not occur
 */
public record FarmMix(Map<FarmKind, Integer> weights) {
    private static final Pattern WEIGHT = Pattern.compile("([a-z0-9-]+)=(\\d{1,6})");
    private static final Set<FarmKind> HOSTILE =
            Collections.unmodifiableSet(EnumSet.range(FarmKind.ENDLESS_HEADERS, FarmKind.UNASKED_GZIP));

    public FarmMix {
        Map<FarmKind, Integer> copy = new EnumMap<>(FarmKind.class);
        copy.putAll(weights);
        long sum = 0;
        for (Map.Entry<FarmKind, Integer> weight : copy.entrySet()) {
            if (weight.getValue() < 0) {
                throw new IllegalArgumentException(
                        weight.getKey().text() + ": " + weight.getValue() + " (expected: 0 or more)");
            }
            sum += weight.getValue();
        }
        if (sum == 0) {
            throw new IllegalArgumentException("weights: all 0 (expected: at least one above 0)");
        }
        weights = Collections.unmodifiableMap(copy);
    }

    /** Like a public list: 45 % refuse, 20 % stay silent, 15 % misbehave, 20 % work. */
    public static FarmMix realistic() {
        Map<FarmKind, Integer> weights = working(1);
        weights.putAll(misbehaving());
        weights.put(FarmKind.REFUSE, 450);
        weights.put(FarmKind.SILENT, 200);
        return new FarmMix(weights);
    }

    /**
     * Enough that works to look at: more than half work, the rest misbehave or are dead. Whatever works forwards plain HTTP,
     * so that any served entry can be tried with a plain request.
     */
    public static FarmMix demo() {
        Map<FarmKind, Integer> weights = working(3);
        weights.remove(FarmKind.HTTP_CONNECT_ONLY);
        weights.putAll(misbehaving());
        weights.put(FarmKind.REFUSE, 170);
        weights.put(FarmKind.SILENT, 80);
        return new FarmMix(weights);
    }

    /** Every kind as often as any other. */
    public static FarmMix even() {
        Map<FarmKind, Integer> weights = new EnumMap<>(FarmKind.class);
        for (FarmKind kind : FarmKind.values()) {
            weights.put(kind, 1);
        }
        return new FarmMix(weights);
    }

    /** Like a public list whose every kind of enemy is there: 38 % refuse, 16 % stay silent, 26 % misbehave, 20 % work. */
    public static FarmMix everything() {
        Map<FarmKind, Integer> weights = working(1);
        weights.put(FarmKind.HTTP_ROTATING, 5);
        weights.putAll(misbehaving());
        for (FarmKind hostile : HOSTILE) {
            weights.put(hostile, 7);
        }
        weights.put(FarmKind.REFUSE, 380);
        weights.put(FarmKind.SILENT, 160);
        return new FarmMix(weights);
    }

    /**
     * A mix by its name, {@code realistic}, {@code demo}, {@code even} or {@code everything}, or by weights such as
     * {@code silent=70,mute=15,http-elite=15}.
     *
     * @throws IllegalArgumentException when it is none
     */
    public static FarmMix parse(String text) {
        return switch (text) {
            case "realistic" -> realistic();
            case "demo" -> demo();
            case "even" -> even();
            case "everything" -> everything();
            default -> weighted(text);
        };
    }

    private static FarmMix weighted(String text) {
        Map<FarmKind, Integer> weights = new EnumMap<>(FarmKind.class);
        for (String part : text.split(",", -1)) {
            Matcher matcher = WEIGHT.matcher(part.trim());
            if (!matcher.matches()) {
                throw new IllegalArgumentException("mix: " + part
                        + " (expected: realistic, demo, even, everything, or KIND=WEIGHT, KIND=WEIGHT …)");
            }
            FarmKind kind = kind(matcher.group(1));
            if (weights.put(kind, Integer.parseInt(matcher.group(2))) != null) {
                throw new IllegalArgumentException("mix: " + kind.text() + " (expected: once)");
            }
        }
        return new FarmMix(weights);
    }

    private static FarmKind kind(String text) {
        for (FarmKind kind : FarmKind.values()) {
            if (kind.text().equals(text)) {
                return kind;
            }
        }
        throw new IllegalArgumentException("mix: " + text + " (expected: a kind of the farm, such as http-elite)");
    }

    /** One kind and nothing else. */
    public static FarmMix only(FarmKind kind) {
        return new FarmMix(Map.of(kind, 1));
    }

    /** 200 parts in all, times {@code factor}. */
    private static Map<FarmKind, Integer> working(int factor) {
        Map<FarmKind, Integer> weights = new EnumMap<>(FarmKind.class);
        weights.put(FarmKind.HTTP_TRANSPARENT, 35 * factor);
        weights.put(FarmKind.HTTP_ANONYMOUS, 20 * factor);
        weights.put(FarmKind.HTTP_ELITE, 40 * factor);
        weights.put(FarmKind.HTTP_FORWARD_ONLY, 20 * factor);
        weights.put(FarmKind.HTTP_CONNECT_ONLY, 10 * factor);
        weights.put(FarmKind.HTTP_PASSWORD, 10 * factor);
        weights.put(FarmKind.SOCKS4, 20 * factor);
        weights.put(FarmKind.SOCKS5, 30 * factor);
        weights.put(FarmKind.SOCKS5_PASSWORD, 8 * factor);
        weights.put(FarmKind.DUAL, 7 * factor);
        return weights;
    }

    /** 150 parts in all. */
    private static Map<FarmKind, Integer> misbehaving() {
        Map<FarmKind, Integer> weights = new EnumMap<>(FarmKind.class);
        weights.put(FarmKind.MUTE, 40);
        weights.put(FarmKind.DRIP, 10);
        weights.put(FarmKind.RESET, 25);
        weights.put(FarmKind.GARBAGE, 10);
        weights.put(FarmKind.ALWAYS_200, 20);
        weights.put(FarmKind.INJECT, 12);
        weights.put(FarmKind.SWAP_CERTIFICATE, 9);
        weights.put(FarmKind.SWAP_CERTIFICATE_SOCKS5, 4);
        weights.put(FarmKind.LOCKED_HTTP, 12);
        weights.put(FarmKind.LOCKED_SOCKS5, 8);
        return weights;
    }
}
