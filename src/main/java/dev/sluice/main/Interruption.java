package dev.sluice.main;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sun.misc.Signal;

/**
 * Whether a command was told to end early: by SIGINT (Ctrl-C), SIGTERM or SIGHUP, where there are such signals. The
 * command then ends in order; the process ends without waiting for that when it is told twice, or after ten seconds, as
 * when nobody reads a full pipe. Thread-safe.
 */
final class Interruption {
    private static final Logger LOG = LoggerFactory.getLogger(Interruption.class);
    private static final List<String> SIGNALS = List.of("INT", "TERM", "HUP");
    private static final long PATIENCE_SECONDS = 10;

    /** What shells add to a signal's number. */
    private static final int SIGNALLED = 128;

    private final CompletableFuture<Integer> asked = new CompletableFuture<>();

    /** From now on the signals are listened to. */
    static Interruption listen() {
        Interruption interruption = new Interruption();
        for (String name : SIGNALS) {
            try {
                Signal.handle(new Signal(name), signal -> interruption.received(signal.getNumber()));
            } catch (IllegalArgumentException e) {
                LOG.atDebug().setCause(e).log("no such signal here");
            }
        }
        return interruption;
    }

    private void received(int number) {
        if (!ask(number)) {
            Runtime.getRuntime().halt(SIGNALLED + number);
        }
        Thread patience = new Thread(
                () -> {
                    try {
                        TimeUnit.SECONDS.sleep(PATIENCE_SECONDS);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    Runtime.getRuntime().halt(SIGNALLED + number);
                },
                "sluice-patience");
        patience.setDaemon(true);
        patience.start();
    }

    /** Tells the command to end as if signal {@code number} had come; false when it was told before. */
    boolean ask(int number) {
        return asked.complete(number);
    }

    boolean isAsked() {
        return asked.isDone();
    }

    /** What a shell reports of a process that a signal ended: {@link ExitCode#INTERRUPTED} for Ctrl-C. */
    int exitCode() {
        return SIGNALLED + asked.getNow(2);
    }

    /** Waits for {@code work}; false when the command is told to end before. Throws what the work failed with. */
    boolean await(CompletableFuture<?> work) throws Exception {
        try {
            CompletableFuture.anyOf(work, asked).get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Exception cause) {
                throw cause;
            }
            throw e;
        }
        return work.isDone();
    }
}
