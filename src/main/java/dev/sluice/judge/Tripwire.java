package dev.sluice.judge;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;

/**
 * A page that invites tampering: head, advertisement, form, end of body. Judge and checker make the same bytes from a token
 * and the shared key, so nobody else can, and no token comes twice. Immutable, thread-safe.
 */
public final class Tripwire {
    /** Shortest page in bytes. */
    public static final int MIN_BYTES = 4_096;

    /** Longest page in bytes. */
    public static final int MAX_BYTES = 16_384;

    private static final int LONGEST_LINE = 512;
    private static final int MAX_COMPARED = 4 * MAX_BYTES;
    private static final String PURPOSE = "page";
    private static final String[] WORDS = {
        "river", "gate", "lock", "barge", "water", "level", "keeper", "bridge", "stone", "meadow", "willow", "morning",
        "cargo", "timber", "lantern", "harbour", "weather", "ferry", "market", "village", "engine", "copper", "canal",
        "summer", "winter", "garden", "window", "letter", "ribbon", "silver", "kettle", "saddle"
    };

    /** Of scripts that mine in browsers, in lower case; none is among the words of a page. */
    private static final String[] MINERS = {
        "coinhive",
        "coin-hive",
        "coinimp",
        "cryptoloot",
        "crypto-loot",
        "cryptonight",
        "jsecoin",
        "webminer",
        "minero.cc"
    };

    private final JudgeSigner signer;

    /** Pages of the judge with this key. */
    public Tripwire(JudgeSigner signer) {
        this.signer = signer;
    }

    /** The page for {@code token}: HTML in ASCII, {@value #MIN_BYTES}..{@value #MAX_BYTES} bytes, of a length of its own. */
    public byte[] page(String token) {
        byte[] name = token.getBytes(StandardCharsets.UTF_8);
        Words words = new Words(
                ByteBuffer.wrap(signer.sign(PURPOSE, name, 0, name.length)).getLong());
        int length = MIN_BYTES + words.below(MAX_BYTES - MIN_BYTES - LONGEST_LINE);
        StringBuilder html = new StringBuilder(length + LONGEST_LINE);
        html.append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>")
                .append(words.some(4))
                .append("</title>\n<link rel=\"stylesheet\" href=\"/style/")
                .append(words.number())
                .append(".css\">\n</head>\n<body>\n<h1>")
                .append(words.some(3))
                .append("</h1>\n<div class=\"ad-slot\" id=\"banner-")
                .append(words.number())
                .append("\"><!-- advertisement --></div>\n")
                .append("<form method=\"post\" action=\"/login/")
                .append(words.number())
                .append("\">\n  <input name=\"user\">\n  <input name=\"password\" type=\"password\">\n")
                .append("  <button>Sign in</button>\n</form>\n");
        while (html.length() < length) {
            html.append("<p>")
                    .append(words.some(12))
                    .append(".   <a href=\"/")
                    .append(words.number())
                    .append("\">")
                    .append(words.some(2))
                    .append("</a></p>\n");
        }
        html.append("</body>\n</html>\n");
        return html.toString().getBytes(StandardCharsets.US_ASCII);
    }

    /** SHA-256 of a body in hexadecimal. */
    public static String sha256(byte[] body) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(body));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /**
     * What {@code body} has that the page for {@code token} has not.
     *
     * @param body of any length; how it differs is told from its first {@value #MAX_COMPARED} bytes
     */
    public Difference compare(String token, byte[] body) {
        byte[] page = page(token);
        if (MessageDigest.isEqual(page, body)) {
            return Difference.NONE;
        }
        String expected = text(page);
        String actual = text(body.length > MAX_COMPARED ? Arrays.copyOf(body, MAX_COMPARED) : body);
        if (mines(actual)) {
            return Difference.MINER;
        }
        if (count(actual, "<script") > count(expected, "<script")) {
            return Difference.SCRIPT;
        }
        if (count(actual, "<iframe") > count(expected, "<iframe")) {
            return Difference.FRAME;
        }
        if (actual.contains("http-equiv=\"refresh\"") || actual.contains("http-equiv=refresh")) {
            return Difference.REDIRECT;
        }
        if (!form(actual).equals(form(expected))) {
            return expected.startsWith(actual) ? Difference.CUT : Difference.FORM;
        }
        if (actual.replaceAll("\\s+", "").equals(expected.replaceAll("\\s+", ""))) {
            return Difference.WHITE_SPACE;
        }
        return expected.startsWith(actual) ? Difference.CUT : Difference.OTHER;
    }

    private static String text(byte[] body) {
        return new String(body, StandardCharsets.ISO_8859_1).toLowerCase(Locale.ROOT);
    }

    private static boolean mines(String html) {
        for (String word : MINERS) {
            if (html.contains(word)) {
                return true;
            }
        }
        return false;
    }

    private static String form(String html) {
        int start = html.indexOf("<form");
        int end = start < 0 ? -1 : html.indexOf('>', start);
        return end < 0 ? "" : html.substring(start, end);
    }

    private static int count(String text, String part) {
        int count = 0;
        for (int at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length())) {
            count++;
        }
        return count;
    }

    /** How a page was altered; the first that fits. */
    public enum Difference {
        NONE,
        /** A script that mines was added. */
        MINER,
        /** A script was added. */
        SCRIPT,
        /** A frame was added. */
        FRAME,
        /** The page sends the browser elsewhere. */
        REDIRECT,
        /** The form sends elsewhere, or is gone. */
        FORM,
        /** Only white space differs. */
        WHITE_SPACE,
        /** The end is missing. */
        CUT,
        OTHER
    }

    /** SplitMix64 (Steele, Lea, Flood 2014): the same words on every platform. */
    private static final class Words {
        private long state;

        Words(long seed) {
            state = seed;
        }

        private long next() {
            state += 0x9e3779b97f4a7c15L;
            long mixed = (state ^ state >>> 30) * 0xbf58476d1ce4e5b9L;
            mixed = (mixed ^ mixed >>> 27) * 0x94d049bb133111ebL;
            return mixed ^ mixed >>> 31;
        }

        int below(int bound) {
            return (int) ((next() >>> 33) % bound);
        }

        String number() {
            return Long.toHexString(next());
        }

        String some(int count) {
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < count; i++) {
                text.append(i == 0 ? "" : " ").append(WORDS[(int) (next() >>> 59)]);
            }
            return text.toString();
        }
    }
}
