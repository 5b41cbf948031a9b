package dev.sluice.main;

import dev.sluice.config.ConfigException;
import dev.sluice.secret.EncryptionKeyException;
import dev.sluice.secret.PepperException;
import dev.sluice.store.StoreException;
import java.net.BindException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/** What the process says with its exit code. Fixed: scripts rely on it. */
final class ExitCode {
    static final int DONE = 0;
    static final int FAILED = 1;
    static final int USAGE = 2;
    static final int ADDRESS_IN_USE = 3;
    static final int DATABASE_UNREACHABLE = 4;
    static final int SCHEMA_NEWER = 5;
    static final int INTERRUPTED = 130;

    private ExitCode() {}

    /** The code for what ended a command. */
    static int of(Throwable failure) {
        Throwable cause = cause(failure);
        if (cause instanceof ConfigException
                || cause instanceof UsageException
                || cause instanceof PepperException
                || cause instanceof EncryptionKeyException) {
            return USAGE;
        }
        if (cause instanceof BindException) {
            return ADDRESS_IN_USE;
        }
        if (cause instanceof StoreException store) {
            return switch (store.kind()) {
                case UNAVAILABLE -> DATABASE_UNREACHABLE;
                case SCHEMA_NEWER -> SCHEMA_NEWER;
                case LOCKED, FULL, LEASE_LOST, FAILED -> FAILED;
            };
        }
        return FAILED;
    }

    /** What stands behind the wrappers of concurrent code. */
    static Throwable cause(Throwable failure) {
        Throwable cause = failure;
        while ((cause instanceof CompletionException || cause instanceof ExecutionException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }
}
