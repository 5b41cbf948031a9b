package dev.sluice.secret;

import dev.sluice.proxy.Secret;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Optional;
import java.util.function.Supplier;

/** Where the pepper comes from: the configuration, or a file. Thread-safe; nothing blocks the caller. */
public final class Peppers {
    /** Fewest bytes of a configured pepper. */
    static final int MIN_BYTES = 32;

    private final Supplier<Future<Optional<Pepper>>> read;
    private final Supplier<Future<Pepper>> needed;

    Peppers(Supplier<Future<Optional<Pepper>>> read, Supplier<Future<Pepper>> needed) {
        this.read = read;
        this.needed = needed;
    }

    /**
     * One that the configuration gives.
     *
     * @throws PepperException when it is shorter than {@value #MIN_BYTES} bytes
     */
    public static Peppers configured(Secret pepper) {
        byte[] bytes = pepper.reveal().getBytes(StandardCharsets.UTF_8);
        if (bytes.length < MIN_BYTES) {
            throw new PepperException(
                    "security.pepper: " + bytes.length + " bytes (expected: " + MIN_BYTES + " or more)");
        }
        Pepper known = new Pepper(bytes);
        return new Peppers(() -> Future.succeededFuture(Optional.of(known)), () -> Future.succeededFuture(known));
    }

    /** The file {@code sluice.pepper} in {@code directory}; both are made on first need. */
    public static Peppers file(Vertx vertx, Path directory) {
        PepperFile file = new PepperFile(directory.resolve(PepperFile.NAME), new SecureRandom());
        return new Peppers(
                () -> vertx.executeBlocking(file::read, false), () -> vertx.executeBlocking(file::readOrMake, false));
    }

    /** The pepper, if there is one yet. Fails with {@link PepperException}. */
    Future<Optional<Pepper>> read() {
        return read.get();
    }

    /** The pepper, made now if there is none yet. Fails with {@link PepperException}. */
    Future<Pepper> needed() {
        return needed.get();
    }
}
