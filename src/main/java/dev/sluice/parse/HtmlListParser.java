package dev.sluice.parse;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.jsoup.nodes.TextNode;

/**
 * Proxies of a web page: tables whose headings name an address and a port, then text areas, and where a page has neither,
 * the text of its body and of lists in its scripts. Nothing of a page is run.
 */
final class HtmlListParser implements ListParser {
    /** Most bytes of a page that are looked at: 16 MiB. */
    static final int MAX_BYTES = 16 << 20;

    private static final Pattern QUOTED = Pattern.compile("\"((?:[0-9]{1,3}\\.){3}[0-9]{1,3}:[0-9]{1,6})\"");

    private final ParseOptions options;
    private final Intake intake;
    private final LineReader reader = new LineReader();
    private final ByteArrayOutputStream page = new ByteArrayOutputStream();
    private final Set<String> tabled = new HashSet<>();
    private long ordinal;
    private long entries;

    HtmlListParser(ParseOptions options, Intake intake) {
        this.options = options;
        this.intake = intake;
    }

    @Override
    public void feed(byte[] bytes, int offset, int length) {
        page.write(bytes, offset, Math.min(length, MAX_BYTES + 1 - Math.min(page.size(), MAX_BYTES + 1)));
    }

    @Override
    public void end() {
        if (page.size() == 0) {
            return;
        }
        if (page.size() > MAX_BYTES) {
            intake.reject(1, Rejection.TOO_LONG, "page of more than " + MAX_BYTES + " bytes", "");
            return;
        }
        Document document;
        try {
            document = Jsoup.parse(new ByteArrayInputStream(page.toByteArray()), null, "");
        } catch (IOException e) {
            intake.reject(1, Rejection.MARKUP, "unreadable page", "");
            return;
        }
        for (Element table : document.select("table")) {
            table(table);
        }
        for (Element area : document.select("textarea, pre")) {
            lines(area.wholeText());
        }
        if (entries == 0) {
            // Each text by itself: neighbouring blocks have nothing between them.
            for (TextNode text : document.body()
                    .selectStream("*")
                    .flatMap(element -> element.textNodes().stream())
                    .toList()) {
                lines(text.getWholeText());
            }
            for (Element script : document.select("script")) {
                quoted(script.data());
            }
        }
        if (entries == 0 && intake.reported() == 0) {
            String title = document.title();
            intake.reject(1, Rejection.ERROR_PAGE, "no list in the page", Sample.of(title));
        }
    }

    private void table(Element table) {
        Field[] columns = null;
        for (Element row : table.select("tr")) {
            Element owner = row.closest("table");
            if (!table.equals(owner)) {
                continue;
            }
            List<String> cells = new ArrayList<>();
            for (Element cell : row.children()) {
                cells.add(cell.text());
            }
            if (columns == null) {
                columns = CsvListParser.isHeader(cells) ? CsvListParser.columns(cells) : null;
                continue;
            }
            if (cells.size() < 2) {
                continue;
            }
            Fields fields = new Fields(reader);
            for (int i = 0; i < cells.size() && i < columns.length; i++) {
                fields.put(columns[i], cells.get(i));
            }
            List<Finding> findings = fields.read(++ordinal);
            if (findings.isEmpty()) {
                intake.reject(ordinal, Rejection.NOT_A_PROXY, "", Sample.of(row.text()));
            }
            for (Finding finding : findings) {
                tabled.add(finding.sample());
                take(finding);
            }
        }
    }

    /** A list as text. What a table of the page has already, and better, is a duplicate. */
    private void lines(String text) {
        text.lines().forEach(line -> {
            if (line.isBlank() || line.length() >= options.maxLineLength()) {
                return;
            }
            reader.read(++ordinal, line, finding -> {
                if (finding.isEntry() && tabled.contains(finding.sample())) {
                    intake.reject(finding.line(), Rejection.DUPLICATE, "", finding.sample());
                } else if (finding.isEntry() || !prose(finding)) {
                    take(finding);
                }
            });
        });
    }

    /** Text around a list is part of any page. */
    private static boolean prose(Finding finding) {
        Rejection refusal = finding.refusal();
        return refusal != null && (refusal.harmless() || refusal == Rejection.NOT_A_PROXY);
    }

    private void quoted(String script) {
        Matcher matcher = QUOTED.matcher(script);
        while (matcher.find()) {
            take(reader.endpoint(++ordinal, matcher.group(1)));
        }
    }

    private void take(Finding finding) {
        if (finding.isEntry()) {
            entries++;
        }
        intake.take(finding);
    }
}
