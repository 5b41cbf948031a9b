package dev.sluice.main;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.util.ContextInitializer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.config.ConfigLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is written where. Alone: logging is one for the whole process. */
@Isolated
final class LogsTest {
    private static final Logger LOG = LoggerFactory.getLogger(LogsTest.class);

    @TempDir
    Path folder;

    @AfterEach
    void back() throws Exception {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        context.reset();
        new ContextInitializer(context).autoConfig();
    }

    private Path configure(String... settings) {
        Path file = folder.resolve("log/sluice.log");
        String[] all = Stream.concat(Stream.of("log.level=info", "log.file=" + file), Stream.of(settings))
                .toArray(String[]::new);
        Logs.configure(ConfigLoader.defaults(all).log());
        return file;
    }

    @Test
    void aLineOfJsonHoldsMessageLevelAndFacts() throws Exception {
        Path file = configure("log.format=json");
        LOG.atWarn().addKeyValue("source", "alpha").addKeyValue("entries", 7).log("a \"quoted\" line\nof two");

        List<String> lines = Files.readAllLines(file);
        assertThat(lines).hasSize(1);
        JsonNode line = new ObjectMapper().readTree(lines.get(0));
        assertThat(line.path("level").asText()).isEqualTo("WARN");
        assertThat(line.path("message").asText()).isEqualTo("a \"quoted\" line\nof two");
        assertThat(line.path("kvpList").toString()).contains("source", "alpha", "entries", "7");
    }

    @Test
    void aFileThatIsFullIsPutAwayAndOldOnesAreBounded() throws Exception {
        Path file = configure("log.file-size=10KiB", "log.files-size=1MiB");
        for (int i = 0; i < 2_000; i++) {
            LOG.atInfo().addKeyValue("number", i).log("a line of some length, to fill the file that is written to");
        }
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        context.stop();

        assertThat(Files.size(file)).isPositive();
        try (Stream<Path> files = Files.list(file.getParent())) {
            assertThat(files.filter(path -> path.toString().endsWith(".gz"))).isNotEmpty();
        }
    }

    @Test
    void aFileThatCannotBeWrittenIsNamed() throws Exception {
        Path taken = Files.writeString(folder.resolve("taken"), "");
        assertThatThrownBy(() -> Logs.configure(ConfigLoader.defaults("log.file=" + taken.resolve("x.log"))
                        .log()))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("log.file: " + taken.resolve("x.log"));
    }
}
