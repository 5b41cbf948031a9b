package dev.sluice.main;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What stands behind the standard streams. */
enum Descriptor {
    INPUT(0),
    OUTPUT(1),
    ERROR(2);

    private final int number;

    Descriptor(int number) {
        this.number = number;
    }

    /** Whether it is a terminal. Where the system does not tell, whether input and output both are. */
    boolean isTerminal() {
        String target = target();
        return target.isEmpty()
                ? System.console() != null
                : target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
    }

    /** Whether it is known to be a pipe: whoever reads it may leave at any time. */
    boolean isPipe() {
        return target().startsWith("pipe:");
    }

    /** What Linux says it is; empty elsewhere. */
    private String target() {
        try {
            return Files.readSymbolicLink(Path.of("/proc/self/fd", Integer.toString(number)))
                    .toString();
        } catch (IOException | UnsupportedOperationException e) {
            return "";
        }
    }
}
