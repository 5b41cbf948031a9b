package dev.sluice.parse;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Holds the first bytes back until they tell the format, then hands over. */
final class AutoListParser implements ListParser {
    private static final int LOOK = 4_096;

    private final ParseOptions options;
    private final Intake intake;
    private final byte[] head = new byte[LOOK];
    private int held;
    private @Nullable ListParser chosen;

    AutoListParser(ParseOptions options, Intake intake) {
        this.options = options;
        this.intake = intake;
    }

    @Override
    public void feed(byte[] bytes, int offset, int length) {
        if (chosen != null) {
            chosen.feed(bytes, offset, length);
            return;
        }
        int taken = Math.min(length, LOOK - held);
        System.arraycopy(bytes, offset, head, held, taken);
        held += taken;
        if (held == LOOK) {
            ListParser parser = choose();
            parser.feed(bytes, offset + taken, length - taken);
        }
    }

    @Override
    public void end() {
        ListParser parser = chosen == null ? choose() : chosen;
        parser.end();
    }

    @Override
    public long lineStart() {
        return chosen == null ? -1 : chosen.lineStart();
    }

    private ListParser choose() {
        ListFormat format = format(new String(head, 0, held, StandardCharsets.UTF_8), held < LOOK);
        ListParser parser = ListParsers.create(format, options, intake);
        chosen = parser;
        parser.feed(head, 0, held);
        return parser;
    }

    /**
     * The format a list begins like.
     *
     * @param whole whether {@code head} is all of it
     */
    static ListFormat format(String head, boolean whole) {
        String text = Tokens.trimmed(head);
        if (text.isEmpty()) {
            return ListFormat.TEXT;
        }
        int end = lineEnd(text);
        String first = Tokens.trimmed(text.substring(0, end));
        switch (text.charAt(0)) {
            case '{' -> {
                // An object a line survives a broken line only as text.
                boolean more = !whole || !text.substring(end).isBlank();
                return first.endsWith("}") && more ? ListFormat.TEXT : ListFormat.JSON;
            }
            case '[' -> {
                String rest = Tokens.trimmed(text.substring(1));
                boolean json = rest.isEmpty() || "{[\"]n".indexOf(rest.charAt(0)) >= 0;
                return json ? ListFormat.JSON : ListFormat.TEXT;
            }
            case '<' -> {
                return ListFormat.HTML_TABLE;
            }
            default -> {
                return looksTabular(first) ? ListFormat.CSV : ListFormat.TEXT;
            }
        }
    }

    private static boolean looksTabular(String line) {
        if (line.charAt(0) == '#') {
            return false;
        }
        List<String> cells = CsvListParser.split(line, CsvListParser.separator(line));
        return cells.size() > 1 && CsvListParser.isHeader(cells);
    }

    private static int lineEnd(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) == '\n' || text.charAt(i) == '\r') {
                return i;
            }
        }
        return text.length();
    }
}
