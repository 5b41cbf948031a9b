package dev.sluice.config;

import dev.sluice.proxy.Secret;
import org.jspecify.annotations.Nullable;

/** Section {@code security}. */
public record SecurityConfig(
        @Setting(
                doc =
                        "Key with every right. Usually given as SLUICE_ADMIN_KEY. Without any key only loopback is served.",
                live = true)
        @Nullable
        Secret adminKey,

        @Setting(
                doc =
                        "Keys the hashes of API keys. The same on every instance that shares a database. Absent: a file beside"
                                + " the database, made on first need.")
        @Nullable
        Secret pepper,

        @Setting(
                doc = "Requests a second that each key may send, unless it was given a limit of its own; 0: no limit.",
                value = "0",
                min = 0,
                max = 1_000_000,
                live = true)
        int requestsPerKey,

        @Setting(
                doc = "Requests a second from one address, an IPv6 one by its /64; 0: no limit.",
                value = "0",
                min = 0,
                max = 1_000_000,
                live = true)
        int requestsPerAddress,

        @Setting(
                doc = "Wrong keys a minute from one network (/24, IPv6 /64), before it has to wait.",
                value = "10",
                min = 1,
                max = 100_000,
                live = true)
        int failedKeysPerMinute,

        @Setting(doc = "Encryption of stored passwords of proxies.")
        EncryptionConfig encryption) {}
