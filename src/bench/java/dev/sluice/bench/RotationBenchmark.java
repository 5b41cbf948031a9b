package dev.sluice.bench;

import dev.sluice.config.ConfigLoader;
import dev.sluice.config.StoreConfig;
import dev.sluice.message.Candidate;
import dev.sluice.message.CandidatesFound;
import dev.sluice.port.Merge;
import dev.sluice.proxy.Capability;
import dev.sluice.proxy.Credentials;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.Secret;
import dev.sluice.proxy.StoredProxy;
import dev.sluice.secret.CredentialVault;
import dev.sluice.secret.Reencryption;
import dev.sluice.store.HealthChange;
import dev.sluice.store.ProxyStore;
import dev.sluice.store.Stores;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Changes the key of N stored passwords while readers page and load and a writer writes health: every password read must be
 * the right one. Before that, on SQLite, a process that re-encrypts is killed in the middle, and the rest is done from what
 * it left. Arguments: how many (100000 unless given), and the URL of a store (a SQLite file in a new directory unless given;
 * a database that is empty).
 */
public final class RotationBenchmark {
    private static final String FIRST = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
    private static final String SECOND = "ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=";
    private static final long NOW = 1_800_000_000_000L;
    private static final int BATCH = 5_000;
    private static final String LAST_PAGE = "page 7";
    private static final String CHILD = "--re-encrypt-and-be-killed";

    private RotationBenchmark() {}

    public static void main(String[] arguments) throws Exception {
        if (arguments.length > 0 && arguments[0].equals(CHILD)) {
            beKilled(arguments[1]);
            return;
        }
        int count = arguments.length == 0 ? 100_000 : Integer.parseInt(arguments[0]);
        String url = arguments.length > 1
                ? arguments[1]
                : "sqlite:" + Files.createTempDirectory("rotation").resolve("sluice.db");
        Vertx vertx = Vertx.vertx();
        try {
            double plain = load(vertx, url, count, false);
            double withPasswords = load(vertx, url, count, true);
            System.out.printf(
                    "loaded %,d without passwords at %,.0f/s, %,d with at %,.0f/s (%.2f of it)%n",
                    count, plain, count, withPasswords, withPasswords / plain);
            if (url.startsWith("sqlite:")) {
                kill(url);
            }
            rotate(vertx, url, count);
        } finally {
            vertx.close().await(60, TimeUnit.SECONDS);
        }
    }

    private static ProxyStore open(Vertx vertx, String url, CredentialVault vault) throws Exception {
        StoreConfig config = ConfigLoader.defaults("store.url=" + url).store();
        return Stores.open(vertx, config, vault).await(600, TimeUnit.SECONDS);
    }

    private static CredentialVault vault(String keys) {
        return CredentialVault.given(Secret.of(keys), true);
    }

    private static ProxyKey key(int number, boolean password) {
        String host = (password ? "10." : "11.") + (number >>> 16) + '.' + (number >>> 8 & 255) + '.' + (number & 255);
        return new ProxyKey(
                Scheme.HTTP, host, 8_000, password ? Credentials.of("customer", "session-" + number) : null);
    }

    private static double load(Vertx vertx, String url, int count, boolean passwords) throws Exception {
        ProxyStore store = open(vertx, url, vault(FIRST));
        long start = System.nanoTime();
        for (int first = 0; first < count; first += BATCH) {
            List<Candidate> batch = new ArrayList<>(BATCH);
            for (int i = first; i < Math.min(count, first + BATCH); i++) {
                batch.add(new Candidate(key(i, passwords), Capability.HTTP.bit(), null));
            }
            store.keep(new CandidatesFound("list", NOW, batch), Merge.UPDATE).await(600, TimeUnit.SECONDS);
        }
        double perSecond = count * 1e9 / (System.nanoTime() - start);
        store.close().await(60, TimeUnit.SECONDS);
        return perSecond;
    }

    /** Has another process re-encrypt, and kills it once it has done some. */
    private static void kill(String url) throws IOException, InterruptedException {
        Process child = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        RotationBenchmark.class.getName(),
                        CHILD,
                        url)
                .redirectErrorStream(true)
                .start();
        String last = "";
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null && !last.equals(LAST_PAGE); line = lines.readLine()) {
                last = line.startsWith("page ") ? line : last;
            }
            child.destroyForcibly();
        }
        child.waitFor();
        System.out.println("killed a re-encryption after " + last);
    }

    private static void beKilled(String url) throws Exception {
        Vertx vertx = Vertx.vertx();
        CredentialVault vault = vault(SECOND + ',' + FIRST);
        ProxyStore store = open(vertx, url, vault);
        Reencryption pass = new Reencryption(store.credentials(), store.settings(), vault, InstantSource.system());
        pass.begin().await(600, TimeUnit.SECONDS);
        Reencryption.Place place = Reencryption.Place.of(null);
        for (int page = 1; !place.done(); page++) {
            place = pass.page(place).await(600, TimeUnit.SECONDS);
            System.out.println("page " + page);
        }
        store.close().await(60, TimeUnit.SECONDS);
        vertx.close().await(60, TimeUnit.SECONDS);
    }

    private static void rotate(Vertx vertx, String url, int count) throws Exception {
        CredentialVault vault = vault(SECOND + ',' + FIRST);
        ProxyStore store = open(vertx, url, vault);
        System.out.println("before: "
                + store.credentials().count().await(600, TimeUnit.SECONDS).size() + " beginnings of passwords");
        AtomicBoolean over = new AtomicBoolean();
        AtomicLong reads = new AtomicLong();
        AtomicLong wrong = new AtomicLong();
        AtomicLong writes = new AtomicLong();
        List<Future<Void>> others = List.of(
                reading(store, over, reads, wrong, 0),
                reading(store, over, reads, wrong, count),
                writing(store, over, writes));
        long start = System.nanoTime();
        Reencryption.Place done = new Reencryption(store.credentials(), store.settings(), vault, InstantSource.system())
                .all()
                .await(36_000, TimeUnit.SECONDS);
        double seconds = (System.nanoTime() - start) / 1e9;
        over.set(true);
        Future.join(others).await(600, TimeUnit.SECONDS);
        store.close().await(60, TimeUnit.SECONDS);
        System.out.printf(
                "re-encrypted %,d of %,d in %.1f s (%,.0f/s) beside %,d reads, %,d of them wrong, and %,d writes of health%n",
                done.encrypted(),
                done.looked(),
                seconds,
                done.looked() / seconds,
                reads.get(),
                wrong.get(),
                writes.get());

        ProxyStore after = open(vertx, url, vault(SECOND));
        long right = 0;
        long last = 0;
        List<StoredProxy> page;
        while (!(page = after.page(last, BATCH).await(600, TimeUnit.SECONDS)).isEmpty()) {
            right += page.stream().filter(RotationBenchmark::isRight).count();
            last = page.get(page.size() - 1).id();
        }
        after.close().await(60, TimeUnit.SECONDS);
        System.out.printf("with the new key alone: %,d of %,d right%n", right, 2L * count);
        if (wrong.get() > 0 || right != 2L * count) {
            throw new IllegalStateException("passwords were lost or wrong (expected: none at any moment)");
        }
    }

    private static boolean isRight(StoredProxy stored) {
        Credentials credentials = stored.key().credentials();
        if (credentials == null) {
            return stored.key().host().startsWith("11.");
        }
        String[] parts = stored.key().host().split("\\.", -1);
        int number = Integer.parseInt(parts[1]) << 16 | Integer.parseInt(parts[2]) << 8 | Integer.parseInt(parts[3]);
        return Objects.equals(credentials, Credentials.of("customer", "session-" + number));
    }

    private static Future<Void> reading(
            ProxyStore store, AtomicBoolean over, AtomicLong reads, AtomicLong wrong, long afterId) {
        if (over.get()) {
            return Future.succeededFuture();
        }
        return store.page(afterId, 500).compose(page -> {
            reads.addAndGet(page.size());
            wrong.addAndGet(page.stream().filter(one -> !isRight(one)).count());
            return reading(
                    store,
                    over,
                    reads,
                    wrong,
                    page.isEmpty() ? 0 : page.get(page.size() - 1).id());
        });
    }

    private static Future<Void> writing(ProxyStore store, AtomicBoolean over, AtomicLong writes) {
        if (over.get()) {
            return Future.succeededFuture();
        }
        return store.takeDue(NOW, 1, 10, 200, 1)
                .compose(taken -> store.write(taken.stream()
                        .map(one -> new HealthChange(
                                one.id(), one.key(), one.health().version(), one.health(), List.of()))
                        .toList()))
                .compose(written -> {
                    writes.addAndGet(written);
                    return writing(store, over, writes);
                });
    }
}
