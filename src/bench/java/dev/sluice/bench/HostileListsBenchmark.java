package dev.sluice.bench;

import dev.sluice.bulk.ImportOptions;
import dev.sluice.bulk.ImportProgress;
import dev.sluice.bulk.ImportResult;
import dev.sluice.bulk.Importer;
import dev.sluice.parse.AddressPolicy;
import dev.sluice.parse.Cidr;
import io.vertx.core.Vertx;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Reads lists that were made to hurt, in dry runs: one line of 100 MB, 100 MB at random, a million lines of different
 * encodings, a million in UTF-16; and, for comparison, a million usual lines. Lines and entries are compared with what a
 * simple counter, or the maker of the list, says; of what is at random the lines alone, as a few bytes of it may by chance name
 * an endpoint. The heap is the largest use of its pools, garbage included.
 *
 * <p>Arguments: lines (1000000), megabytes (100), seed (1).
 */
public final class HostileListsBenchmark {
    private static final int ROUNDS = 3;
    private static final long BY_CHANCE = -1;
    private static final String SPECIAL = "# größer, dœuble, 測試 ";

    private final Vertx vertx = Vertx.vertx();
    private final Importer importer =
            new Importer(vertx, null, new AddressPolicy(List.of(Cidr.parse("127.0.0.0/8")), false));
    private final Path folder;
    private final int lines;
    private final int megabytes;
    private final long seed;
    private boolean equal = true;

    private HostileListsBenchmark(Path folder, int lines, int megabytes, long seed) {
        this.folder = folder;
        this.lines = lines;
        this.megabytes = megabytes;
        this.seed = seed;
    }

    /** Runs it and prints a table in Markdown; exits with 1 where a count differs. */
    public static void main(String[] arguments) throws Exception {
        int lines = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1_000_000;
        int megabytes = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 100;
        long seed = arguments.length > 2 ? Long.parseLong(arguments[2]) : 1;
        Path folder = Files.createTempDirectory("sluice-bench");
        HostileListsBenchmark benchmark = new HostileListsBenchmark(folder, lines, megabytes, seed);
        try {
            benchmark.run();
        } finally {
            try (Stream<Path> files = Files.walk(folder)) {
                files.sorted(Comparator.reverseOrder())
                        .forEach(file -> file.toFile().delete());
            }
        }
        System.exit(benchmark.equal ? 0 : 1);
    }

    private void run() throws Exception {
        System.out.printf(
                "seed %d, median of %d, -Xmx%dm%n%n",
                seed, ROUNDS, Runtime.getRuntime().maxMemory() >> 20);
        System.out.println("| list | MB | lines | lines/s | MB/s | entries | as expected | largest heap MiB |");
        System.out.println("|---|---|---|---|---|---|---|---|");
        usual();
        oneLine();
        noise();
        mixed();
        wide();
    }

    private void usual() throws Exception {
        Random random = new Random(seed);
        Set<String> distinct = new HashSet<>();
        Path file = folder.resolve("usual.txt");
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
            for (int i = 0; i < lines; i++) {
                String endpoint = endpoint(random);
                distinct.add(endpoint);
                out.write((endpoint + '\n').getBytes(StandardCharsets.US_ASCII));
            }
        }
        row("usual lines", file, lines, distinct.size());
    }

    private void oneLine() throws Exception {
        Path file = folder.resolve("line.txt");
        byte[] piece = "x".repeat(1 << 16).getBytes(StandardCharsets.US_ASCII);
        try (OutputStream out = Files.newOutputStream(file)) {
            for (long bytes = 0; bytes < megabytes * 1_000_000L; bytes += piece.length) {
                out.write(piece);
            }
            out.write("\n127.0.0.1:8080\n".getBytes(StandardCharsets.US_ASCII));
        }
        row("one long line and a usual one", file, 2, 1);
    }

    private void noise() throws Exception {
        Path file = folder.resolve("noise.txt");
        Random random = new Random(seed);
        byte[] piece = new byte[1 << 16];
        try (OutputStream out = Files.newOutputStream(file)) {
            // Not one of the beginnings that tell a format.
            out.write("noise ".getBytes(StandardCharsets.US_ASCII));
            for (long bytes = 0; bytes < megabytes * 1_000_000L; bytes += piece.length) {
                random.nextBytes(piece);
                out.write(piece);
            }
        }
        row("bytes at random", file, linesOf(file), BY_CHANCE);
    }

    private void mixed() throws Exception {
        Random random = new Random(seed);
        Set<String> distinct = new HashSet<>();
        Charset[] charsets = {StandardCharsets.UTF_8, StandardCharsets.ISO_8859_1, StandardCharsets.UTF_16LE};
        Path file = folder.resolve("mixed.txt");
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
            for (int i = 0; i < lines; i++) {
                String endpoint = endpoint(random);
                distinct.add(endpoint);
                // What is said beside the endpoint is in one of the encodings, and only that.
                out.write((endpoint + ' ').getBytes(StandardCharsets.US_ASCII));
                for (byte b : SPECIAL.getBytes(charsets[i % charsets.length])) {
                    out.write(b == '\n' || b == '\r' ? ' ' : b);
                }
                out.write('\n');
            }
        }
        row("remarks in UTF-8, ISO-8859-1 and UTF-16", file, lines, distinct.size());
    }

    private void wide() throws Exception {
        Random random = new Random(seed);
        Set<String> distinct = new HashSet<>();
        Path file = folder.resolve("wide.txt");
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
            out.write(new byte[] {(byte) 0xff, (byte) 0xfe});
            for (int i = 0; i < lines; i++) {
                String endpoint = endpoint(random);
                distinct.add(endpoint);
                out.write((endpoint + ' ' + SPECIAL + '\n').getBytes(StandardCharsets.UTF_16LE));
            }
        }
        row("all in UTF-16", file, lines, distinct.size());
    }

    private static String endpoint(Random random) {
        return "127." + random.nextInt(256) + '.' + random.nextInt(256) + '.' + (1 + random.nextInt(254)) + ':'
                + (1_024 + random.nextInt(64_512));
    }

    /** Lines that end in LF, CR LF or CR, and a last one that does not end. */
    private static long linesOf(Path file) throws IOException {
        long count = 0;
        int before = '\n';
        boolean open = false;
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
            for (int b = in.read(); b >= 0; b = in.read()) {
                if (b == '\r' || (b == '\n' && before != '\r')) {
                    count++;
                }
                open = b != '\n' && b != '\r';
                before = b;
            }
        }
        return open ? count + 1 : count;
    }

    private void row(String name, Path file, long expectedLines, long expectedEntries) throws Exception {
        double[] seconds = new double[ROUNDS];
        long heap = 0;
        ImportProgress counts = null;
        for (int round = 0; round < ROUNDS; round++) {
            System.gc();
            heapPools().forEach(MemoryPoolMXBean::resetPeakUsage);
            long begin = System.nanoTime();
            ImportResult result = importer.run(file, ImportOptions.defaults().withDryRun(true))
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(10, TimeUnit.MINUTES);
            seconds[round] = (System.nanoTime() - begin) / 1e9;
            heap = Math.max(
                    heap,
                    heapPools().mapToLong(pool -> pool.getPeakUsage().getUsed()).sum());
            counts = result.counts();
        }
        Arrays.sort(seconds);
        double took = seconds[ROUNDS / 2];
        boolean right = counts.lines() == expectedLines
                && (expectedEntries == BY_CHANCE || counts.accepted() == expectedEntries);
        equal &= right;
        double mb = Files.size(file) / 1e6;
        System.out.printf(
                "| %s | %.0f | %,d | %,.0f | %.0f | %,d | %s | %d |%n",
                name,
                mb,
                counts.lines(),
                counts.lines() / took,
                mb / took,
                counts.accepted(),
                right ? "yes" : String.format("NO, %,d lines, %,d entries", expectedLines, expectedEntries),
                heap >> 20);
        Files.delete(file);
    }

    private static Stream<MemoryPoolMXBean> heapPools() {
        return ManagementFactory.getMemoryPoolMXBeans().stream().filter(pool -> pool.getType() == MemoryType.HEAP);
    }
}
