package dev.sluice.bench;

import dev.sluice.port.Settings;
import dev.sluice.port.Vault;
import dev.sluice.proxy.Credentials;
import dev.sluice.proxy.Secret;
import dev.sluice.secret.CredentialVault;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntFunction;

/**
 * What a password costs on its way into the database and out of it, on one thread, against a SHA-256 of the same text.
 * Argument: how many each, 300000 unless given.
 */
public final class VaultBenchmark {
    private static final int ROUNDS = 4;

    private VaultBenchmark() {}

    public static void main(String[] arguments) {
        int count = arguments.length == 0 ? 300_000 : Integer.parseInt(arguments[0]);
        CredentialVault vault = CredentialVault.given(Secret.of("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="), true);
        vault.ready(new InMemory()).await();
        Secret password = Secret.of("session-8841-country-de");
        Credentials credentials = new Credentials("customer-117", password);
        String digest = vault.digest(credentials);
        Vault.Binding row = new Vault.Binding("192.0.2.17", 8_000, "customer-117", digest);
        String sealed = vault.seal(password, row);
        for (int round = 1; round <= ROUNDS; round++) {
            double baseline = perSecond(count, i -> sha(password.reveal()).length);
            double sealing = perSecond(count, i -> vault.seal(password, row).length());
            double opening =
                    perSecond(count, i -> vault.open(sealed, row).reveal().length());
            double digesting = perSecond(count, i -> vault.digest(credentials).length());
            System.out.printf(
                    "round %d: sha-256 %,.0f/s; seal %,.0f/s (%.2f of it); open %,.0f/s (%.2f); digest %,.0f/s (%.2f)%n",
                    round,
                    baseline,
                    sealing,
                    sealing / baseline,
                    opening,
                    opening / baseline,
                    digesting,
                    digesting / baseline);
        }
    }

    private static double perSecond(int count, IntFunction<Integer> work) {
        long sum = 0;
        long start = System.nanoTime();
        for (int i = 0; i < count; i++) {
            sum += work.apply(i);
        }
        long nanos = System.nanoTime() - start;
        if (sum == 0) {
            throw new IllegalStateException("nothing was done");
        }
        return count * 1e9 / nanos;
    }

    private static byte[] sha(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static final class InMemory implements Settings {
        private final Map<String, String> values = new ConcurrentHashMap<>();

        @Override
        public Future<Map<String, String>> all() {
            return Future.succeededFuture(Map.copyOf(values));
        }

        @Override
        public Future<Void> put(String name, String value) {
            values.put(name, value);
            return Future.succeededFuture();
        }

        @Override
        public Future<String> putIfAbsent(String name, String value) {
            values.putIfAbsent(name, value);
            return Future.succeededFuture(values.get(name));
        }

        @Override
        public Future<Void> remove(String name) {
            values.remove(name);
            return Future.succeededFuture();
        }
    }
}
