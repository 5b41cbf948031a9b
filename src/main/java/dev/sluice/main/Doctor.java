package dev.sluice.main;

import dev.sluice.api.ApiVerticle;
import dev.sluice.check.CheckVerticle;
import dev.sluice.config.SluiceConfig;
import dev.sluice.keep.Snapshots;
import dev.sluice.proxy.Secret;
import dev.sluice.queue.redis.RedisProbe;
import dev.sluice.store.StoreException;
import dev.sluice.store.StoreReading;
import dev.sluice.store.Stores;
import dev.sluice.store.snapshot.SnapshotFile;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Looks at the machine and the configuration and says what is wrong, and what to do. Connects to nothing that the
 * configuration does not name. Every examination has a time limit; one that fails is a finding of its own.
 */
final class Doctor {
    /** For one examination. */
    static final Duration PATIENCE = Duration.ofSeconds(15);

    private static final Instant PLAUSIBLE = Instant.parse("2025-01-01T00:00:00Z");
    private static final Duration CLOCK_SLACK = Duration.ofMinutes(5);
    private static final Duration GEO_OLD = Duration.ofDays(60);
    private static final long FEW_FILES = 4_096;
    private static final int FEW_PORTS = 10_000;
    private static final int SHORT_BACKLOG = 1_024;
    private static final long LITTLE_HEAP = 256L << 20;
    private static final long LITTLE_SPACE = 1L << 30;
    private static final long NO_SPACE = 100L << 20;
    private static final long SLOW_MICROS = 20_000;
    private static final double SHARE_OF_FILES = 0.88;
    private static final double HEAP_SHARE = 0.8;

    private final SluiceConfig config;
    private final Path directory;
    private final Machine machine;
    private final Outside outside;

    /** What has to be asked for outside this process. May block; may fail. */
    interface Outside {
        /** The database. */
        StoreReading store() throws Exception;

        /** The Redis at {@code url}. */
        RedisProbe.Reading redis(Secret url) throws Exception;

        /** The status of the answer to {@code GET /ready} at the configured address, and its text; null when nobody answers. */
        ServerClient.@Nullable Answer ready() throws Exception;
    }

    /**
     * @param directory against which paths are resolved
     * @param machine what it says of itself
     */
    Doctor(SluiceConfig config, Path directory, Machine machine, Outside outside) {
        this.config = config;
        this.directory = directory;
        this.machine = machine;
        this.outside = outside;
    }

    /** Examines everything, in the same order each time. */
    List<Finding> examine() {
        Map<String, Callable<List<Finding>>> all = new LinkedHashMap<>();
        all.put("java", this::java);
        all.put("limits", this::limits);
        all.put("clock", this::clock);
        all.put("configuration", this::configuration);
        all.put("keys", this::keys);
        all.put("networks", this::networks);
        all.put("data directory", this::dataDirectory);
        all.put("database", this::database);
        all.put("redis", this::redis);
        all.put("geo databases", this::geo);
        all.put("snapshots", this::snapshots);
        all.put("server", this::server);
        return run(all, PATIENCE);
    }

    /** Runs examinations one after the other, each on a thread that is given up when its time is over. */
    static List<Finding> run(Map<String, Callable<List<Finding>>> all, Duration patience) {
        List<Finding> findings = new ArrayList<>();
        ExecutorService thread = Executors.newCachedThreadPool(task -> {
            Thread made = new Thread(task, "sluice-doctor");
            made.setDaemon(true);
            return made;
        });
        try {
            all.forEach((subject, examination) -> findings.addAll(one(thread, subject, examination, patience)));
        } finally {
            thread.shutdownNow();
        }
        return findings;
    }

    private static List<Finding> one(
            ExecutorService thread, String subject, Callable<List<Finding>> examination, Duration patience) {
        Future<List<Finding>> found = thread.submit(examination);
        try {
            return found.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            found.cancel(true);
            return List.of(
                    Finding.problem(subject, "no answer within " + patience.toSeconds() + " s", "look why it hangs"));
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            String text = cause == null || cause.getMessage() == null ? String.valueOf(cause) : cause.getMessage();
            return List.of(Finding.problem(subject, text, "see docs/operations.md"));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return List.of(Finding.problem(subject, "interrupted", "run it again"));
        }
    }

    private List<Finding> java() {
        List<Finding> found = new ArrayList<>();
        found.add(
                machine.java() < 17
                        ? Finding.problem("java", "Java " + machine.java(), "Java 17 or newer")
                        : Finding.ok(
                                "java",
                                "Java " + machine.java()
                                        + (machine.flags().isEmpty()
                                                ? ""
                                                : ", " + machine.flags().size() + " flags")));
        if (machine.flags().contains("-Xint")) {
            found.add(Finding.warning("java", "-Xint: nothing is compiled", "take the flag away"));
        }
        String heap = mebibytes(machine.heapBytes()) + " of heap, " + machine.cores() + " processors";
        if (machine.heapBytes() < LITTLE_HEAP) {
            found.add(Finding.warning("memory", heap, "-Xmx512m or more for more than a few ten thousand entries"));
        } else if (machine.memoryBytes() > 0 && machine.heapBytes() > HEAP_SHARE * machine.memoryBytes()) {
            found.add(Finding.warning(
                    "memory",
                    heap + " of " + mebibytes(machine.memoryBytes()),
                    "-XX:MaxRAMPercentage=70 or less: buffers and threads need room beside the heap"));
        } else {
            found.add(Finding.ok("memory", heap));
        }
        return found;
    }

    private List<Finding> limits() {
        List<Finding> found = new ArrayList<>();
        int checks = CheckVerticle.checksAtOnce(config.check());
        boolean chosen = config.check().concurrency() > 0;
        String files = machine.openFiles() + " open files, " + checks + " checks at the same time"
                + (chosen ? " as configured" : " derived from them");
        if (machine.openFiles() > 0 && chosen && checks > SHARE_OF_FILES * machine.openFiles()) {
            found.add(Finding.problem(
                    "open files",
                    files,
                    "ulimit -n " + (long) Math.ceil(checks / SHARE_OF_FILES) + ", or check.concurrency="
                            + (long) (SHARE_OF_FILES * machine.openFiles())));
        } else if (machine.openFiles() > 0 && machine.openFiles() < FEW_FILES) {
            found.add(Finding.warning("open files", files, "ulimit -n 65536: they limit how much is checked at once"));
        } else {
            found.add(Finding.ok("open files", machine.openFiles() == 0 ? "the system does not tell" : files));
        }
        ConfigShow.workers(config)
                .forEach((kind, workers) -> found.add(Finding.ok("workers", workers + " for " + kind)));
        if (machine.ports() > 0) {
            String ports = machine.ports() + " local ports for outgoing connections";
            found.add(
                    machine.ports() < FEW_PORTS
                            ? Finding.warning("ports", ports, "sysctl net.ipv4.ip_local_port_range=\"10240 65535\"")
                            : Finding.ok("ports", ports));
        }
        if (machine.backlog() > 0) {
            String backlog = "net.core.somaxconn is " + machine.backlog();
            found.add(
                    machine.backlog() < SHORT_BACKLOG
                            ? Finding.warning(
                                    "backlog", backlog, "sysctl net.core.somaxconn=4096, for bursts of clients")
                            : Finding.ok("backlog", backlog));
        }
        if (machine.nameServers() == 0) {
            found.add(Finding.warning(
                    "name servers", "none in /etc/resolv.conf", "one, for sources and proxies that are host names"));
        } else if (machine.nameServers() > 0) {
            found.add(Finding.ok("name servers", machine.nameServers() + " in /etc/resolv.conf"));
        }
        return found;
    }

    private List<Finding> clock() throws IOException {
        Instant now = machine.now();
        if (now.isBefore(PLAUSIBLE)) {
            return List.of(Finding.problem("clock", "it is " + now, "set the clock: everything is planned by it"));
        }
        Path data = data();
        if (Files.isDirectory(data)) {
            try (Stream<Path> files = Files.list(data)) {
                for (Path file : files.toList()) {
                    Instant written = Files.getLastModifiedTime(file).toInstant();
                    if (written.isAfter(now.plus(CLOCK_SLACK))) {
                        return List.of(Finding.warning(
                                "clock",
                                "it is " + now + ", but " + file.getFileName() + " was written at " + written,
                                "set the clock: it was ahead before, or is behind now"));
                    }
                }
            }
        }
        return List.of(Finding.ok("clock", "it is " + now));
    }

    private List<Finding> configuration() {
        List<Finding> found = ConfigCheckup.of(config, directory);
        return found.isEmpty() ? List.of(Finding.ok("configuration", "sound")) : found;
    }

    private List<Finding> keys() {
        String refusal = ApiVerticle.refusal(config.server(), config.security(), false);
        if (refusal != null) {
            return List.of(Finding.warning("keys", refusal, "set SLUICE_ADMIN_KEY, unless the database holds a key"));
        }
        return List.of(Finding.ok(
                "keys",
                config.security().adminKey() != null
                        ? "an administrator key is set"
                        : "none, and only loopback is served"));
    }

    private List<Finding> networks() {
        int networks = config.net().allowedNetworks().size();
        return List.of(Finding.ok(
                "networks",
                networks == 0
                        ? "outgoing connections go to any public address"
                        : "outgoing connections stay within " + networks + " networks of net.allowed-networks"));
    }

    private Path data() {
        return directory.resolve(DataDirectory.of(config.store()));
    }

    private List<Finding> dataDirectory() throws IOException {
        Path data = data();
        if (!Files.exists(data)) {
            return List.of(Finding.ok("data directory", data + " is made at the first start"));
        }
        List<Finding> found = new ArrayList<>();
        if (!Files.isWritable(data)) {
            found.add(Finding.problem(
                    "data directory", data + ": not writable", "let the user that runs Sluice write there"));
        }
        long free = Files.getFileStore(data).getUsableSpace();
        if (free < LITTLE_SPACE) {
            String text = data + ": " + mebibytes(free) + " free";
            found.add(
                    free < NO_SPACE
                            ? Finding.problem("disk space", text, "make room: results can't be written soon")
                            : Finding.warning(
                                    "disk space", text, "make room: a database of a million entries takes 1 GiB"));
        } else {
            found.add(Finding.ok("disk space", mebibytes(free) + " free"));
        }
        secretFiles(data, found);
        return found;
    }

    /** Nobody but the owner may read what opens the rest. */
    private static void secretFiles(Path data, List<Finding> found) throws IOException {
        if (!data.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            return;
        }
        List<Path> open = new ArrayList<>();
        for (Path directory : List.of(data, data.resolve("config"))) {
            if (Files.isDirectory(directory)) {
                try (Stream<Path> files = Files.list(directory)) {
                    files.filter(file -> isSecret(data, file)).forEach(open::add);
                }
            }
        }
        for (Path file : open) {
            Set<PosixFilePermission> may = Files.getPosixFilePermissions(file);
            if (may.contains(PosixFilePermission.GROUP_READ) || may.contains(PosixFilePermission.OTHERS_READ)) {
                found.add(Finding.problem("secrets", file + ": others may read it", "chmod 600 " + file));
            }
        }
    }

    private static boolean isSecret(Path data, Path file) {
        String name = file.getFileName().toString();
        return Files.isRegularFile(file)
                && (name.endsWith(".pepper") || name.endsWith(".key") || !data.equals(file.getParent()));
    }

    private List<Finding> database() throws Exception {
        String url = config.store().url();
        boolean file = Stores.isFile(url);
        StoreReading read;
        try {
            read = outside.store();
        } catch (StoreException e) {
            if (file && e.kind() == StoreException.Kind.UNAVAILABLE) {
                return List.of(Finding.ok("database", "none yet: it is made at the first start"));
            }
            return List.of(Finding.problem(
                    "database",
                    String.valueOf(e.getMessage()),
                    file ? "bring a copy back, or move the file away" : "start it, or correct store.url"));
        }
        List<Finding> found = new ArrayList<>();
        String form = Stores.kind(url).equals("file") || Stores.kind(url).equals("redis") ? "format " : "schema ";
        String text = read.version() + ", " + form + read.schema() + " of " + read.newest();
        if (read.schema() > read.newest()) {
            found.add(Finding.problem("database", text, "a newer Sluice has used it: run that version"));
        } else if (!read.damage().isEmpty()) {
            found.add(Finding.problem(
                    "database",
                    text + ": damaged: " + read.damage(),
                    Stores.kind(url).equals("sqlite")
                            ? "bring a copy back, or .recover it with sqlite3"
                            : "bring a copy back, or the file before: its name ends in .bak"));
        } else if (!read.whole()) {
            found.add(Finding.warning(
                    "database",
                    text + "; not all of it could be looked through in time",
                    "nothing is known to be wrong"));
        } else {
            found.add(Finding.ok(
                    "database",
                    text
                            + (read.schema() < read.newest() && read.schema() > 0
                                    ? ", brought up to date at the next start"
                                    : "")));
        }
        if (!file) {
            latency(read, found);
        }
        if (Stores.kind(url).equals("redis")) {
            RedisProbe.Reading server = outside.redis(Secret.of(withoutPrefix(url)));
            if (!server.policy().isEmpty() && !server.policy().equals("noeviction")) {
                found.add(Finding.warning(
                        "database",
                        "Redis " + server.version() + ", maxmemory-policy " + server.policy(),
                        "maxmemory-policy noeviction: otherwise it may drop proxies"));
            }
        }
        return found;
    }

    /** The address of a Redis; what keys begin with may follow it. */
    private static String withoutPrefix(String url) {
        int hash = url.indexOf('#', url.lastIndexOf('@') + 1);
        return hash < 0 ? url : url.substring(0, hash);
    }

    private void latency(StoreReading read, List<Finding> found) {
        String text = "answers in " + read.latencyMicros() / 1_000.0 + " ms";
        found.add(
                read.latencyMicros() > SLOW_MICROS
                        ? Finding.warning(
                                "database latency", text, "a database nearer by: a batch waits for it each time")
                        : Finding.ok("database latency", text));
        if (read.mostConnections() == 0) {
            return;
        }
        int free = read.mostConnections() - read.connections();
        String used = read.connections() + " of " + read.mostConnections() + " connections in use";
        found.add(
                free < config.store().connections()
                        ? Finding.warning(
                                "database connections",
                                used + ", store.connections is "
                                        + config.store().connections(),
                                "raise max_connections, or lower store.connections")
                        : Finding.ok("database connections", used));
    }

    private List<Finding> redis() throws Exception {
        Secret url = config.queue().url();
        if (url == null) {
            return List.of();
        }
        RedisProbe.Reading read;
        try {
            read = outside.redis(url);
        } catch (IllegalStateException | IllegalArgumentException e) {
            return List.of(Finding.warning(
                    "redis",
                    String.valueOf(e.getMessage()),
                    "start it, or correct queue.url; until then jobs begin a little later"));
        }
        if (!read.policy().isEmpty() && !read.policy().equals("noeviction")) {
            return List.of(Finding.warning(
                    "redis",
                    "Redis " + read.version() + ", maxmemory-policy " + read.policy(),
                    "maxmemory-policy noeviction: otherwise it may drop what tells of jobs"));
        }
        return List.of(Finding.ok("redis", "Redis " + read.version()));
    }

    private List<Finding> geo() throws IOException {
        List<Finding> found = new ArrayList<>();
        for (String name : config.geo().databases()) {
            Path file = directory.resolve(name);
            // Missing ones are told of with the configuration.
            if (Files.isReadable(file)) {
                Duration age = Duration.between(Files.getLastModifiedTime(file).toInstant(), machine.now());
                String text = name + ", " + age.toDays() + " days old";
                found.add(
                        age.compareTo(GEO_OLD) > 0
                                ? Finding.warning("geo databases", text, "fetch a newer one: addresses move")
                                : Finding.ok("geo databases", text));
            }
        }
        return found;
    }

    private List<Finding> snapshots() throws IOException {
        Path snapshots = directory.resolve(Snapshots.directory(config.store().url()));
        if (!Files.isDirectory(snapshots)) {
            return List.of();
        }
        List<Finding> found = new ArrayList<>();
        int whole = 0;
        try (Stream<Path> files = Files.list(snapshots)) {
            for (Path file : files.filter(Doctor::isSnapshot).sorted().toList()) {
                if (!Files.isReadable(file)) {
                    found.add(Finding.problem(
                            "snapshots", file + ": not readable", "let the user that runs Sluice read it"));
                    continue;
                }
                try {
                    SnapshotFile.verify(file);
                    whole++;
                } catch (NoSuchFileException e) {
                    // A server at work has written the next one.
                    continue;
                } catch (IOException e) {
                    found.add(Finding.warning(
                            "snapshots",
                            file + ": " + e.getMessage(),
                            "nothing: a restart leaves it out and uses the generation before, if that is whole"));
                }
            }
        }
        if (found.isEmpty() && whole > 0) {
            found.add(Finding.ok("snapshots", whole + " whole"));
        }
        return found;
    }

    /** Both generations; not what is being written, or was refused before. */
    private static boolean isSnapshot(Path file) {
        String name = file.getFileName().toString();
        return (name.endsWith(".snapshot") || name.endsWith(".snapshot.1")) && Files.isRegularFile(file);
    }

    private List<Finding> server() throws Exception {
        int port = config.server().port();
        if (port == 0) {
            return List.of(Finding.ok("server", "takes any free port"));
        }
        ServerClient.Answer answer = outside.ready();
        if (answer != null) {
            String status = answer.json().path("status").asText();
            if (answer.status() == 200) {
                return List.of(
                        status.equals("degraded")
                                ? Finding.warning("server", "runs, degraded", "its database does not answer: see above")
                                : Finding.ok("server", "runs, " + (status.isEmpty() ? "ready" : status)));
            }
            return List.of(
                    answer.status() == 503
                            ? Finding.warning(
                                    "server", "runs, not ready", "wait for its start; its log says what it does")
                            : Finding.problem(
                                    "server",
                                    "something on port " + port + " answers " + answer.status() + " to /ready",
                                    "another server.port, or stop what is there"));
        }
        return List.of(portFinding(config.server().host(), port));
    }

    private static Finding portFinding(String host, int port) {
        String plain = host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
        // A name would have to be looked up.
        if (plain.chars().anyMatch(Character::isLetter) && plain.indexOf(':') < 0 && !plain.equals("localhost")) {
            return Finding.ok("server", "none runs at " + host + ':' + port);
        }
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getByName(plain), port));
            return Finding.ok("server", "none runs, and port " + port + " is free");
        } catch (IOException e) {
            return Finding.problem(
                    "server",
                    "port " + port + " on " + host + ": " + e.getMessage(),
                    "another server.port, or stop what is there");
        }
    }

    private static String mebibytes(long bytes) {
        return (bytes >> 20) + " MiB";
    }
}
