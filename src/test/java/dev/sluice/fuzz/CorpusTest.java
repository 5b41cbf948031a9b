package dev.sluice.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.File;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A fuzz test without a corpus tests nothing in a normal run, and a corpus in the wrong place is not played. */
class CorpusTest {
    private static final Path SOURCES = Path.of("src/test/java");
    private static final Path RESOURCES = Path.of("src/test/resources");
    private static final int LEAST = 15;

    @Test
    void everyFuzzTestHasACorpusAndEveryCorpusATest() throws IOException, ClassNotFoundException {
        Set<Path> wanted = new TreeSet<>();
        for (Path source : sources()) {
            String name = source.toString();
            name = name.substring(0, name.length() - ".java".length());
            for (Method method :
                    Class.forName(name.replace(File.separatorChar, '.')).getDeclaredMethods()) {
                if (method.isAnnotationPresent(FuzzTest.class)) {
                    wanted.add(RESOURCES.resolve(name + "Inputs").resolve(method.getName()));
                }
            }
        }

        assertThat(wanted)
                .isNotEmpty()
                .allSatisfy(folder -> assertThat(files(folder))
                        .as("%s (expected: %d inputs or more)", folder, LEAST)
                        .hasSizeGreaterThanOrEqualTo(LEAST));
        try (Stream<Path> all = Files.walk(RESOURCES)) {
            assertThat(all.filter(folder -> String.valueOf(folder.getParent()).endsWith("Inputs")))
                    .containsExactlyInAnyOrderElementsOf(wanted);
        }
    }

    private static List<Path> sources() throws IOException {
        try (Stream<Path> all = Files.walk(SOURCES)) {
            return all.filter(file -> file.toString().endsWith("FuzzTest.java"))
                    .map(SOURCES::relativize)
                    .toList();
        }
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.exists(folder) ? Files.list(folder) : Stream.empty()) {
            return new ArrayList<>(files.toList());
        }
    }
}
