package dev.sluice.farm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.net.farm.FarmPorts;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.Tampering;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The table of docs/farm.md says of every kind what the farm's truth says. */
class FarmDocsTest {
    private static final String HEAD = "| kind | what it does | alive | reasons | anonymity | tampering |";

    @Test
    void everyKindStandsInTheTableWithItsVerdict() throws Exception {
        List<String> lines = Files.readAllLines(Path.of("docs/farm.md"));
        int head = lines.indexOf(HEAD);
        assertThat(head).isPositive();
        List<String> verdicts = new ArrayList<>();
        for (String row : lines.subList(head + 2, lines.size())) {
            String[] cells = row.split("\\|", -1);
            assertThat(cells).as(row).hasSize(8);
            assertThat(cells[2]).as(row).isNotBlank();
            cells[2] = " … ";
            verdicts.add(String.join("|", cells));
        }

        assertThat(verdicts)
                .containsExactlyElementsOf(List.of(FarmKind.values()).stream()
                        .map(FarmDocsTest::row)
                        .toList());
    }

    private static String row(FarmKind kind) {
        FarmProxy proxy = FarmPlan.create(FarmMix.only(kind), 1, 1, FarmPorts.FREE)
                .proxies()
                .get(0);
        Set<Scheme> schemes = kind.speaks().isEmpty() ? kind.claims() : Set.copyOf(kind.speaks());
        Set<FailureReason> reasons = new TreeSet<>();
        schemes.forEach(scheme -> reasons.addAll(proxy.reasons(scheme)));
        String anonymity = kind.speaks().isEmpty() || !proxy.alive()
                ? "–"
                : proxy.anonymity(kind.speaks().get(0)).text();
        return "| `" + kind.text() + "` | … | " + (proxy.alive() ? "yes" : "no") + " | "
                + (reasons.isEmpty()
                        ? "–"
                        : reasons.stream().map(FailureReason::text).collect(Collectors.joining(", ")))
                + " | " + anonymity + " | "
                + (proxy.tampering() == Tampering.NONE ? "–" : proxy.tampering().text()) + " |";
    }
}
