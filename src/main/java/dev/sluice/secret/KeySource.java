package dev.sluice.secret;

import java.util.List;

/** Where encryption keys come from. Its methods block, and throw {@link EncryptionKeyException}. */
interface KeySource {
    /** What it is: environment, file or secret-file. */
    String kind();

    /** Name in messages. */
    String name();

    /** Whether {@link #write} does anything. */
    boolean managed();

    /** The keys, the primary one first; empty while there are none. */
    List<EncryptionKey> read();

    /** The keys, made now if there are none. */
    List<EncryptionKey> readOrMake();

    /** Replaces the keys; refused unless they are {@code before} still. */
    void write(List<EncryptionKey> before, List<EncryptionKey> keys);
}
