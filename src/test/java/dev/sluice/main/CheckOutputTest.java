package dev.sluice.main;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckOutputTest {
    @TempDir
    private Path folder = Path.of(".");

    @Test
    void aFileTakesItsNameWhenItIsComplete() throws IOException {
        Path file = Files.writeString(folder.resolve("out.txt"), "before");
        try (CheckOutput output = CheckOutput.file(file)) {
            output.write("after".getBytes(StandardCharsets.UTF_8));
            assertThat(file).hasContent("before");
            output.keep();
        }

        assertThat(file).hasContent("after");
        assertThat(names()).containsExactly("out.txt");
    }

    @Test
    void whatIsNotKeptLeavesNothing() throws IOException {
        Path file = Files.writeString(folder.resolve("out.txt"), "before");
        try (CheckOutput output = CheckOutput.file(file)) {
            output.write("half".getBytes(StandardCharsets.UTF_8));
        }

        assertThat(file).hasContent("before");
        assertThat(names()).containsExactly("out.txt");
    }

    @Test
    void aLinkKeepsPointingToItsFile() throws IOException {
        Path file = Files.writeString(folder.resolve("real.txt"), "before");
        Path link = Files.createSymbolicLink(folder.resolve("link.txt"), file);
        try (CheckOutput output = CheckOutput.file(link)) {
            output.write("after".getBytes(StandardCharsets.UTF_8));
            output.keep();
        }

        assertThat(link).isSymbolicLink();
        assertThat(file).hasContent("after");
    }

    @Test
    void whatCannotBeWrittenIsRefusedBeforeAnythingIsDone() {
        assertThatThrownBy(() -> CheckOutput.file(folder))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining(folder + ": a directory");
        assertThatThrownBy(() -> CheckOutput.file(folder.resolve("nowhere/out.txt")))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("nowhere/out.txt: can't be written");
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> String.valueOf(file.getFileName())).toList();
        }
    }
}
