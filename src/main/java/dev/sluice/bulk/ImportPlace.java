package dev.sluice.bulk;

import java.nio.file.Path;

/**
 * Where imports keep their files, and how large a list may be.
 *
 * @param directory for uploads and reports; made when it is missing
 * @param node name of this node: jobs that need its files are done here
 * @param maxBytes most bytes of a list, as it comes and as it unpacks; at least 1
 */
public record ImportPlace(Path directory, String node, long maxBytes) {
    public ImportPlace {
        if (node.isEmpty() || node.length() > 200) {
            throw new IllegalArgumentException("node: " + node.length() + " characters (expected: 1..200)");
        }
        if (maxBytes < 1) {
            throw new IllegalArgumentException("maxBytes: " + maxBytes + " (expected: >= 1)");
        }
    }

    ImportFiles files() {
        return new ImportFiles(directory, node);
    }
}
