package dev.sluice.store.snapshot;

import java.io.IOException;

/** A file that is no snapshot of ours, or not a whole one. The message tells what was found and what was expected. */
final class RefusedSnapshotException extends IOException {
    private static final long serialVersionUID = 1;

    RefusedSnapshotException(String message) {
        super(message);
    }
}
