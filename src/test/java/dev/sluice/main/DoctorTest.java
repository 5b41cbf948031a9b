package dev.sluice.main;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.sluice.config.ConfigLoader;
import dev.sluice.proxy.Secret;
import dev.sluice.queue.redis.RedisProbe;
import dev.sluice.store.StoreException;
import dev.sluice.store.StoreReading;
import dev.sluice.store.snapshot.SnapshotFile;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DoctorTest {
    private static final Instant NOW = Instant.parse("2026-06-01T12:00:00Z");
    private static final long GIB = 1L << 30;

    @TempDir
    private Path folder;

    private final List<String> settings = new ArrayList<>();
    private Machine machine = new Machine(21, List.of(), 4, 2 * GIB, 8 * GIB, 65_536, 28_232, 4_096, 2, NOW);
    private @Nullable Exception failure;
    private StoreReading store = new StoreReading("SQLite 3.50", 7, 7, 100, 0, 0, "", true);
    private RedisProbe.Reading redis = new RedisProbe.Reading("7.2.4", "noeviction");
    private ServerClient.@Nullable Answer ready;

    @BeforeEach
    void aSoundPlace() throws IOException {
        Path data = Files.createDirectory(folder.resolve("data"));
        Files.setLastModifiedTime(data, FileTime.from(NOW));
        settings.add("store.url=sqlite:" + data.resolve("sluice.db"));
        settings.add("server.port=0");
        settings.add("fetch.sources.one={kind: text, urls: [http://127.0.0.1/list]}");
    }

    private List<Finding> findings() {
        return new Doctor(
                        ConfigLoader.defaults(settings.toArray(String[]::new)), folder, machine, new Doctor.Outside() {
                            @Override
                            public StoreReading store() throws Exception {
                                if (failure != null) {
                                    throw failure;
                                }
                                return store;
                            }

                            @Override
                            public RedisProbe.Reading redis(Secret url) throws Exception {
                                if (failure != null) {
                                    throw failure;
                                }
                                return redis;
                            }

                            @Override
                            public ServerClient.@Nullable Answer ready() {
                                return ready;
                            }
                        })
                .examine();
    }

    private void finds(Finding.Level level, String subject, String part) {
        assertThat(findings()).as("%s %s %s", level, subject, part).anySatisfy(finding -> {
            assertThat(finding.level()).isEqualTo(level);
            assertThat(finding.subject()).isEqualTo(subject);
            assertThat(finding.text() + ' ' + finding.advice()).contains(part);
        });
    }

    private Machine with(
            int java, long heap, long memory, long files, int ports, int backlog, int servers, Instant now) {
        return new Machine(java, List.of(), 4, heap, memory, files, ports, backlog, servers, now);
    }

    @Test
    void aSoundMachineAndConfigurationHaveNothingButGoodFindings() {
        assertThat(findings())
                .isNotEmpty()
                .allSatisfy(finding ->
                        assertThat(finding.level()).as(finding.toString()).isEqualTo(Finding.Level.OK));
    }

    @Test
    void anOldJavaIsAProblem() {
        machine = with(11, 2 * GIB, 8 * GIB, 65_536, 28_232, 4_096, 2, NOW);
        finds(Finding.Level.PROBLEM, "java", "Java 17");
    }

    @Test
    void aHeapThatIsSmallOrFillsTheContainerIsTold() {
        machine = with(21, 100 << 20, 8 * GIB, 65_536, 28_232, 4_096, 2, NOW);
        finds(Finding.Level.WARNING, "memory", "-Xmx512m");
        machine = with(21, 2 * GIB, 2 * GIB, 65_536, 28_232, 4_096, 2, NOW);
        finds(Finding.Level.WARNING, "memory", "MaxRAMPercentage");
    }

    @Test
    void moreChecksThanOpenFilesAreAProblemWithTheNumberThatWouldDo() {
        machine = with(21, 2 * GIB, 8 * GIB, 1_024, 28_232, 4_096, 2, NOW);
        finds(Finding.Level.WARNING, "open files", "1024");
        settings.add("check.concurrency=4400");
        finds(Finding.Level.PROBLEM, "open files", "ulimit -n 5000");
    }

    @Test
    void fewPortsAShortBacklogAndNoNameServersAreTold() {
        machine = with(21, 2 * GIB, 8 * GIB, 65_536, 500, 128, 0, NOW);
        finds(Finding.Level.WARNING, "ports", "500");
        finds(Finding.Level.WARNING, "backlog", "128");
        finds(Finding.Level.WARNING, "name servers", "none");
    }

    @Test
    void aClockThatStandsInThePastIsTold() throws IOException {
        machine = with(21, 2 * GIB, 8 * GIB, 65_536, 28_232, 4_096, 2, Instant.EPOCH);
        finds(Finding.Level.PROBLEM, "clock", "1970");
        machine = with(21, 2 * GIB, 8 * GIB, 65_536, 28_232, 4_096, 2, NOW);
        Path ahead = Files.writeString(folder.resolve("data/sluice.db"), "");
        Files.setLastModifiedTime(ahead, FileTime.from(NOW.plus(Duration.ofHours(1))));
        finds(Finding.Level.WARNING, "clock", "sluice.db");
    }

    @Test
    void aSecretThatOthersMayReadIsAProblem() throws IOException {
        Path pepper = Files.writeString(folder.resolve("data/sluice.pepper"), "");
        Files.setPosixFilePermissions(pepper, PosixFilePermissions.fromString("rw-r--r--"));
        finds(Finding.Level.PROBLEM, "secrets", "chmod 600");
    }

    @Test
    void aDatabaseThatIsDamagedNewerOrGoneIsAProblem() {
        store = new StoreReading("SQLite 3.50", 7, 7, 100, 0, 0, "page 3 is never used", true);
        finds(Finding.Level.PROBLEM, "database", "page 3");
        store = new StoreReading("SQLite 3.50", 9, 7, 100, 0, 0, "", true);
        finds(Finding.Level.PROBLEM, "database", "newer Sluice");
        store = new StoreReading("SQLite 3.50", 7, 7, 100, 0, 0, "", false);
        finds(Finding.Level.WARNING, "database", "not all of it");
        failure = new StoreException(StoreException.Kind.FAILED, "database x: no database");
        finds(Finding.Level.PROBLEM, "database", "no database");
        failure = new StoreException(StoreException.Kind.UNAVAILABLE, "database x: no such file");
        finds(Finding.Level.OK, "database", "none yet");
    }

    @Test
    void aSlowOrFullDatabaseServerIsTold() {
        settings.add("store.url=postgresql://sluice@127.0.0.1:1/sluice");
        settings.add("security.pepper=a-pepper-of-this-test-with-some-length");
        store = new StoreReading("PostgreSQL 16", 7, 7, 90_000, 97, 100, "", true);
        finds(Finding.Level.WARNING, "database latency", "90.0 ms");
        finds(Finding.Level.WARNING, "database connections", "97 of 100");
        failure = new StoreException(StoreException.Kind.UNAVAILABLE, "database 127.0.0.1:1/sluice: refused");
        finds(Finding.Level.PROBLEM, "database", "refused");
    }

    @Test
    void aRedisThatDropsOrIsGoneIsTold() {
        settings.add("queue.url=redis://127.0.0.1:1");
        finds(Finding.Level.OK, "redis", "7.2.4");
        redis = new RedisProbe.Reading("7.2.4", "allkeys-lru");
        finds(Finding.Level.WARNING, "redis", "noeviction");
        failure = new IllegalStateException("Redis does not answer");
        finds(Finding.Level.WARNING, "redis", "does not answer");
    }

    @Test
    void aMissingOrOldGeoDatabaseIsTold() throws IOException {
        settings.add("geo.databases=city.mmdb");
        finds(Finding.Level.PROBLEM, "geo.databases", "no such file");
        Path city = Files.writeString(folder.resolve("city.mmdb"), "");
        Files.setLastModifiedTime(city, FileTime.from(NOW.minus(Duration.ofDays(100))));
        finds(Finding.Level.WARNING, "geo databases", "100 days");
    }

    @Test
    void aSnapshotThatIsNotWholeIsTold() throws IOException {
        Path file = folder.resolve("data/feedback.snapshot");
        SnapshotFile snapshot = new SnapshotFile(file, "feedback", 1, "some database", () -> NOW);
        snapshot.write(out -> out.writeUTF("first"));
        snapshot.write(out -> out.writeUTF("second"));
        Files.writeString(folder.resolve("data/feedback.snapshot.tmp"), "half");
        Files.writeString(folder.resolve("data/feedback.snapshot.refused"), "somebody else's");
        finds(Finding.Level.OK, "snapshots", "2 whole");

        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 20] ^= 1;
        Files.write(file, bytes);
        finds(Finding.Level.WARNING, "snapshots", "checksum");
        finds(Finding.Level.WARNING, "snapshots", "feedback.snapshot:");

        Files.write(file, new byte[3]);
        finds(Finding.Level.WARNING, "snapshots", "torn: 3 bytes");
    }

    @Test
    void keysAreNeededBeyondLoopback() {
        settings.add("server.host=0.0.0.0");
        finds(Finding.Level.WARNING, "keys", "SLUICE_ADMIN_KEY");
        settings.add("security.admin-key=a-key-that-is-long-enough");
        finds(Finding.Level.OK, "keys", "administrator key");
    }

    private static ServerClient.Answer answer(int status, String state) {
        return new ServerClient.Answer(
                "/ready", status, JsonNodeFactory.instance.objectNode().put("status", state));
    }

    @Test
    void aRunningServerIsAskedAndAForeignOneIsAProblem() throws IOException {
        settings.add("server.port=8080");
        ready = answer(200, "ready");
        finds(Finding.Level.OK, "server", "ready");
        ready = answer(200, "degraded");
        finds(Finding.Level.WARNING, "server", "degraded");
        ready = answer(503, "");
        finds(Finding.Level.WARNING, "server", "not ready");
        ready = answer(404, "");
        finds(Finding.Level.PROBLEM, "server", "404");
        ready = null;
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            settings.add("server.port=" + taken.getLocalPort());
            finds(Finding.Level.PROBLEM, "server", Integer.toString(taken.getLocalPort()));
        }
    }

    @Test
    void whatDoesNotWorkTogetherIsToldBeforeItHurts() {
        settings.add("check.connect-timeout=20s");
        settings.add("check.connect-timeout-floor=30s");
        finds(Finding.Level.WARNING, "check.connect-timeout", "total-timeout");
        finds(Finding.Level.WARNING, "check.connect-timeout-floor", "can't shrink");
        settings.add("check.mode=full");
        settings.add("check.public-judges=[]");
        finds(Finding.Level.PROBLEM, "check.mode", "no judge");
        settings.add("check.judges=http://127.0.0.1:1/judge");
        finds(Finding.Level.WARNING, "judge.secret", "absent");
        settings.add("extensions=[{name: scout, verticle: a.B, jar: scout.jar}]");
        finds(Finding.Level.PROBLEM, "extensions.scout.jar", "no such file");
    }

    @Test
    void anExaminationThatHangsOrBreaksIsAFindingAndTheOthersGoOn() {
        CountDownLatch never = new CountDownLatch(1);
        Map<String, Callable<List<Finding>>> all = new LinkedHashMap<>();
        all.put("hangs", () -> {
            never.await();
            return List.of();
        });
        all.put("breaks", () -> {
            throw new IOException("disk on fire");
        });
        all.put("works", () -> List.of(Finding.ok("works", "fine")));

        List<Finding> found = Doctor.run(all, Duration.ofMillis(50));

        assertThat(found).extracting(Finding::subject).containsExactly("hangs", "breaks", "works");
        assertThat(found.get(0).level()).isEqualTo(Finding.Level.PROBLEM);
        assertThat(found.get(1).text()).contains("disk on fire");
    }

    @Test
    void theFilesOfTheSystemAreRead() throws IOException {
        write("proc/sys/net/ipv4/ip_local_port_range", "32768\t60999\n");
        write("proc/sys/net/core/somaxconn", "4096\n");
        write("sys/fs/cgroup/memory.max", "max\n");
        write("etc/resolv.conf", "# one\nnameserver 127.0.0.53\nsearch x\n");

        Machine read = Machine.at(folder);

        assertThat(read.ports()).isEqualTo(28_232);
        assertThat(read.backlog()).isEqualTo(4_096);
        assertThat(read.nameServers()).isOne();
        assertThat(read.memoryBytes()).isGreaterThan(1L << 20);

        write("sys/fs/cgroup/memory.max", "1048576\n");
        assertThat(Machine.at(folder).memoryBytes()).isEqualTo(1_048_576);
        assertThat(Machine.at(folder.resolve("nowhere")).nameServers()).isEqualTo(-1);
    }

    private void write(String path, String text) throws IOException {
        Path file = folder.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }
}
