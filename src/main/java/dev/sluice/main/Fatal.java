package dev.sluice.main;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What nobody caught: it is logged; where the virtual machine itself is broken, the process ends, so that its supervisor starts another. */
final class Fatal {
    private static final Logger LOG = LoggerFactory.getLogger(Fatal.class);

    private Fatal() {}

    /** Watches every thread that has no handler of its own. */
    static void watch() {
        Thread.setDefaultUncaughtExceptionHandler((thread, failure) -> reported(failure));
    }

    /** Logs {@code failure}, and ends the process with code 1 where it is fatal. */
    static void reported(Throwable failure) {
        if (!isFatal(failure)) {
            LOG.atError().setCause(failure).log("unexpected failure");
            return;
        }
        try {
            LOG.atError().setCause(failure).log("fatal failure, the process ends");
        } finally {
            // No hooks: what they would run may need what is broken. The store survives it, as it survives kill -9.
            Runtime.getRuntime().halt(ExitCode.FAILED);
        }
    }

    /** Whether nothing can be relied on any more. A stack that ran over has been unwound. */
    static boolean isFatal(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof VirtualMachineError && !(cause instanceof StackOverflowError)) {
                return true;
            }
        }
        return false;
    }
}
