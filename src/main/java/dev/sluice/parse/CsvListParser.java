package dev.sluice.parse;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Rows of fields. Columns are found by a header; without one each row is read as a line of text. */
final class CsvListParser implements ListParser, LineSplitter.Lines {
    private static final int MAX_COLUMNS = 256;

    private final LineSplitter splitter;
    private final Intake intake;
    private final LineReader reader = new LineReader();
    private boolean begun;
    private char separator = ',';
    private Field @Nullable [] columns;

    CsvListParser(ParseOptions options, Intake intake) {
        this.intake = intake;
        this.splitter = new LineSplitter(options.maxLineLength(), 0, this);
    }

    @Override
    public void feed(byte[] bytes, int offset, int length) {
        splitter.feed(bytes, offset, length);
    }

    @Override
    public void end() {
        splitter.end();
    }

    @Override
    public void line(long number, byte[] bytes, int from, int to) {
        String text = Tokens.trimmed(splitter.decode(bytes, from, to));
        if (text.isEmpty() || text.charAt(0) == '#') {
            reader.read(number, text, intake);
            return;
        }
        if (!begun) {
            begun = true;
            separator = separator(text);
            List<String> names = split(text, separator);
            if (isHeader(names)) {
                columns = columns(names);
                intake.reject(number, Rejection.HEADER, "", Sample.of(text));
                return;
            }
        }
        Field[] known = columns;
        if (known == null) {
            reader.read(number, text, intake);
        } else {
            row(number, text, known);
        }
    }

    @Override
    public void tooLong(long number, String beginning) {
        intake.reject(number, Rejection.TOO_LONG, "", Sample.of(beginning));
    }

    private void row(long number, String text, Field[] known) {
        List<String> cells = split(text, separator);
        Fields fields = new Fields(reader);
        for (int i = 0; i < cells.size() && i < known.length; i++) {
            fields.put(known[i], cells.get(i));
        }
        List<Finding> findings = fields.read(number);
        if (findings.isEmpty()) {
            boolean secret = List.of(known).contains(Field.PASSWORD);
            intake.reject(number, Rejection.NOT_A_PROXY, "", secret ? "" : Sample.of(text));
        }
        for (Finding finding : findings) {
            intake.take(finding);
        }
    }

    static Field[] columns(List<String> names) {
        Field[] columns = new Field[names.size()];
        for (int i = 0; i < columns.length; i++) {
            columns[i] = Field.of(names.get(i));
        }
        return columns;
    }

    /** Whether these cells name columns that make an entry. */
    static boolean isHeader(List<String> names) {
        boolean address = false;
        boolean port = false;
        boolean endpoint = false;
        for (String name : names) {
            Field field = Field.of(name);
            address |= field == Field.ADDRESS || field == Field.HOST;
            port |= field == Field.PORT;
            endpoint |= field == Field.ENDPOINT;
        }
        return endpoint || (address && port);
    }

    /** The commonest of comma, semicolon, tab and bar outside quotes; a comma when there is none. */
    static char separator(String text) {
        char best = ',';
        int most = 0;
        for (char candidate : new char[] {',', ';', '\t', '|'}) {
            int count = 0;
            boolean quoted = false;
            for (int i = 0; i < text.length(); i++) {
                char c = text.charAt(i);
                if (c == '"') {
                    quoted = !quoted;
                } else if (c == candidate && !quoted) {
                    count++;
                }
            }
            if (count > most) {
                most = count;
                best = candidate;
            }
        }
        return best;
    }

    /** Cells of one line as RFC 4180 has them; a quote left open ends with the line. */
    static List<String> split(String text, char separator) {
        List<String> cells = new ArrayList<>();
        StringBuilder cell = new StringBuilder();
        boolean quoted = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (quoted) {
                if (c != '"') {
                    cell.append(c);
                } else if (i + 1 < text.length() && text.charAt(i + 1) == '"') {
                    cell.append('"');
                    i++;
                } else {
                    quoted = false;
                }
            } else if (c == '"' && cell.toString().isBlank()) {
                cell.setLength(0);
                quoted = true;
            } else if (c == separator) {
                cells.add(cell.toString());
                cell.setLength(0);
                if (cells.size() == MAX_COLUMNS) {
                    return cells;
                }
            } else {
                cell.append(c);
            }
        }
        cells.add(cell.toString());
        return cells;
    }
}
