package dev.sluice.net.scenario;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** The scripts of the repository. */
final class ScriptFiles {
    private static final String EXTENSION = ".txt";

    private ScriptFiles() {}

    /** All scenarios, by file and line. */
    static List<Scenario> scenarios() {
        List<Scenario> all = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder())) {
            for (Path file : files.filter(path -> path.toString().endsWith(EXTENSION))
                    .sorted()
                    .toList()) {
                String name = Objects.requireNonNull(file.getFileName()).toString();
                all.addAll(Script.read(name, Files.readString(file, StandardCharsets.US_ASCII)));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return all;
    }

    private static Path folder() {
        URL folder = Objects.requireNonNull(ScriptFiles.class.getResource("/scenarios"), "/scenarios");
        try {
            return Path.of(folder.toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(folder.toString(), e);
        }
    }
}
