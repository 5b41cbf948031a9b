package dev.sluice.main;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.farm.FarmMix;
import dev.sluice.store.EmbeddedDatabase;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The whole main job, by the assembled jar: a list is fetched, checked and served as it really is. */
class LivingPoolIT {
    private static final Logger LOG = LoggerFactory.getLogger(LivingPoolIT.class);
    private static final long SEED = 20_261_121;
    private static final Pattern NEVER_CHECKED = Pattern.compile("\"never_checked\"\\s*:\\s*([0-9]+)");
    private static final Pattern TOTAL = Pattern.compile("\"total\"\\s*:\\s*([0-9]+)");

    @TempDir
    private Path folder = Path.of(".");

    @Test
    void whatIsServedAgreesWithTheTruth() throws Exception {
        servesTheTruth(20_000, List.of());
    }

    @Test
    void onPostgresItIsTheSame() throws Exception {
        String database = EmbeddedDatabase.create();
        try {
            servesTheTruth(2_000, List.of("store.url=" + database));
        } finally {
            EmbeddedDatabase.drop(database);
        }
    }

    private void servesTheTruth(int entries, List<String> settings) throws Exception {
        int port = SluiceProcess.freePort();
        try (FarmFixture farm = new FarmFixture(entries, SEED, FarmMix.realistic());
                SluiceProcess server = SluiceProcess.start(folder, Settings.living(port, farm.farm(), settings))) {
            Set<String> expected = farm.servable();

            server.until("every entry to be checked", () -> {
                String stat = SluiceProcess.get(port, "/stat");
                return number(TOTAL, stat) >= entries && number(NEVER_CHECKED, stat) == 0;
            });
            server.reached(() -> served(port).equals(expected));

            Set<String> served = served(port);
            Set<String> missing = minus(expected, served);
            Set<String> wrong = minus(served, expected);
            LOG.atWarn()
                    .addKeyValue("entries", entries)
                    .addKeyValue("working", expected.size())
                    .addKeyValue("served", served.size())
                    .addKeyValue("wrongly_served", wrong.size())
                    .addKeyValue("missing", missing.size())
                    .addKeyValue("seconds", server.sinceStartNanos() / 1_000_000_000)
                    .log("served against truth");
            assertThat(wrong).as("dead or lying, yet served").isEmpty();
            assertThat(missing).as("working, yet not served").isEmpty();
            assertThat(server.terminate()).isIn(0, 143);
        }
    }

    private static Set<String> served(int port) {
        Set<String> urls =
                new TreeSet<>(SluiceProcess.get(port, "/list?all=1").lines().toList());
        urls.remove("");
        return urls;
    }

    private static Set<String> minus(Set<String> all, Set<String> without) {
        Set<String> rest = new TreeSet<>(all);
        rest.removeAll(without);
        return rest;
    }

    private static long number(Pattern pattern, String json) {
        Matcher matcher = pattern.matcher(json);
        return matcher.find() ? Long.parseLong(matcher.group(1)) : -1;
    }
}
