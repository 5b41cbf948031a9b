package dev.sluice.parse;

/** Where tokens of a line begin and end, and what is stripped from them: blanks, bullets, quotes, closing brackets. */
final class Tokens {
    private Tokens() {}

    /** Where the next token begins at or behind {@code from}; the length of the text when there is none. */
    static int start(String text, int from) {
        int i = from;
        while (i < text.length() && separates(text.charAt(i))) {
            i++;
        }
        return i;
    }

    /** Where the token that begins at {@code from} ends, exclusively. */
    static int end(String text, int from) {
        int i = from;
        while (i < text.length() && !separates(text.charAt(i))) {
            i++;
        }
        return i;
    }

    private static boolean separates(char c) {
        return c == ',' || c == ';' || c == '|' || c == '"' || blank(c);
    }

    private static boolean blank(char c) {
        return c <= ' '
                || (c >= 0x7f && c <= 0xa0)
                || (c > 0xff && (Character.isWhitespace(c) || Character.isSpaceChar(c)))
                || c == '\ufeff'
                || (c >= '\u200b' && c <= '\u200f')
                || c == '\u2060';
    }

    /** Without blanks, control characters and byte order marks at both ends. */
    static String trimmed(String text) {
        int from = 0;
        int to = text.length();
        while (from < to && blank(text.charAt(from))) {
            from++;
        }
        while (to > from && blank(text.charAt(to - 1))) {
            to--;
        }
        return text.substring(from, to);
    }

    /** Without bullets, flags, quotes and other signs in front. */
    static String undecorated(String text) {
        int i = 0;
        while (i < text.length()) {
            int c = text.codePointAt(i);
            if (Character.isLetterOrDigit(c) || c == '[' || c == '.' || c == ':' || c == '_') {
                break;
            }
            i += Character.charCount(c);
        }
        return text.substring(i);
    }

    /** Without punctuation that ends a word or a list item. */
    static String withoutTail(String token) {
        int end = token.length();
        while (end > 0) {
            char c = token.charAt(end - 1);
            boolean closing = c == ')' || c == '\'' || c == '}' || (c == ']' && token.indexOf('[') < 0);
            if (!closing || token.indexOf('@') >= 0) {
                break;
            }
            end--;
        }
        return token.substring(0, end);
    }

    /** Without the one colon a label ends with: {@code socks5:}. */
    static String withoutColon(String token) {
        return token.length() > 1 && token.endsWith(":") && !token.endsWith("::")
                ? token.substring(0, token.length() - 1)
                : token;
    }

    static boolean hasLetterOrDigit(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isLetterOrDigit(text.charAt(i))) {
                return true;
            }
        }
        return false;
    }
}
