package dev.sluice.main;

import dev.sluice.port.Timetable;
import dev.sluice.secret.CredentialVault;
import dev.sluice.store.PlainPasswords;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a server does about encryption again and again. */
final class EncryptionSchedule {
    private static final Logger LOG = LoggerFactory.getLogger(EncryptionSchedule.class);
    private static final Duration READ_EVERY = Duration.ofSeconds(5);
    private static final Duration SEAL_EVERY = Duration.ofMinutes(10);
    private static final Duration LONGEST = Duration.ofHours(2);

    private EncryptionSchedule() {}

    /** Reads keys again, so that a key that was added is known before it is used, and encrypts what is in the clear. */
    static void enter(Timetable timetable, CredentialVault vault, PlainPasswords plain) {
        String keep = "encryption keys cannot be read again; the known ones stay in force";
        String clear = "passwords of proxies that are stored in the clear cannot be encrypted now";
        AtomicBoolean unread = new AtomicBoolean();
        AtomicBoolean unsealed = new AtomicBoolean();
        timetable.enter(
                Timetable.Plan.every(READ_EVERY, "encryption-keys", "reads the encryption keys again")
                        .after(READ_EVERY),
                start -> run(vault::refresh, unread, keep));
        timetable.enter(
                Timetable.Plan.every(SEAL_EVERY, "plain-passwords", "encrypts passwords that are stored in the clear")
                        .after(SEAL_EVERY)
                        .taking(LONGEST),
                start -> run(plain::seal, unsealed, clear));
    }

    /** Tells of the first failure in a row; the schedule shows them all. */
    private static Future<Duration> run(Supplier<Future<?>> work, AtomicBoolean failing, String message) {
        return work.get()
                .<Duration>map(done -> Duration.ZERO)
                .onSuccess(done -> failing.set(false))
                .onFailure(failure -> {
                    if (!failing.getAndSet(true)) {
                        LOG.atError().addKeyValue("error", failure.getMessage()).log(message);
                    }
                });
    }
}
