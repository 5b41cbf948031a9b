package dev.sluice.net.scenario;

/** A script that can't be read. The message begins with file and line. */
final class ScriptException extends RuntimeException {
    private static final long serialVersionUID = 1;

    ScriptException(String file, int line, String message) {
        super(file + ":" + line + ": " + message);
    }
}
