package dev.sluice.export;

/** Texts in quotes, from which nothing gets out. */
final class Quoted {
    private static final char[] HEX = "0123456789abcdef".toCharArray();

    private Quoted() {}

    /** A string of JSON (RFC 8259, 7). Halves of pairs that stand alone are escaped, so that UTF-8 can hold the rest. */
    static void json(StringBuilder out, String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (Character.isHighSurrogate(c)
                    && i + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(i + 1))) {
                out.append(c).append(text.charAt(++i));
            } else if (Character.isISOControl(c) || Character.isSurrogate(c) || c == '\u2028' || c == '\u2029') {
                hex(out.append("\\u"), c, 4);
            } else {
                out.append(c);
            }
        }
        out.append('"');
    }

    /** A double-quoted scalar of YAML (1.2.2, 7.3.1), in ASCII. Halves of pairs that stand alone become U+FFFD. */
    static void yaml(StringBuilder out, String text) {
        out.append('"');
        text.codePoints().forEach(c -> {
            if (c == '"' || c == '\\') {
                out.append('\\').append((char) c);
            } else if (c >= ' ' && c <= '~') {
                out.append((char) c);
            } else if (c > 0xffff) {
                hex(out.append("\\U"), c, 8);
            } else {
                hex(out.append("\\u"), Character.isSurrogate((char) c) ? 0xfffd : c, 4);
            }
        });
        out.append('"');
    }

    private static void hex(StringBuilder out, int value, int digits) {
        for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4) {
            out.append(HEX[value >>> shift & 0xf]);
        }
    }
}
