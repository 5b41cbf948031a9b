package dev.sluice.parse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Reads every real list and prints what came of it as a Markdown table: the one in {@code docs/sources.md}. */
final class SourceTable {
    /** What came of one file. */
    record Row(String group, String name, ListFormat format, Collected collected) {}

    private SourceTable() {}

    /** @param args the folder that holds {@code lists} and {@code source-api-samples} */
    public static void main(String[] args) throws IOException {
        System.out.print(markdown(read(Path.of(args[0]))));
    }

    static List<Row> read(Path folder) throws IOException {
        List<Row> rows = new ArrayList<>();
        for (String top : List.of("lists", "source-api-samples")) {
            List<Path> files;
            try (Stream<Path> walk = Files.walk(folder.resolve(top))) {
                files = walk.filter(Files::isRegularFile).sorted().toList();
            }
            for (Path file : files) {
                Path relative = folder.resolve(top).relativize(file);
                boolean list = relative.getNameCount() > 1;
                String group = list ? relative.getName(0).toString().replace("__", "/") : relative.toString();
                ListFormat format = format(file.getFileName().toString());
                rows.add(new Row(
                        group, relative.toString(), format, Collected.of(format, Files.readAllBytes(file), 8_192)));
            }
        }
        return rows;
    }

    static ListFormat format(String name) {
        return switch (name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT)) {
            case "json" -> ListFormat.JSON;
            case "csv" -> ListFormat.CSV;
            case "html" -> ListFormat.HTML_TABLE;
            default -> ListFormat.TEXT;
        };
    }

    /** Whether a file of this name is a list at all, and no licence or note. */
    static boolean isList(String name) {
        return !name.contains("LICENSE")
                && !name.endsWith(".md")
                && !name.endsWith("MD5SUM")
                && !name.endsWith("UPDATED")
                && !name.endsWith(".tsv")
                && !name.endsWith("summary.json")
                && !name.endsWith("meta/data.json")
                && !name.endsWith("last-status-update.txt");
    }

    static String markdown(List<Row> rows) {
        Map<String, List<Row>> groups = new TreeMap<>();
        for (Row row : rows) {
            if (isList(row.name())) {
                String key = row.group() + " | "
                        + row.format().name().toLowerCase(Locale.ROOT).replace('_', '-');
                groups.computeIfAbsent(key, k -> new ArrayList<>()).add(row);
            }
        }
        StringBuilder text = new StringBuilder("| list | format | files | accepted | duplicates | rejected |\n");
        text.append("|---|---|--:|--:|--:|---|\n");
        groups.forEach((key, group) -> {
            int accepted = 0;
            int duplicates = 0;
            Map<Rejection, Integer> reasons = new EnumMap<>(Rejection.class);
            for (Row row : group) {
                accepted += row.collected().accepted.size();
                duplicates += row.collected().count(Rejection.DUPLICATE);
                row.collected().counts.forEach((reason, count) -> {
                    if (!reason.harmless() && reason != Rejection.DUPLICATE) {
                        reasons.merge(reason, count, Integer::sum);
                    }
                });
            }
            StringJoiner rejected = new StringJoiner(", ");
            reasons.forEach((reason, count) -> rejected.add(reason.text() + ' ' + count));
            text.append("| ")
                    .append(key)
                    .append(" | ")
                    .append(group.size())
                    .append(" | ")
                    .append(accepted)
                    .append(" | ")
                    .append(duplicates)
                    .append(" | ")
                    .append(rejected)
                    .append(" |\n");
        });
        return text.toString();
    }
}
