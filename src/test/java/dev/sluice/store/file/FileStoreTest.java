package dev.sluice.store.file;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.message.CandidatesKept;
import dev.sluice.port.Merge;
import dev.sluice.proxy.Credentials;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.StoredProxy;
import dev.sluice.secret.CredentialVault;
import dev.sluice.store.HealthChange;
import dev.sluice.store.ImportTotals;
import dev.sluice.store.ProxyStore;
import dev.sluice.store.SmallStoreContract;
import dev.sluice.store.StoreException;
import dev.sluice.store.Stores;
import dev.sluice.store.TakenProxy;
import dev.sluice.store.TestVaults;
import dev.sluice.store.snapshot.Disk;
import dev.sluice.store.snapshot.FailingDisk;
import io.vertx.core.Future;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileStoreTest extends SmallStoreContract {
    private static final long SEED = 20_261_121;

    @TempDir
    Path directory;

    private Path file() {
        return directory.resolve("data/nested/pool.json");
    }

    private Path beside(String suffix) {
        return Path.of(file() + suffix);
    }

    @Override
    protected void prepare() {
        assertThat(file()).doesNotExist();
    }

    @Override
    protected void cleanUp() {
        // the directory goes with the test
    }

    @Override
    protected String url() {
        return "file:" + file();
    }

    @Override
    protected Path data() {
        return Objects.requireNonNull(file().getParent());
    }

    @Override
    protected Future<ProxyStore> open(CredentialVault vault) {
        return Stores.open(vertx, config(), vault);
    }

    @Override
    protected void rewrite(Rewriting rewriting) throws IOException {
        List<String> lines = new ArrayList<>();
        for (String line : Files.readAllLines(file())) {
            String bare = line.endsWith(",") ? line.substring(0, line.length() - 1) : line;
            lines.add(line.startsWith("{\"id\":") ? rewriting.of(bare) + line.substring(bare.length()) : line);
        }
        Files.write(file(), lines);
    }

    @Override
    protected String bytes() throws IOException {
        return bytesOfFiles();
    }

    private String text() throws IOException {
        return Files.readString(file());
    }

    // what it looks like

    @Test
    void everyEntryHasALineThatPeopleCanRead() throws Exception {
        keep("a", NOW, http(1), http(2));

        List<String> lines = Files.readAllLines(file());

        assertThat(lines.get(0)).isEqualTo("{");
        assertThat(lines.get(1)).isEqualTo("\"format\":1,");
        assertThat(lines)
                .contains(
                        "\"entries\":[",
                        "{\"id\":1,\"scheme\":\"http\",\"host\":\"192.0.2.1\",\"port\":1,\"first_seen_at\":" + NOW
                                + ",\"listings\":[{\"source\":\"a\",\"first_listed_at\":" + NOW + ",\"listed_at\":"
                                + NOW
                                + "}],\"health\":{\"active\":true,\"priority\":5,\"next_check_at\":" + NOW
                                + ",\"state_since\":" + NOW + "}},");
        assertThat(lines).filteredOn(line -> line.startsWith("{\"id\":")).hasSize(2);
        assertThat(lines.get(lines.size() - 1)).isEqualTo("}");
    }

    @Test
    void onlyItsOwnerMayReadIt() throws Exception {
        keep("a", NOW, http(1));
        keep("a", NOW, http(2));

        for (Path each : List.of(file(), beside(".bak"))) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(each)))
                    .isEqualTo("rw-------");
        }
    }

    @Test
    void theFileBeforeIsKept() throws Exception {
        keep("a", NOW, http(1));
        String before = text();

        keep("a", NOW, http(2));

        assertThat(beside(".bak")).hasContent(before);
        assertThat(beside(".new")).doesNotExist();
    }

    @Test
    void whatPeopleWriteIntoItIsTaken() throws Exception {
        keep("a", NOW, http(1));
        await(store.close());
        Files.writeString(
                file(),
                text().replace(
                                "\"entries\":[",
                                "\"entries\":[{\"id\":70, \"scheme\":\"socks5\",\n \"host\":\"192.0.2.7\","
                                        + "\"port\":1080, \"username\":\"ann\",\"password\":\"pw\"},"));

        store = await(open());

        ProxyKey key = new ProxyKey(Scheme.SOCKS5, "192.0.2.7", 1080, Credentials.of("ann", "pw"));
        assertThat(find(key).id()).isEqualTo(70);
        assertThat(take(NOW, 10)).extracting(TakenProxy::key).containsExactlyInAnyOrder(key, http(1));
        keep("a", NOW, http(2));
        assertThat(find(http(2)).id()).isEqualTo(71);
    }

    @Test
    void numbersAreNotGivenOutTwice() throws Exception {
        keep("a", NOW, http(1), http(2));
        await(store.close());
        List<String> lines = Files.readAllLines(file());
        int last = lines.size() - 1;
        while (!lines.get(last).startsWith("{\"id\":2")) {
            last--;
        }
        lines.remove(last);
        lines.set(last - 1, lines.get(last - 1).replaceAll(",$", ""));
        Files.write(file(), lines);
        store = await(open());

        keep("a", NOW, http(3));

        assertThat(find(http(3)).id()).isEqualTo(3);
    }

    // damage

    @Test
    void aFileThatWasCutOffIsRefusedWhereverItWasCut() throws Exception {
        keep("a", NOW, http(1), http(2));
        await(store.settings().put("x", "y"));
        await(store.close());
        byte[] whole = Files.readAllBytes(file());
        Random random = new Random(SEED);
        for (int i = 0; i < 40; i++) {
            int length = random.nextInt(whole.length - 2);
            Files.write(file(), Arrays.copyOf(whole, length));

            StoreException failure = failure(open());

            assertThat(failure.kind()).as("cut at %d, seed %d", length, SEED).isEqualTo(StoreException.Kind.FAILED);
            assertThat(failure)
                    .hasMessageContaining(file() + ": line ")
                    .hasMessageContaining(", column ")
                    .hasMessageContaining("pool.json.bak, of ")
                    .hasMessageContaining("is whole, with 2 entries");
            assertThat(Files.readAllBytes(file())).as("it is left as it is").hasSize(length);
        }
        Files.write(file(), whole);
        store = await(open());
        assertThat(await(store.stats()).total()).isEqualTo(2);
    }

    @Test
    void damageIsNamedByLineAndColumnAndNeverRepeated() throws Exception {
        keep("a", NOW, new ProxyKey(Scheme.HTTP, "192.0.2.3", 80, Credentials.of("ann", "hush-hush")));
        await(store.close());
        String whole = text();
        for (List<String> damage : List.of(
                List.of("\"port\":80", "\"port\":hush-hush", "no JSON"),
                List.of("\"port\":80", "\"port\":80000", "port: 80000"),
                List.of("\"port\":80", "\"port\":\"hush-hush\"", "port: no whole number"),
                List.of("\"port\":80", "\"ports\":80", "port: 0"),
                List.of("\"scheme\":\"http\"", "\"scheme\":\"hush-hush\"", "scheme: not a name this version knows"),
                List.of("\"active\":true", "\"active\":true,\"activ\":1", "activ: not a name this version knows"),
                List.of("\"format\":1", "\"form\":1", "no format"),
                List.of("\"entries\":[", "\"hush-hush\":[", "not a section"))) {
            Files.writeString(file(), whole.replace(damage.get(0), damage.get(1)));

            StoreException failure = failure(open());

            assertThat(failure)
                    .hasMessageContaining(damage.get(2))
                    .hasMessageMatching("(?s).*: line [0-9]+, column [0-9]+: .*")
                    .hasMessageNotContaining("hush-hush");
        }
        Files.writeString(file(), whole);
        store = await(open());
    }

    @Test
    void anEntryThatIsThereTwiceIsRefused() throws Exception {
        keep("a", NOW, http(1), http(2));
        await(store.close());
        String whole = text();
        Files.writeString(file(), whole.replace("\"id\":2", "\"id\":1"));
        assertThat(failure(open())).hasMessageContaining("expected: each once");
        Files.writeString(file(), whole.replace("\"port\":2", "\"port\":1"));
        assertThat(failure(open())).hasMessageContaining("expected: each once");
        Files.writeString(file(), whole);
        store = await(open());
    }

    @Test
    void aFormatOfTomorrowIsRefused() throws Exception {
        await(store.close());
        String whole = text();
        Files.writeString(file(), whole.replace("\"format\":1", "\"format\":2"));

        StoreException failure = failure(open());

        assertThat(failure.kind()).isEqualTo(StoreException.Kind.SCHEMA_NEWER);
        assertThat(failure).hasMessageContaining("format 2 (expected: 1)");
        Files.writeString(file(), whole);
        store = await(open());
    }

    @Test
    void aMissingFileBesideTheOneBeforeIsRefused() throws Exception {
        keep("a", NOW, http(1));
        await(store.close());
        Files.delete(file());

        assertThat(failure(open())).hasMessageContaining("missing").hasMessageContaining("pool.json.bak");

        Files.move(beside(".bak"), file());
        store = await(open());
    }

    // owners and limits

    @Test
    void itHasOneOwner() throws Exception {
        StoreException failure = failure(open());

        assertThat(failure.kind()).isEqualTo(StoreException.Kind.LOCKED);
        assertThat(failure).hasMessageContaining(file().toString());
        assertThat(keep("a", NOW, http(1))).isEqualTo(new CandidatesKept(1, 0));
    }

    private Future<ProxyStore> open(Disk disk, int mostEntries) {
        return FileStore.open(vertx, file(), InstantSource.system(), TestVaults.usual(), disk, mostEntries);
    }

    @Test
    void moreEntriesThanItTakesAreRefusedAndNothingOfTheirBatchIsKept() throws Exception {
        await(store.close());
        store = await(open(Disk.REAL, 3));
        keep("a", NOW, http(1), http(2));

        StoreException failure = failure(store.keep(batch("a", NOW, http(1), http(3), http(4)), Merge.UPDATE));

        assertThat(failure.kind()).isEqualTo(StoreException.Kind.FULL);
        assertThat(failure).hasMessageContaining("entries: more than 3");
        assertThat(await(store.stats()).total()).isEqualTo(2);
        assertThat(keep("a", NOW, unknown(3))).isEqualTo(new CandidatesKept(1, 0));
        TakenProxy taken = take(NOW, 10).stream()
                .filter(one -> one.key().equals(unknown(3)))
                .findFirst()
                .orElseThrow();
        HealthChange found = new HealthChange(
                taken.id(),
                taken.key(),
                taken.health().version(),
                alive(taken, NOW),
                List.of(Scheme.SOCKS5, Scheme.HTTP));
        assertThat(await(store.write(List.of(found))))
                .as("a result is written, without the second entry it would make")
                .isEqualTo(1);
        assertThat(await(store.stats()).total()).isEqualTo(3);
        await(store.close());

        assertThat(failure(open(Disk.REAL, 2)).kind()).isEqualTo(StoreException.Kind.FULL);
        store = await(open(Disk.REAL, 3));
    }

    // failing disks

    /** A disk that fails when told to, and waits when told to. */
    private static final class MoodyDisk implements Disk {
        private volatile boolean broken;
        private volatile @Nullable CompletableFuture<Void> gate;

        @Override
        public Closeable lock(Path lockFile) throws IOException {
            return Disk.REAL.lock(lockFile);
        }

        @Override
        public Draft create(Path file) throws IOException {
            CompletableFuture<Void> wait = gate;
            if (wait != null) {
                wait.join();
            }
            if (broken) {
                throw new IOException("No space left on device");
            }
            return Disk.REAL.create(file);
        }

        @Override
        public void move(Path from, Path to) throws IOException {
            Disk.REAL.move(from, to);
        }

        @Override
        public void delete(Path file) throws IOException {
            Disk.REAL.delete(file);
        }

        @Override
        public void forceDirectory(Path file) throws IOException {
            Disk.REAL.forceDirectory(file);
        }
    }

    @Test
    void aFullDiskIsReportedAndWhatFailedIsTakenBack() throws Exception {
        await(store.close());
        MoodyDisk disk = new MoodyDisk();
        store = await(open(disk, 100));
        keep("a", NOW, http(1));
        TakenProxy taken = take(NOW, 1).get(0);
        disk.broken = true;

        StoreException failure = failure(store.keep(batch("b", NOW, http(1), http(2)), Merge.UPDATE));

        assertThat(failure.kind()).isEqualTo(StoreException.Kind.FULL);
        assertThat(failure).hasMessageContaining(file().toString()).hasMessageContaining("No space left");
        assertThat(await(store.find(http(2)))).isEmpty();
        assertThat(find(http(1)).lists()).containsExactly("a");
        HealthChange change = change(taken, alive(taken, NOW));
        assertThat(failure(store.write(List.of(change))).kind()).isEqualTo(StoreException.Kind.FULL);
        assertThat(find(http(1)).health()).isEqualTo(taken.health());
        assertThat(failure(store.settings().put("x", "y")).kind()).isEqualTo(StoreException.Kind.FULL);
        assertThat(await(store.settings().all())).doesNotContainKey("x");

        disk.broken = false;
        assertThat(await(store.write(List.of(change))))
                .as("tried again it succeeds")
                .isEqualTo(1);
        assertThat(keep("b", NOW, http(2))).isEqualTo(new CandidatesKept(1, 0));
        assertThat(find(http(2)).id()).as("a number is not given out again").isEqualTo(3);
        StoredProxy one = find(http(1));
        await(store.close());
        store = await(open(Disk.REAL, 100));
        assertThat(find(http(1))).isEqualTo(one);
    }

    @Test
    void whatComesWhileTheFileIsWrittenGoesTogether() throws Exception {
        await(store.close());
        MoodyDisk disk = new MoodyDisk();
        store = await(open(disk, 100));
        CompletableFuture<Void> gate = new CompletableFuture<>();
        disk.gate = gate;
        List<Future<CandidatesKept>> kept = new ArrayList<>();
        for (int port = 1; port <= 20; port++) {
            kept.add(store.keep(batch("a", NOW, http(port)), Merge.UPDATE));
        }
        // A query runs behind them, so all of them are in the model now.
        assertThat(await(store.stats()).total()).isEqualTo(20);
        assertThat(kept).noneMatch(Future::isComplete);
        gate.complete(null);
        await(Future.all(kept));

        assertThat(beside(".bak"))
                .content()
                .as("the first one went alone")
                .contains("\"port\":1,")
                .doesNotContain("\"port\":2,");
        assertThat(text()).contains("\"port\":20,");
    }

    @Test
    void whatWasBuiltUponAFailedWriteFailsWithIt() throws Exception {
        await(store.close());
        MoodyDisk disk = new MoodyDisk();
        store = await(open(disk, 100));
        CompletableFuture<Void> gate = new CompletableFuture<>();
        disk.gate = gate;
        disk.broken = true;
        Future<CandidatesKept> first = store.keep(batch("a", NOW, http(1)), Merge.UPDATE);
        Future<CandidatesKept> second = store.keep(batch("b", NOW, http(1)), Merge.UPDATE);
        Future<ImportTotals> totals = store.imported("j");
        assertThat(find(http(1)).lists()).containsExactly("a", "b");
        gate.complete(null);

        assertThat(failure(first).kind()).isEqualTo(StoreException.Kind.FULL);
        assertThat(failure(second).kind()).isEqualTo(StoreException.Kind.FULL);
        assertThat(failure(totals).kind())
                .as("an import does not go on from what was taken back")
                .isEqualTo(StoreException.Kind.FULL);
        assertThat(await(store.find(http(1)))).isEmpty();
    }

    @Test
    void aWriteTakesASixthOfTheTime() {
        assertThat(FileTruth.pauseMillis(0)).isZero();
        assertThat(FileTruth.pauseMillis(20)).isEqualTo(100);
        assertThat(FileTruth.pauseMillis(1_000)).isEqualTo(5_000);
        assertThat(FileTruth.pauseMillis(60_000)).isEqualTo(30_000);
    }

    /** The process ends behind every step in turn: of what is written the old or the new state is there, and whole. */
    @Test
    void whereverTheProcessEndsTheOldOrTheNewStateIsThere() throws Exception {
        keep("a", NOW, http(1));
        keep("a", NOW, http(2));
        await(store.close());
        byte[] present = Files.readAllBytes(file());
        byte[] before = Files.readAllBytes(beside(".bak"));
        Set<Long> seen = new HashSet<>();
        boolean whole = false;
        for (int steps = 0; !whole; steps++) {
            Files.write(file(), present);
            Files.write(beside(".bak"), before);
            Files.deleteIfExists(beside(".new"));
            ProxyStore dying = await(open(new FailingDisk(steps), 100));
            Future<CandidatesKept> kept = dying.keep(batch("a", NOW, http(3)), Merge.UPDATE);
            try {
                await(kept);
                whole = true;
            } catch (Exception e) {
                assertThat(kept.failed()).isTrue();
            }
            await(dying.close());

            ProxyStore after = await(open(Disk.REAL, 100));
            long total = await(after.stats()).total();
            assertThat(total).as("after %d steps", steps).isBetween(2L, 3L);
            assertThat(await(after.find(http(2)))).as("after %d steps", steps).isPresent();
            if (whole) {
                assertThat(total).as("what was acknowledged is there").isEqualTo(3);
            }
            seen.add(total);
            assertThat(await(after.keep(batch("a", NOW, http(4)), Merge.UPDATE)).added())
                    .isEqualTo(1);
            await(after.close());
        }
        assertThat(seen).containsExactlyInAnyOrder(2L, 3L);
        store = await(open());
    }
}
