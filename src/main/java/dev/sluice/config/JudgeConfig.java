package dev.sluice.config;

import dev.sluice.proxy.Secret;
import org.jspecify.annotations.Nullable;

/** Section {@code judge}. */
public record JudgeConfig(
        @Setting(
                doc =
                        "HOST:PORT of a listener for the judge alone, in plain HTTP; absent: /judge on the API's port only.")
        @Nullable
        String listen,

        @Setting(
                doc =
                        "HOST:PORT of the judge's TLS listener, to which checks tunnel; absent: none, and certificates are not checked.")
        @Nullable
        String tlsListen,

        @Setting(
                doc =
                        "Key that signs the judge's answers. Judges and checkers in different processes share it; absent: a random one for this process.")
        @Nullable
        Secret secret) {}
