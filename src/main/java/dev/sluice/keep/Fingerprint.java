package dev.sluice.keep;

import dev.sluice.port.Locator;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** What tells one set of databases from another. */
final class Fingerprint {
    private static final int LENGTH = 32;

    private Fingerprint() {}

    /** Of databases in the order in which they are asked; {@value #LENGTH} hexadecimal digits. */
    static String of(List<Locator.Database> databases) {
        StringBuilder text = new StringBuilder();
        for (Locator.Database database : databases) {
            text.append(database.name())
                    .append('\n')
                    .append(database.type())
                    .append('\n')
                    .append(database.builtAtMillis())
                    .append('\n');
        }
        try {
            byte[] hash =
                    MessageDigest.getInstance("SHA-256").digest(text.toString().getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash).substring(0, LENGTH);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-256 is part of every Java platform", e);
        }
    }
}
