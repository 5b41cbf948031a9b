package dev.sluice.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Verdicts of {@code sluice check --all --format ndjson} compared with the farm's truth file, identity by identity. */
final class Verdicts {
    private static final ObjectMapper JSON = new ObjectMapper();

    private int identities;
    private int working;
    private int falselyAlive;
    private int missed;
    private int anonymityWrong;
    private int exitWrong;
    private int tampering;
    private int tamperingMissed;
    private final List<String> examples = new ArrayList<>();

    private Verdicts() {}

    static Verdicts compare(Path truth, Path checked) throws IOException {
        Verdicts verdicts = new Verdicts();
        Map<String, JsonNode> alive = new HashMap<>();
        Set<String> caught = new HashSet<>();
        try (BufferedReader lines = Files.newBufferedReader(checked)) {
            for (String text = lines.readLine(); text != null; text = lines.readLine()) {
                JsonNode line = JSON.readTree(text);
                String port =
                        line.path("host").asText() + ' ' + line.path("port").asInt();
                if (line.path("alive").asBoolean()) {
                    alive.put(line.path("protocol").asText() + ' ' + port, line);
                } else if (line.path("reason").asText().equals("tampered")) {
                    caught.add(port);
                }
            }
        }
        try (BufferedReader lines = Files.newBufferedReader(truth)) {
            for (String text = lines.readLine(); text != null; text = lines.readLine()) {
                verdicts.add(JSON.readTree(text), alive, caught);
            }
        }
        for (JsonNode line : alive.values()) {
            verdicts.falselyAlive++;
            verdicts.example("falsely alive", line);
        }
        return verdicts;
    }

    private void add(JsonNode truth, Map<String, JsonNode> alive, Set<String> caught) {
        String port = truth.path("host").asText() + ' ' + truth.path("port").asInt();
        String key = truth.path("scheme").asText() + ' ' + port;
        identities++;
        boolean works = truth.path("servable").asBoolean();
        boolean tampers = !truth.path("tampering").asText("none").equals("none");
        if (tampers) {
            tampering++;
            if (!caught.contains(port)) {
                tamperingMissed++;
                example("tampering missed", truth);
            }
        }
        if (!works) {
            JsonNode wrong = alive.remove(key);
            if (wrong != null) {
                falselyAlive++;
                example("falsely alive", truth);
            }
            return;
        }
        working++;
        JsonNode found = alive.remove(key);
        if (found == null) {
            missed++;
            return;
        }
        if (!found.path("anonymity").asText().equals(truth.path("anonymity").asText())) {
            anonymityWrong++;
            example("anonymity", found);
        }
        if (!truth.path("rotating").asBoolean()
                && !found.path("exit_address")
                        .asText()
                        .equals(truth.path("exit_address").asText())) {
            exitWrong++;
            example("exit address", found);
        }
    }

    private void example(String what, JsonNode line) {
        if (examples.size() < 10) {
            examples.add(what + ": " + line);
        }
    }

    double missedPercent() {
        return working == 0 ? 0 : 100.0 * missed / working;
    }

    int working() {
        return working;
    }

    List<String> examples() {
        return examples;
    }

    static String head() {
        return "identities | working | falsely alive | missed | protocol or anonymity wrong | exit wrong | tampering missed";
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%,d | %,d | %d | %d (%.2f %%) | %d | %d | %d of %d",
                identities,
                working,
                falselyAlive,
                missed,
                missedPercent(),
                anonymityWrong,
                exitWrong,
                tamperingMissed,
                tampering);
    }
}
