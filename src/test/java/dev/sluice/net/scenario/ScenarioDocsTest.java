package dev.sluice.net.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The document counts what there is. */
class ScenarioDocsTest {
    private static final Path DOCUMENT = Path.of("docs/scenarios.md");
    private static final Pattern ROW = Pattern.compile(
            "^\\| (?:`([a-z0-9-]+\\.txt)`|(together)) \\|.*\\| ([0-9,]+) \\| ([0-9,]+) \\|$", Pattern.MULTILINE);

    @Test
    void theTableHasEveryFileWithItsCounts() throws IOException {
        Map<String, List<Integer>> counts = new LinkedHashMap<>();
        int written = 0;
        int made = 0;
        for (Scenario scenario : ScriptFiles.scenarios()) {
            int variations = scenario.withVariations().size() - 1;
            counts.merge(
                    scenario.file(),
                    List.of(1, variations),
                    (one, other) -> List.of(one.get(0) + other.get(0), one.get(1) + other.get(1)));
            written++;
            made += variations;
        }
        counts.put("together", List.of(written, made));
        Map<String, List<Integer>> rows = new LinkedHashMap<>();
        for (MatchResult row : ROW.matcher(Files.readString(DOCUMENT)).results().toList()) {
            String file = row.group(1) == null ? row.group(2) : row.group(1);
            rows.put(file, List.of(number(row.group(3)), number(row.group(4))));
        }

        assertThat(rows).isEqualTo(counts);
        assertThat(new ArrayList<>(rows.keySet())).isEqualTo(new ArrayList<>(counts.keySet()));
    }

    private static int number(String text) {
        return Integer.parseInt(text.replace(",", ""));
    }
}
