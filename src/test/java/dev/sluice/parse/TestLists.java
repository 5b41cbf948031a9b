package dev.sluice.parse;

import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Path;

/** The folder of real lists, which are not part of the repository. */
final class TestLists {
    static final String VARIABLE = "SLUICE_TEST_DATA";

    private TestLists() {}

    static Path folder() {
        String value = System.getenv(VARIABLE);
        assumeThat(value)
                .as("%s (expected: the folder of real lists; not set, so this test is skipped)", VARIABLE)
                .isNotBlank();
        return Path.of(value);
    }
}
