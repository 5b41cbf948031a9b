package dev.sluice.config;

import java.util.Objects;

/**
 * One thing that is wrong with a configuration.
 *
 * @param origin where it stands: {@code file:line}, the name of an environment variable, {@code --set}, or empty
 * @param path dotted key, for example {@code check.connect-timeout}; empty when the whole input is meant
 * @param value what was found, as it is shown to people: quoted, shortened, secrets hidden
 * @param expected what would have been right
 */
public record Problem(String origin, String path, String value, String expected) {
    public Problem {
        Objects.requireNonNull(origin, "origin");
        Objects.requireNonNull(path, "path");
        Objects.requireNonNull(value, "value");
        Objects.requireNonNull(expected, "expected");
    }

    /** One line: {@code conf/sluice.yaml:12  check.connect-timeout: "fife" (expected: a duration such as 5s)}. */
    @Override
    public String toString() {
        return (origin.isEmpty() ? "" : origin + "  ")
                + (path.isEmpty() ? "" : path + ": ")
                + value
                + (expected.isEmpty() ? "" : " (expected: " + expected + ")");
    }
}
