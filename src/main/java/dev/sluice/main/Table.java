package dev.sluice.main;

import java.io.PrintWriter;
import java.util.Arrays;
import java.util.List;

/** Cells in columns, for people. */
final class Table {
    private Table() {}

    /** Prints {@code rows} under {@code head}; the last column may be as wide as it is. */
    static void print(PrintWriter out, String[] head, List<String[]> rows) {
        int[] widths = Arrays.stream(head).mapToInt(String::length).toArray();
        for (String[] row : rows) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row[i].length());
            }
        }
        out.println(line(head, widths));
        rows.forEach(row -> out.println(line(row, widths)));
        out.flush();
    }

    private static String line(String[] cells, int[] widths) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < cells.length - 1; i++) {
            line.append(cells[i]).append(" ".repeat(widths[i] - cells[i].length() + 2));
        }
        return line.append(cells[cells.length - 1]).toString();
    }
}
