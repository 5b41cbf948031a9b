package dev.sluice.geo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/**
 * What tells one version of a file from another.
 *
 * @param key number of the file in its file system; null where there is none
 */
record Stamp(long modifiedMillis, long bytes, @Nullable Object key) {
    /** Of a regular file, links followed; null when there is none. */
    static @Nullable Stamp of(Path file) {
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return attributes.isRegularFile()
                    ? new Stamp(attributes.lastModifiedTime().toMillis(), attributes.size(), attributes.fileKey())
                    : null;
        } catch (IOException e) {
            return null;
        }
    }
}
