package dev.sluice.bench;

import com.maxmind.db.CHMCache;
import com.maxmind.db.Reader;
import dev.sluice.config.ByteSize;
import dev.sluice.config.GeoConfig;
import dev.sluice.geo.Geo;
import dev.sluice.geo.mmdb.FlatRecord;
import dev.sluice.geo.mmdb.GeoRecord;
import dev.sluice.geo.mmdb.NestedRecord;
import dev.sluice.parse.AddressKind;
import dev.sluice.parse.IpAddress;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Look-ups a second of one database: MaxMind's bare reader with the record class we read, and with a map; ours without a
 * cache and with one; addresses that come again and again, and addresses that are all different. Ours takes text and gives a
 * location; the reader is handed addresses that were parsed before, and gives its record.
 *
 * <p>Arguments: a database, {@code built-in} by default; rounds, default 7; milliseconds of each measurement, default 500.
 */
public final class LocateBenchmark {
    private static final int HOT = 1_000;
    private static final int DIFFERENT = 1_000_000;
    private static final int CACHED = 100_000;

    private LocateBenchmark() {}

    private interface LookUp {
        /** Of the address with this number; null when nothing is known. */
        Object of(int number) throws IOException;
    }

    public static void main(String[] arguments) throws Exception {
        String name = arguments.length > 0 ? arguments[0] : "built-in";
        int rounds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 7;
        long millis = arguments.length > 2 ? Long.parseLong(arguments[2]) : 500;
        boolean builtIn = name.equals("built-in");
        byte[] file;
        try (InputStream in = builtIn
                ? Objects.requireNonNull(Geo.class.getResourceAsStream("/dev/sluice/geo/dbip-country.mmdb"))
                : Files.newInputStream(Path.of(name))) {
            file = in.readAllBytes();
        }
        Reader reader = new Reader(new ByteArrayInputStream(file), new CHMCache());
        Class<? extends GeoRecord> form = form(reader);
        Geo plain = Geo.read(config(builtIn ? List.of() : List.of(name), 0), Path.of("no-such-directory"));
        Geo cached = Geo.read(config(builtIn ? List.of() : List.of(name), CACHED), Path.of("no-such-directory"));
        System.out.printf(
                "%s: %s, %d processors, Java %s, %d rounds of %d ms%n",
                name,
                reader.getMetadata().databaseType(),
                Runtime.getRuntime().availableProcessors(),
                Runtime.version(),
                rounds,
                millis);
        for (boolean v6 : reader.getMetadata().ipVersion() == 6 ? new boolean[] {false, true} : new boolean[] {false}) {
            String[] texts = new String[DIFFERENT];
            InetAddress[] addresses = new InetAddress[DIFFERENT];
            draw(texts, addresses, v6);
            for (int count : new int[] {HOT, DIFFERENT}) {
                for (int threads : new int[] {1, 2}) {
                    Map<String, LookUp> lookUps = new LinkedHashMap<>();
                    lookUps.put("bare reader, record", i -> reader.get(addresses[i], form));
                    lookUps.put("bare reader, map", i -> reader.get(addresses[i], Map.class));
                    lookUps.put("ours, no cache", i -> plain.locate(texts[i]));
                    lookUps.put("ours, cache", i -> cached.locate(texts[i]));
                    String what = (v6 ? "IPv6, " : "IPv4, ")
                            + (count == HOT ? HOT + " addresses again and again" : "all different") + ", threads: "
                            + threads;
                    compare(what, lookUps, count, threads, rounds, millis);
                }
            }
        }
    }

    private static GeoConfig config(List<String> databases, int cacheEntries) {
        return new GeoConfig(
                databases,
                null,
                List.of(),
                Duration.ofSeconds(30),
                new ByteSize(2_000_000_000),
                cacheEntries,
                null,
                null,
                List.of(),
                "https://download.maxmind.com",
                null,
                null,
                Map.of(),
                Duration.ofSeconds(5),
                1,
                1,
                1,
                Duration.ofDays(1),
                Duration.ofDays(1));
    }

    private static Class<? extends GeoRecord> form(Reader reader) throws IOException {
        SplittableRandom random = new SplittableRandom(2);
        for (int i = 0; i < 100_000; i++) {
            Map<?, ?> record = reader.get(address(random, false), Map.class);
            if (record != null) {
                boolean nested = record.get("country") instanceof Map || record.get("continent") instanceof Map;
                return nested ? NestedRecord.class : FlatRecord.class;
            }
        }
        return FlatRecord.class;
    }

    private static InetAddress address(SplittableRandom random, boolean v6) throws IOException {
        while (true) {
            byte[] bytes = new byte[v6 ? 16 : 4];
            random.nextBytes(bytes);
            if (v6) {
                // Where most networks are.
                bytes[0] = (byte) (random.nextBoolean() ? 0x2a : 0x26);
                bytes[1] = (byte) random.nextInt(0x20);
            }
            if (AddressKind.of(bytes) == AddressKind.PUBLIC) {
                return InetAddress.getByAddress(bytes);
            }
        }
    }

    private static void draw(String[] texts, InetAddress[] addresses, boolean v6) throws IOException {
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < texts.length; i++) {
            addresses[i] = address(random, v6);
            texts[i] = IpAddress.format(addresses[i].getAddress());
        }
    }

    private static void compare(
            String what, Map<String, LookUp> lookUps, int count, int threads, int rounds, long millis)
            throws InterruptedException {
        Map<String, double[]> rates = new LinkedHashMap<>();
        // Each goes on where it stopped, so that different addresses are different in later rounds too.
        Map<String, int[]> positions = new LinkedHashMap<>();
        lookUps.keySet().forEach(name -> {
            rates.put(name, new double[rounds]);
            int[] starts = new int[threads];
            Arrays.setAll(starts, thread -> (int) ((long) count * thread / threads));
            positions.put(name, starts);
        });
        for (int round = -1; round < rounds; round++) {
            for (Map.Entry<String, LookUp> lookUp : lookUps.entrySet()) {
                double rate = rate(lookUp.getValue(), count, positions.get(lookUp.getKey()), millis);
                if (round >= 0) {
                    rates.get(lookUp.getKey())[round] = rate;
                }
            }
        }
        System.out.println("\n" + what);
        double baseline = median(rates.get("bare reader, record"));
        rates.forEach((name, all) -> System.out.printf(
                "  %-22s %,14.0f look-ups/s   ratio %.2f   (%,.0f to %,.0f)%n",
                name,
                median(all),
                median(all) / baseline,
                Arrays.stream(all).min().orElse(0),
                Arrays.stream(all).max().orElse(0)));
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    private static double rate(LookUp lookUp, int count, int[] positions, long millis) throws InterruptedException {
        int threads = positions.length;
        AtomicBoolean running = new AtomicBoolean(true);
        AtomicLong done = new AtomicLong();
        AtomicLong known = new AtomicLong();
        CountDownLatch ready = new CountDownLatch(threads);
        List<Thread> all = new ArrayList<>();
        for (int thread = 0; thread < threads; thread++) {
            int own = thread;
            Thread started = new Thread(() -> {
                int at = positions[own];
                long looked = 0;
                long found = 0;
                ready.countDown();
                try {
                    while (running.get()) {
                        for (int i = 0; i < 256; i++) {
                            found += lookUp.of(at) == null ? 0 : 1;
                            at = at + 1 == count ? 0 : at + 1;
                        }
                        looked += 256;
                    }
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
                positions[own] = at;
                done.addAndGet(looked);
                known.addAndGet(found);
            });
            all.add(started);
            started.start();
        }
        ready.await();
        long beganNanos = System.nanoTime();
        Thread.sleep(millis);
        running.set(false);
        double seconds = (System.nanoTime() - beganNanos) / 1e9;
        for (Thread thread : all) {
            thread.join();
        }
        if (known.get() == 0) {
            throw new IllegalStateException("nothing was found");
        }
        return done.get() / seconds;
    }
}
