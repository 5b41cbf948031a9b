package dev.sluice.main;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.farm.FarmMix;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A process that ends without a chance to tidy up loses nothing that was written. */
class KillIT {
    private static final Logger LOG = LoggerFactory.getLogger(KillIT.class);
    private static final int ROUNDS = 3;

    @TempDir
    private Path folder = Path.of(".");

    @Test
    void aKilledServerServesItsLastWrittenStateAgain() throws Exception {
        int port = SluiceProcess.freePort();
        try (FarmFixture farm = new FarmFixture(3_000, 9, FarmMix.realistic())) {
            Set<String> expected = farm.servable();
            for (int round = 1; round <= ROUNDS; round++) {
                int enough = 100 * round;
                try (SluiceProcess server =
                        SluiceProcess.startBare(folder, Settings.living(port, farm.farm(), List.of()))) {
                    server.until(enough + " proxies", () -> served(port).size() >= enough);
                    server.kill();
                }
                assertThat(integrity()).isEqualTo("ok");
                long alive = alive();

                try (SluiceProcess again = SluiceProcess.startBare(folder, resting(port))) {
                    again.until(
                            "an answer",
                            () -> !SluiceProcess.get(port, "/get-proxy").isEmpty());
                    LOG.atWarn()
                            .addKeyValue("round", round)
                            .addKeyValue("alive", alive)
                            .addKeyValue("milliseconds", again.sinceStartNanos() / 1_000_000)
                            .log("serving again after kill -9");
                    assertThat(served(port)).hasSize((int) alive).isSubsetOf(expected);
                    again.kill();
                }
            }
        }
    }

    /** As after a start, with nothing that changes the pool. */
    private static String[] resting(int port) {
        List<String> words = new ArrayList<>(List.of("serve"));
        Settings.add(words, "server.port=" + port);
        Settings.add(words, "fetch.enabled=false");
        Settings.add(words, "schedule.enabled=false");
        return words.toArray(String[]::new);
    }

    private static Set<String> served(int port) {
        Set<String> urls =
                new HashSet<>(SluiceProcess.get(port, "/list?all=1").lines().toList());
        urls.remove("");
        return urls;
    }

    private String integrity() throws Exception {
        return single("pragma integrity_check");
    }

    private long alive() throws Exception {
        return Long.parseLong(single("select count(*) from proxy where alive = 1 and tampering = 0"));
    }

    private String single(String query) throws Exception {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("data/sluice.db"));
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            assertThat(rows.next()).isTrue();
            return rows.getString(1);
        }
    }
}
