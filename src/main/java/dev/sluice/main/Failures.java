package dev.sluice.main;

import dev.sluice.config.ConfigException;
import dev.sluice.port.EncryptionRefusedException;
import dev.sluice.secret.EncryptionKeyException;
import dev.sluice.secret.PepperException;
import dev.sluice.store.StoreException;
import java.net.BindException;

/** What a person reads when a command fails: one line that names the thing; a stack trace only for bugs. */
final class Failures {
    private Failures() {}

    /** Text for standard error, without a final newline. */
    static String describe(Throwable failure) {
        Throwable cause = ExitCode.cause(failure);
        String message = cause.getMessage() == null ? cause.toString() : cause.getMessage();
        if (cause instanceof ConfigException
                || cause instanceof StoreException
                || cause instanceof UsageException
                || cause instanceof PepperException
                || cause instanceof EncryptionKeyException
                || cause instanceof EncryptionRefusedException
                || cause instanceof BindException
                || cause instanceof java.io.IOException) {
            return "sluice: " + message;
        }
        StringBuilder text = new StringBuilder("sluice: this should not have happened: ").append(cause);
        for (StackTraceElement frame : cause.getStackTrace()) {
            text.append("\n    at ").append(frame);
        }
        return text.toString();
    }
}
