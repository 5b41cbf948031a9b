package dev.sluice.bulk;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What this node is called, so that jobs which need its files find it again after a restart. */
public final class NodeName {
    private static final int LONGEST = 200;

    private NodeName() {}

    /**
     * The name that was configured, or else one drawn once and kept in the file {@code node} of {@code directory}. Blocks.
     *
     * @param directory made when it is missing
     * @param configured 1..200 characters; null for none
     * @throws IOException naming the file when it can't be read or written, or holds no name
     */
    public static String of(Path directory, @Nullable String configured) throws IOException {
        if (configured != null) {
            return named(configured, "queue.node");
        }
        Path file = directory.resolve("node");
        if (!Files.exists(file)) {
            Files.createDirectories(directory);
            Path part = directory.resolve("node.part");
            Files.writeString(part, UUID.randomUUID() + "\n");
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
        }
        return named(Files.readString(file, StandardCharsets.UTF_8).strip(), file.toString());
    }

    private static String named(String name, String where) throws IOException {
        if (name.isEmpty() || name.length() > LONGEST) {
            throw new IOException(where + ": " + name.length() + " characters (expected: 1.." + LONGEST + ")");
        }
        return name;
    }
}
