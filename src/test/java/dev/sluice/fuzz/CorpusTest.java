package dev.sluice.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
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
    private static final Path RESOURCES = Path.of("src/test/resources");
    private static final int LEAST = 15;

    @Test
    void everyFuzzTestHasACorpusAndEveryCorpusATest() throws IOException {
        Set<Path> wanted = new TreeSet<>();
        for (JavaClass type : new ClassFileImporter().importPackages("dev.sluice")) {
            for (JavaMethod method : type.getMethods()) {
                if (method.isAnnotatedWith(FuzzTest.class)) {
                    wanted.add(RESOURCES
                            .resolve(type.getName().replace('.', '/') + "Inputs")
                            .resolve(method.getName()));
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

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.exists(folder) ? Files.list(folder) : Stream.empty()) {
            return new ArrayList<>(files.toList());
        }
    }
}
