package dev.sluice.net.scenario;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** One line of a script in words: plain ones, and quoted texts with escapes; either may be repeated with {@code *N}. */
final class Words {
    private static final int MAX_REPEAT = 1 << 24;

    private final String file;
    private final int line;
    private final List<Word> words = new ArrayList<>();
    private int at;

    /** The words of {@code text}, up to a number sign outside quotes. */
    Words(String file, int line, String text) {
        this.file = file;
        this.line = line;
        add(text);
    }

    /** Adds the words of a line that continues this one. */
    void add(String text) {
        int i = 0;
        while (i < text.length()) {
            char c = text.charAt(i);
            if (c == '#') {
                return;
            }
            if (c == ' ' || c == '\t') {
                i++;
                continue;
            }
            StringBuilder content = new StringBuilder();
            boolean quoted = c == '"';
            i = quoted ? quoted(text, i + 1, content) : plain(text, i, content);
            int times = 1;
            if (i < text.length() && text.charAt(i) == '*') {
                StringBuilder number = new StringBuilder();
                i = plain(text, i + 1, number);
                times = ranged(number.toString(), 0, MAX_REPEAT);
            }
            if (i < text.length() && text.charAt(i) != ' ' && text.charAt(i) != '\t') {
                throw error("a space must follow " + content);
            }
            words.add(new Word(content.toString(), quoted, times));
        }
    }

    private static int plain(String text, int from, StringBuilder content) {
        int i = from;
        while (i < text.length() && " \t*\"".indexOf(text.charAt(i)) < 0) {
            content.append(text.charAt(i++));
        }
        return i;
    }

    private int quoted(String text, int from, StringBuilder content) {
        int i = from;
        while (i < text.length() && text.charAt(i) != '"') {
            char c = text.charAt(i++);
            if (c > 0x7e) {
                throw error("character " + (int) c + " (expected: ASCII, others as \\xNN)");
            }
            if (c != '\\') {
                content.append(c);
                continue;
            }
            char escape = i < text.length() ? text.charAt(i++) : ' ';
            switch (escape) {
                case 'r' -> content.append('\r');
                case 'n' -> content.append('\n');
                case 't' -> content.append('\t');
                case '0' -> content.append('\0');
                case '"', '\\' -> content.append(escape);
                case 'x' -> {
                    String digits = text.substring(i, Math.min(text.length(), i + 2));
                    if (!digits.matches("[0-9a-fA-F]{2}")) {
                        throw error("\\x" + digits + " (expected: two hexadecimal digits)");
                    }
                    content.append((char) Integer.parseInt(digits, 16));
                    i += 2;
                }
                default -> throw error("\\" + escape + " (expected: \\r \\n \\t \\0 \\xNN \\\" \\\\)");
            }
        }
        if (i == text.length()) {
            throw error("a quote does not end");
        }
        return i + 1;
    }

    boolean isEmpty() {
        return words.isEmpty();
    }

    boolean more() {
        return at < words.size();
    }

    int line() {
        return line;
    }

    /** The next word, which is not quoted. */
    String plain(String what) {
        Word word = next(what);
        if (word.quoted || word.times != 1) {
            throw error(what + ": \"" + word.text + "\" (expected: a word without quotes)");
        }
        return word.text;
    }

    /** The next word, which is quoted. */
    String quoted(String what) {
        Word word = next(what);
        if (!word.quoted || word.times != 1) {
            throw error(what + ": " + word.text + " (expected: a text in quotes)");
        }
        return word.text;
    }

    int number(String what, int least, int most) {
        return ranged(plain(what), least, most);
    }

    private int ranged(String text, int least, int most) {
        int value = text.matches("[0-9]{1,9}") ? Integer.parseInt(text) : -1;
        if (value < least || value > most) {
            throw error(text + " (expected: a number, " + least + ".." + most + ")");
        }
        return value;
    }

    /** All words that are left: hexadecimal pairs and texts. */
    byte[] bytes() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        while (more()) {
            Word word = next("bytes");
            byte[] bytes;
            if (word.quoted) {
                bytes = word.text.getBytes(StandardCharsets.ISO_8859_1);
            } else if (word.text.matches("([0-9a-fA-F]{2})+")) {
                bytes = HexFormat.of().parseHex(word.text);
            } else {
                throw error(word.text + " (expected: pairs of hexadecimal digits, or a text in quotes)");
            }
            for (int i = 0; i < word.times; i++) {
                out.writeBytes(bytes);
            }
        }
        if (out.size() == 0) {
            throw error("nothing follows (expected: bytes)");
        }
        return out.toByteArray();
    }

    /** Nothing may be left. */
    void end() {
        if (more()) {
            throw error("\"" + words.get(at).text + "\" is one word too many");
        }
    }

    ScriptException error(String message) {
        return new ScriptException(file, line, message);
    }

    private Word next(String what) {
        if (!more()) {
            throw error("nothing follows (expected: " + what + ")");
        }
        return words.get(at++);
    }

    private record Word(String text, boolean quoted, int times) {}
}
