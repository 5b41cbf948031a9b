package dev.sluice.config;

import dev.sluice.proxy.Secret;
import org.jspecify.annotations.Nullable;

/** Section {@code security}. */
public record SecurityConfig(
        @Setting(
                doc =
                        "Key with every right. Usually given as SLUICE_ADMIN_KEY. Without any key only loopback is served.")
        @Nullable
        Secret adminKey) {}
